namespace Dowel.Web.Components;

/// <summary>What went wrong and what to do.</summary>
public partial class ProblemAlert
{
    /// <summary>The problem; nothing is shown without one.</summary>
    [Parameter, EditorRequired] public Problem? Problem { get; set; }
}
