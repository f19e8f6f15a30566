namespace Dowel.Web.Pages.Endpoints;

/// <summary>How to call an endpoint by each of its protocols: here, and from code.</summary>
public partial class EndpointUse
{
    private string url = "";
    private IReadOnlyList<CallProtocol> protocols = [];
    private CallProtocol protocol;
    private IReadOnlyList<Snippet> snippets = [];

    /// <summary>The endpoint.</summary>
    [Parameter, EditorRequired] public Endpoint Endpoint { get; set; } = new();

    [Inject] private NavigationManager Nav { get; set; } = null!;

    [SupplyParameterFromQuery(Name = "protocol")] private string? chosen { get; set; }

    private bool tries => protocol is not (CallProtocol.Send or CallProtocol.Raw);

    /// <inheritdoc/>
    protected override void OnParametersSet()
    {
        protocols = CallProtocols.Of(Endpoint);
        protocol = Enum.TryParse<CallProtocol>(chosen, ignoreCase: true, out var wanted) && protocols.Contains(wanted) ? wanted : protocols[0];
        url = CallProtocols.Url(Nav.BaseUri, Endpoint, protocol);
        snippets = PredictionSnippets.For(Nav.BaseUri, Endpoint, protocol);
    }

    private void Choose(CallProtocol wanted) => Nav.NavigateTo(Nav.GetUriWithQueryParameter("protocol", wanted == protocols[0] ? null : wanted.ToString().ToLowerInvariant()), replace: true);
}
