namespace Dowel.Web.Components;

/// <summary>One figure.</summary>
public partial class StatTile
{
    /// <summary>What it is.</summary>
    [Parameter, EditorRequired] public string Label { get; set; } = "";

    /// <summary>The figure.</summary>
    [Parameter, EditorRequired] public string Value { get; set; } = "";

    /// <summary>A word about it.</summary>
    [Parameter] public string? Note { get; set; }

    /// <summary>More, on hover.</summary>
    [Parameter] public string? Hint { get; set; }

    /// <summary>Whether it is bad.</summary>
    [Parameter] public bool Bad { get; set; }
}
