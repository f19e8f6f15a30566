namespace Dowel.Web.Components;

/// <summary>A table of values; long ones come in parts.</summary>
public partial class DataTable
{
    private const int Step = 100;
    private int shown = Step;

    /// <summary>The table.</summary>
    [Parameter, EditorRequired] public TableData Table { get; set; } = new();

    /// <summary>What the table is, for screen readers.</summary>
    [Parameter] public string Label { get; set; } = "Table";

    /// <summary>Whether types stand under the names.</summary>
    [Parameter] public bool ShowTypes { get; set; } = true;

    /// <summary>Whether it may be as tall as its rows.</summary>
    [Parameter] public bool Tall { get; set; }
}
