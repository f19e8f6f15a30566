namespace Dowel.Web.Pages.Endpoints;

/// <summary>How to call an endpoint: here, and from code.</summary>
public partial class EndpointUse
{
    private string url = "";
    private IReadOnlyList<Snippet> snippets = [];

    /// <summary>The endpoint.</summary>
    [Parameter, EditorRequired] public Endpoint Endpoint { get; set; } = new();

    [CascadingParameter] private Me Me { get; set; } = new();

    [Inject] private NavigationManager Nav { get; set; } = null!;

    /// <inheritdoc/>
    protected override void OnParametersSet()
    {
        url = PredictionSnippets.Url(Nav.BaseUri, Endpoint);
        snippets = PredictionSnippets.For(Nav.BaseUri, Endpoint);
    }
}
