namespace Dowel.Web.Pages.Experiments;

/// <summary>How curves are drawn.</summary>
/// <param name="Smoothing">0 (as it is) to 0.99.</param>
/// <param name="X">step, time or relative.</param>
/// <param name="Log">Whether the values stand on a logarithmic axis.</param>
internal sealed record CurveOptions(double Smoothing, string X, bool Log);

/// <summary>Metrics over their steps.</summary>
internal static class CurveCharts
{
    /// <summary>A metric of several runs, each in its colour; smoothed, with what was smoothed faint behind.</summary>
    public static ChartModel Draw(string metric, IReadOnlyList<MetricSeries> series, IReadOnlyList<Run> runs, CurveOptions options)
    {
        var lines = new List<ChartSeries>();
        for (var i = 0; i < runs.Count; i++)
        {
            if (series.FirstOrDefault(s => s.Run == runs[i].Id) is not { Points: { Count: > 0 } points }) continue;
            var x = Across(points, options.X);
            var values = points.Select(p => double.IsFinite(p.Value) && (!options.Log || p.Value > 0) ? (double?)p.Value : null).ToList();
            // The row of colours is short; the second round is dashed.
            var line = new ChartSeries(runs[i].Name, x, values) { ColorIndex = i, Dashed = i >= RowLength };
            if (options.Smoothing > 0 && points.Count > 2)
            {
                lines.Add(line with { Faint = true, Dashed = false });
                line = line with { Y = Smooth(values, options.Smoothing) };
            }
            lines.Add(line with { Texts = [.. points.Select((p, n) => $"{runs[i].Name}: {Formats.Number(line.Y[n])}{(options.Smoothing > 0 ? $" (was {Formats.Number(p.Value)})" : "")}<br>step {Formats.Count(p.Step)}, {Formats.Exact(p.At)}")] });
        }
        return new ChartModel
        {
            Series = lines, Legend = false, YLog = options.Log, XKind = options.X == "time" ? AxisKind.Time : AxisKind.Number,
            XTitle = options.X switch { "time" => null, "relative" => "minutes since the first value", _ => "step" },
        };
    }

    /// <summary>Colours before they come again.</summary>
    public static int RowLength { get; } = ChartColors.Of(false).Row.Count;

    /// <summary>The exponential moving average as TensorBoard draws it: debiased, so that the first values count as themselves; gaps stay gaps.</summary>
    public static IReadOnlyList<double?> Smooth(IReadOnlyList<double?> values, double weight)
    {
        var (last, count) = (0.0, 0);
        return [.. values.Select(v =>
        {
            if (v is not { } value) return (double?)null;
            last = last * weight + (1 - weight) * value;
            return last / (1 - Math.Pow(weight, ++count));
        })];
    }

    private static IReadOnlyList<object?> Across(IReadOnlyList<MetricSample> points, string x) => x switch
    {
        "time" => [.. points.Select(p => (object?)p.At)],
        "relative" => [.. points.Select(p => (object?)(p.At - points[0].At).TotalMinutes)],
        _ => [.. points.Select(p => (object?)p.Step)],
    };
}
