namespace Dowel.Web.Pages.Endpoints;

/// <summary>Who may call an endpoint, and from where.</summary>
public partial class IngressForm
{
    /// <summary>What is typed.</summary>
    [Parameter, EditorRequired] public PolicyDraft Draft { get; set; } = new();

    /// <summary>What is wrong.</summary>
    [Parameter] public FieldErrors Errors { get; set; } = FieldErrors.None;
}
