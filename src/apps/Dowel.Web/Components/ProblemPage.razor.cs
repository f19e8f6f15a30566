namespace Dowel.Web.Components;

/// <summary>A problem that is all there is to show: not found, not allowed, failed.</summary>
public partial class ProblemPage
{
    /// <summary>The problem.</summary>
    [Parameter, EditorRequired] public Problem Problem { get; set; } = new();

    /// <summary>Tries again.</summary>
    [Parameter] public EventCallback Retry { get; set; }
}
