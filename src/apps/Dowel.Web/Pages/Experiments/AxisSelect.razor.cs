namespace Dowel.Web.Pages.Experiments;

/// <summary>One axis, kept in a parameter of the address.</summary>
public partial class AxisSelect
{
    /// <summary>The parameter.</summary>
    [Parameter, EditorRequired] public string Name { get; set; } = "";

    /// <summary>What it is.</summary>
    [Parameter, EditorRequired] public string Label { get; set; } = "";

    /// <summary>All axes there are.</summary>
    [Parameter, EditorRequired] public IReadOnlyList<RunAxis> All { get; set; } = [];

    /// <summary>The one that is chosen.</summary>
    [Parameter] public RunAxis? Chosen { get; set; }
}
