namespace Dowel.Web.Components;

/// <summary>One direction of the lineage.</summary>
public partial class LineageSide
{
    /// <summary>Which direction.</summary>
    [Parameter, EditorRequired] public string Title { get; set; } = "";

    /// <summary>What to say where there is nothing.</summary>
    [Parameter] public string Empty { get; set; } = "";

    /// <summary>The edges.</summary>
    [Parameter, EditorRequired] public IReadOnlyList<LineageEdge> Edges { get; set; } = [];

    /// <summary>Whether the other ends are the beginnings.</summary>
    [Parameter] public bool Upstream { get; set; }
}
