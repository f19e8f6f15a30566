namespace Dowel.Web.Pages.Endpoints;

/// <summary>A stretch of time to look at, and how finely.</summary>
internal sealed record TrafficRange(string Key, string Title, TimeSpan Length, TimeSpan Step)
{
    public static IReadOnlyList<TrafficRange> All { get; } =
    [
        new("5m", "5 minutes", TimeSpan.FromMinutes(5), TimeSpan.FromSeconds(5)),
        new("1h", "1 hour", TimeSpan.FromHours(1), TimeSpan.FromMinutes(1)),
        new("6h", "6 hours", TimeSpan.FromHours(6), TimeSpan.FromMinutes(5)),
        new("24h", "24 hours", TimeSpan.FromHours(24), TimeSpan.FromMinutes(20)),
        new("7d", "7 days", TimeSpan.FromDays(7), TimeSpan.FromHours(2)),
    ];

    public static TrafficRange Of(string? key) => All.FirstOrDefault(r => r.Key == key) ?? All[1];
}

/// <summary>The charts of an endpoint's traffic. The API leaves out buckets without requests: they are zeroes of traffic, and gaps of everything else.</summary>
internal sealed record TrafficChartModel(ChartModel Requests, ChartModel Success, ChartModel Latency)
{
    private const int MostBuckets = 2000;

    public static TrafficChartModel Of(EndpointTraffic traffic)
    {
        var buckets = Filled(traffic);
        var x = buckets.Select(b => (object?)b.At).ToList();
        var times = (traffic.From, traffic.To);
        ChartSeries Line(string name, Func<TrafficFigures, double> value) => new(name, x, [.. buckets.Select(b => b.Figures is { Requests: > 0 } f ? (double?)value(f) : null)]);
        return new TrafficChartModel(
            new ChartModel
            {
                XKind = AxisKind.Time, XTimes = times, Stacked = true, FromZero = true,
                Series =
                [
                    new ChartSeries("answered", x, [.. buckets.Select(b => (double?)((b.Figures?.Requests ?? 0) - (b.Figures?.Errors ?? 0)))]) { Kind = SeriesKind.Bar, Color = SeriesColor.Accent },
                    new ChartSeries("failed", x, [.. buckets.Select(b => (double?)(b.Figures?.Errors ?? 0))]) { Kind = SeriesKind.Bar, Color = SeriesColor.Bad },
                ],
            },
            new ChartModel
            {
                XKind = AxisKind.Time, XTimes = times, YRange = (0, 1.03), YFormat = ".0%",
                Series = [Line("", f => 1 - (double)f.Errors / f.Requests) with { Color = SeriesColor.Accent }],
            },
            new ChartModel
            {
                XKind = AxisKind.Time, XTimes = times, FromZero = true, YTitle = "ms",
                Series = [Line("p50", f => f.P50Ms), Line("p95", f => f.P95Ms), Line("p99", f => f.P99Ms)],
            });
    }

    private static List<(DateTimeOffset At, TrafficFigures? Figures)> Filled(EndpointTraffic traffic)
    {
        var step = TimeSpan.FromSeconds(traffic.StepSeconds);
        var has = traffic.Buckets.GroupBy(b => b.At).ToDictionary(g => g.Key, g => g.Last().Figures);
        if (has.Count == 0) return [];
        if (step <= TimeSpan.Zero || (traffic.To - traffic.From) / step > MostBuckets) return [.. traffic.Buckets.Select(b => (b.At, (TrafficFigures?)b.Figures))];
        // The grid is that of the buckets, which need not begin where the question does.
        var first = has.Keys.Min();
        while (first - step >= traffic.From) first -= step;
        var filled = new List<(DateTimeOffset, TrafficFigures?)>();
        for (var at = first; at < traffic.To; at += step) filled.Add((at, has.GetValueOrDefault(at)));
        // A bucket that lies off the grid is shown all the same.
        filled.AddRange(has.Where(h => filled.All(f => f.Item1 != h.Key)).Select(h => (h.Key, (TrafficFigures?)h.Value)));
        return [.. filled.OrderBy(f => f.Item1)];
    }
}
