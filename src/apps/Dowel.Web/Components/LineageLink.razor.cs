namespace Dowel.Web.Components;

/// <summary>One thing of the lineage.</summary>
public partial class LineageLink
{
    /// <summary>The thing.</summary>
    [Parameter, EditorRequired] public LineageNode Node { get; set; } = new();
}
