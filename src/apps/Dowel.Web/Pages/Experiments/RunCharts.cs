namespace Dowel.Web.Pages.Experiments;

/// <summary>Charts that compare runs.</summary>
internal static class RunCharts
{
    private const int MostMetrics = 10;
    private const int MostLines = 24;

    /// <summary>A metric of each run, the best first.</summary>
    public static ChartModel Bars(IReadOnlyList<Run> runs, string metric)
    {
        var values = runs.Where(r => r.Metrics.TryGetValue(metric, out var v) && double.IsFinite(v)).Select(r => (r.Name, Value: r.Metrics[metric])).ToList();
        values = [.. (RunColumns.LessIsBetter(metric) ? values.OrderBy(v => v.Value) : values.OrderByDescending(v => v.Value)).Take(40)];
        var names = Distinct([.. values.Select(v => v.Name)]);
        return new ChartModel
        {
            Series = [new ChartSeries(metric, [.. names], [.. values.Select(v => (double?)v.Value)]) { Kind = SeriesKind.Bar, Color = SeriesColor.Accent, Texts = [.. values.Select((v, i) => $"{names[i]}: {Formats.Number(v.Value)}")] }],
            XKind = AxisKind.Category, YTitle = metric, Horizontal = true,
        };
    }

    /// <summary>Parallel coordinates: a line a run, each metric from its worst to its best value.</summary>
    public static ChartModel Parallel(IReadOnlyList<Run> runs, IReadOnlyList<string> metrics)
    {
        var axes = metrics.Select(m => (Name: m, Values: runs.Where(r => r.Metrics.ContainsKey(m)).Select(r => r.Metrics[m]).Where(double.IsFinite).ToList()))
            .Where(a => a.Values.Count > 0 && a.Values.Max() > a.Values.Min()).Take(MostMetrics).ToList();
        var lines = runs.Take(MostLines).ToList();
        var names = Distinct([.. lines.Select(r => r.Name)]);
        return new ChartModel
        {
            Series =
            [
                .. axes.Count < 2 ? [] : lines.Select((run, i) => new ChartSeries(
                    names[i],
                    [.. axes.Select(a => (object?)a.Name)],
                    [.. axes.Select(a => run.Metrics.TryGetValue(a.Name, out var v) && double.IsFinite(v) ? (double?)Share(v, a.Values.Min(), a.Values.Max(), RunColumns.LessIsBetter(a.Name)) : null)])
                {
                    Texts = [.. axes.Select(a => $"{names[i]}, {a.Name}: {(run.Metrics.TryGetValue(a.Name, out var v) ? Formats.Number(v) : "–")}")],
                }),
            ],
            XKind = AxisKind.Category, YRange = (-0.05, 1.05), YFormat = ".0%",
        };
    }

    /// <summary>A metric against another metric or a param.</summary>
    public static ChartModel Scatter(IReadOnlyList<Run> runs, string x, string y)
    {
        var points = runs.Where(r => r.Metrics.TryGetValue(y, out var v) && double.IsFinite(v)).Select(r => (Run: r, X: ValueOf(r, x), Y: r.Metrics[y])).Where(p => p.X is not null).ToList();
        var numbers = points.All(p => Formats.AsNumber(p.X) is not null);
        return new ChartModel
        {
            Series =
            [
                new ChartSeries(y, [.. points.Select(p => numbers ? Formats.AsNumber(p.X) : p.X)], [.. points.Select(p => (double?)p.Y)])
                {
                    Kind = SeriesKind.Points, Color = SeriesColor.Accent, Texts = [.. points.Select(p => $"{p.Run.Name}: {Formats.ShortCell(p.X)}, {Formats.Number(p.Y)}")],
                },
            ],
            XKind = numbers ? AxisKind.Number : AxisKind.Category, XTitle = x, YTitle = y,
        };
    }

    /// <summary>Where a value lies between the worst and the best.</summary>
    private static double Share(double value, double least, double most, bool lessIsBetter) => lessIsBetter ? (most - value) / (most - least) : (value - least) / (most - least);

    private static object? ValueOf(Run run, string axis)
    {
        if (axis.StartsWith("param ", StringComparison.Ordinal) && run.Params.TryGetValue(axis[6..], out var parameter)) return parameter;
        return run.Metrics.TryGetValue(axis, out var value) && double.IsFinite(value) ? value : null;
    }

    /// <summary>Plotly lays bars of one name on each other; several runs may have it.</summary>
    private static List<string> Distinct(IReadOnlyList<string> names)
    {
        var seen = new Dictionary<string, int>();
        var result = new List<string>();
        foreach (var name in names)
        {
            var count = seen[name] = seen.GetValueOrDefault(name) + 1;
            result.Add(count == 1 ? name : $"{name} ({count})");
        }
        return result;
    }
}
