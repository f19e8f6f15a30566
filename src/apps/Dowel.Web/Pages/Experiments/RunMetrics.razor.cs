namespace Dowel.Web.Pages.Experiments;

/// <summary>The metrics of a run: last values, and their course as a small line.</summary>
public partial class RunMetrics
{
    private const int MostCourses = 30;
    private const int Points = 40;
    private readonly Dictionary<string, IReadOnlyList<double>> courses = [];
    private string search = "";

    /// <summary>The run.</summary>
    [Parameter, EditorRequired] public Run Run { get; set; } = new();

    // While it runs, with every value that comes.
    /// <inheritdoc/>
    protected override string LoadKey => $"{Run.Id}\n{Run.LastMetrics?.Max(m => m.At)}";

    /// <inheritdoc/>
    protected override async Task LoadAsync(CancellationToken cancellationToken)
    {
        // What was logged at step 0 alone has no course.
        foreach (var metric in Last().Where(m => m.Step > 0).Take(MostCourses))
        {
            var series = await Api.Experiments.MetricAsync(Run.ExperimentId, metric.Key, [Run.Id], Points, cancellationToken);
            courses[metric.Key] = [.. series.SelectMany(s => s.Points).Select(p => p.Value)];
        }
    }

    private IReadOnlyList<MetricPoint> Last() => Run.LastMetrics ?? [.. Run.Metrics.OrderBy(m => m.Key, StringComparer.Ordinal).Select(m => new MetricPoint(m.Key, m.Value))];

    private IEnumerable<MetricPoint> Rows() => Last().Where(m => m.Key.Contains(search, StringComparison.OrdinalIgnoreCase));
}
