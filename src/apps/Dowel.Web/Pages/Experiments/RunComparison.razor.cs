namespace Dowel.Web.Pages.Experiments;

/// <summary>The runs of an experiment in charts.</summary>
public partial class RunComparison
{
    private IReadOnlyList<Run>? runs;
    private IReadOnlyList<string> metrics = [];
    private IReadOnlyList<string> axes = [];
    private string chosen = "";
    private string scatterX = "";
    private string scatterY = "";
    private ChartModel bars = new();
    private ChartModel parallel = new();
    private ChartModel scatter = new();

    /// <summary>The experiment.</summary>
    [Parameter, EditorRequired] public Experiment Experiment { get; set; } = new();

    [SupplyParameterFromQuery(Name = "metric")] private string? metric { get; set; }

    [SupplyParameterFromQuery(Name = "x")] private string? x { get; set; }

    [SupplyParameterFromQuery(Name = "y")] private string? y { get; set; }

    /// <inheritdoc/>
    protected override string LoadKey => Experiment.Id;

    /// <inheritdoc/>
    protected override async Task OnParametersSetAsync()
    {
        await base.OnParametersSetAsync();
        if (runs is null || metrics.Count == 0) return;
        chosen = metrics.Contains(metric) ? metric! : metrics.FirstOrDefault(m => m is "auc" or "accuracy" or "f1") ?? metrics[0];
        scatterY = metrics.Contains(y) ? y! : chosen;
        scatterX = axes.Contains(x) ? x! : axes.FirstOrDefault(a => a != scatterY) ?? axes[0];
        bars = RunCharts.Bars(runs, chosen);
        parallel = RunCharts.Parallel(runs, metrics);
        scatter = RunCharts.Scatter(runs, scatterX, scatterY);
    }

    /// <inheritdoc/>
    protected override async Task LoadAsync(CancellationToken cancellationToken)
    {
        runs = (await Api.Runs.ListAsync(Experiment.Id, new RunQuery { Limit = 200 }, cancellationToken)).Items;
        metrics = RunColumns.Metrics(runs);
        axes = [.. metrics, .. RunColumns.Params(runs).Select(p => $"param {p}")];
    }
}
