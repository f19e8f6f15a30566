namespace Dowel.Web.Pages.Experiments;

/// <summary>Charts that compare runs.</summary>
internal static class RunCharts
{
    private const int GridSize = 40;
    private const int MostNamed = 10;
    private const int LeastPlaces = 4;

    /// <summary>A metric of each run, the best first.</summary>
    public static ChartModel Bars(IReadOnlyList<Run> runs, string metric)
    {
        var values = runs.Where(r => r.Metrics.TryGetValue(metric, out var v) && double.IsFinite(v)).Select(r => (r.Name, Value: r.Metrics[metric])).ToList();
        values = [.. (RunColumns.LessIsBetter(metric) ? values.OrderBy(v => v.Value) : values.OrderByDescending(v => v.Value)).Take(40)];
        var names = Distinct([.. values.Select(v => v.Name)]);
        return new ChartModel
        {
            Series = [new ChartSeries(metric, [.. names], [.. values.Select(v => (double?)v.Value)]) { Kind = SeriesKind.Bar, Color = SeriesColor.Accent, Labels = [.. values.Select(v => Formats.Number(v.Value))], Texts = [.. values.Select((v, i) => $"{names[i]}: {Formats.Number(v.Value)}")] }],
            XKind = AxisKind.Category, YTitle = metric, Horizontal = true,
        };
    }

    /// <summary>One axis against another; a few runs have each its colour and stand in the legend.</summary>
    public static ChartModel Scatter(IReadOnlyList<Run> runs, RunAxis x, RunAxis y)
    {
        var points = runs.Select(r => (Run: r, X: x.Of(r), Y: y.Number(r))).Where(p => p.X is not null && p.Y is not null).ToList();
        var numbers = points.TrueForAll(p => p.X is double);
        var named = points.Count <= MostNamed;
        return new ChartModel
        {
            Series =
            [
                .. points.GroupBy(p => named ? p.Run.Id : "").Select(g => new ChartSeries(named ? g.First().Run.Name : y.Title, [.. g.Select(p => numbers ? p.X : Formats.Cell(p.X))], [.. g.Select(p => p.Y)])
                {
                    Kind = SeriesKind.Points, Color = named ? SeriesColor.Auto : SeriesColor.Accent, Texts = [.. g.Select(p => $"{p.Run.Name}<br>{x.Title}: {Formats.ShortCell(p.X)}<br>{y.Title}: {Formats.Number(p.Y)}")],
                }),
            ],
            XKind = numbers ? AxisKind.Number : AxisKind.Category, XTitle = x.Title, YTitle = y.Title,
        };
    }

    /// <summary>A height over two axes: between the runs estimated from those near by, weighted by the square of their nearness.</summary>
    public static ChartModel Contour(IReadOnlyList<Run> runs, RunAxis x, RunAxis y, RunAxis z)
    {
        if (NoContour(runs, x, y, z) is not null) return new ChartModel();
        var points = Placed(runs, x, y, z);
        var (left, right, low, high) = (points.Min(p => p.X), points.Max(p => p.X), points.Min(p => p.Y), points.Max(p => p.Y));
        double Across(int i) => left + (right - left) * i / (GridSize - 1);
        double Upwards(int i) => low + (high - low) * i / (GridSize - 1);
        double Height(double atX, double atY)
        {
            var (sum, weights) = (0.0, 0.0);
            foreach (var p in points)
            {
                var (dx, dy) = ((p.X - atX) / (right - left), (p.Y - atY) / (high - low));
                // Never infinite where a run lies on the grid.
                var weight = 1 / (dx * dx + dy * dy + 1e-4);
                (sum, weights) = (sum + p.Z * weight, weights + weight);
            }
            return sum / weights;
        }
        return new ChartModel
        {
            Series =
            [
                new ChartSeries("runs", [.. points.Select(p => (object?)p.X)], [.. points.Select(p => (double?)p.Y)])
                {
                    Kind = SeriesKind.Points, Color = SeriesColor.Quiet, Texts = [.. points.Select(p => $"{p.Run.Name}<br>{x.Title}: {Formats.Number(p.X)}<br>{y.Title}: {Formats.Number(p.Y)}<br>{z.Title}: {Formats.Number(p.Z)}")],
                },
            ],
            Contour = new ChartContour(z.Title, [.. Enumerable.Range(0, GridSize).Select(Across)], [.. Enumerable.Range(0, GridSize).Select(Upwards)],
                [.. Enumerable.Range(0, GridSize).Select(row => Enumerable.Range(0, GridSize).Select(column => Height(Across(column), Upwards(row))).ToArray())]),
            XTitle = x.Title, YTitle = y.Title,
        };
    }

    /// <summary>Why there is nothing to estimate a height from; null where there is. Runs at few places, or along a line, say nothing of the plane around them.</summary>
    public static string? NoContour(IReadOnlyList<Run> runs, RunAxis x, RunAxis y, RunAxis z)
    {
        var places = Placed(runs, x, y, z).Select(p => (p.X, p.Y)).Distinct().ToList();
        if (places.Count < LeastPlaces) return $"These runs stand at {places.Count} different {(places.Count == 1 ? "place" : "places")} of {x.Title} and {y.Title}; a height between them takes {LeastPlaces} or more.";
        var (width, height) = (places.Max(p => p.X) - places.Min(p => p.X), places.Max(p => p.Y) - places.Min(p => p.Y));
        var (first, last) = (places.Min(), places.Max());
        var line = width == 0 || height == 0 || places.TrueForAll(p => Math.Abs(((p.X - first.X) / width * ((last.Y - first.Y) / height)) - ((p.Y - first.Y) / height * ((last.X - first.X) / width))) < 1e-6);
        return line ? $"These runs stand on one line of {x.Title} and {y.Title}; a height beside it cannot be told. Choose other axes, or add runs beside the line." : null;
    }

    private static List<(Run Run, double X, double Y, double Z)> Placed(IReadOnlyList<Run> runs, RunAxis x, RunAxis y, RunAxis z) =>
        [.. runs.Select(r => (Run: r, X: x.Number(r), Y: y.Number(r), Z: z.Number(r))).Where(p => p.X is not null && p.Y is not null && p.Z is not null).Select(p => (p.Run, p.X!.Value, p.Y!.Value, p.Z!.Value))];

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
