using System.Globalization;

namespace Dowel.Web.Components;

/// <summary>A small histogram, drawn as SVG: a page may have dozens.</summary>
public partial class MiniHistogram
{
    private const int Width = 240;
    private const int Height = 56;
    private long highest;
    private double step;

    /// <summary>The histogram.</summary>
    [Parameter, EditorRequired] public HistogramData Data { get; set; } = new([], []);

    /// <inheritdoc/>
    protected override void OnParametersSet()
    {
        highest = Data.Counts.DefaultIfEmpty().Max();
        step = Data.Counts.Count == 0 ? Width : Width / (double)Data.Counts.Count;
    }

    private static string N(double value) => value.ToString("0.##", CultureInfo.InvariantCulture);

    private string Describe()
    {
        if (Data.Counts.Count == 0) return "Empty histogram";
        var peak = Data.Counts.ToList().IndexOf(highest);
        return $"Histogram of {Data.Counts.Count} bins; most values, {Formats.Count(highest)}, between {Formats.Number(Data.Edges[peak])} and {Formats.Number(Data.Edges[peak + 1])}";
    }
}
