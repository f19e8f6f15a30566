namespace Dowel.Web.Pages.Experiments;

/// <summary>Metrics that were logged more than once, over their steps.</summary>
public partial class MetricCharts
{
    private const int Most = 12;
    private IReadOnlyList<(string Key, ChartModel Model)> charts = [];

    /// <summary>The run.</summary>
    [Parameter, EditorRequired] public Run Run { get; set; } = new();

    /// <inheritdoc/>
    protected override string LoadKey => Run.Id;

    /// <inheritdoc/>
    protected override async Task LoadAsync(CancellationToken cancellationToken)
    {
        var keys = Run.Metrics.Keys.OrderBy(k => k, StringComparer.Ordinal).Take(40).ToList();
        var histories = await Task.WhenAll(keys.Select(key => Api.Runs.MetricAsync(Run.Id, key, cancellationToken)));
        charts = [.. keys.Zip(histories).Where(p => p.Second.Count > 1).Take(Most).Select(p => (p.First, Draw(p.First, p.Second)))];
    }

    private static ChartModel Draw(string key, IReadOnlyList<MetricPoint> points) => new()
    {
        Series = [new ChartSeries(key, [.. points.Select(p => (object?)p.Step)], [.. points.Select(p => (double?)p.Value)]) { Color = SeriesColor.Accent }],
        XTitle = "step",
    };
}
