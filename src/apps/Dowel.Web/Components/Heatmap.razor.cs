using System.Globalization;

namespace Dowel.Web.Components;

/// <summary>A matrix as a table whose cells are coloured by value: readable without colours, and by screen readers.</summary>
public partial class Heatmap
{
    private double scale = 1;

    /// <summary>Titles of the rows.</summary>
    [Parameter, EditorRequired] public IReadOnlyList<string> Rows { get; set; } = [];

    /// <summary>Titles of the columns.</summary>
    [Parameter, EditorRequired] public IReadOnlyList<string> Columns { get; set; } = [];

    /// <summary>The values, row by row.</summary>
    [Parameter, EditorRequired] public IReadOnlyList<double?[]> Values { get; set; } = [];

    /// <summary>What it is, for screen readers.</summary>
    [Parameter] public string Label { get; set; } = "Matrix";

    /// <summary>What stands in the corner.</summary>
    [Parameter] public string Corner { get; set; } = "";

    /// <summary>Whether values are counts; otherwise they are from −1 to 1.</summary>
    [Parameter] public bool Counts { get; set; }

    /// <inheritdoc/>
    protected override void OnParametersSet() => scale = Counts ? Math.Max(1, Values.SelectMany(r => r).Max() ?? 1) : 1;

    private string Paint(double? value)
    {
        if (value is not { } v || double.IsNaN(v)) return "";
        var share = Math.Clamp(v / scale, -1, 1);
        var strength = (Math.Abs(share) * 78).ToString("0.#", CultureInfo.InvariantCulture);
        // The text turns over where the ground gets too strong for it.
        var text = Math.Abs(share) > 0.62 ? ";color:var(--on-strong)" : "";
        return $"background:color-mix(in srgb, var({(share < 0 ? "--heat-low" : "--heat-high")}) {strength}%, transparent){text}";
    }

    private string Text(double? value) => value is not { } v || double.IsNaN(v) ? "–" : Counts ? Formats.Count((long)v) : v.ToString("0.00", CultureInfo.InvariantCulture).Replace('-', '−');
}
