namespace Dowel.Web.Pages.Endpoints;

/// <summary>How much may be asked of an endpoint.</summary>
public partial class LimitsForm
{
    /// <summary>What is typed.</summary>
    [Parameter, EditorRequired] public PolicyDraft Draft { get; set; } = new();

    /// <summary>What is wrong.</summary>
    [Parameter] public FieldErrors Errors { get; set; } = FieldErrors.None;
}
