namespace Dowel.Web.Pages.Experiments;

/// <summary>Compares selected runs, or the newest. Which, how and by what stands in the address.</summary>
public partial class RunComparison
{
    private static readonly (string Key, string Title)[] kinds = [("differences", "Differences"), ("parallel", "Parallel"), ("scatter", "Scatter"), ("contour", "Contour"), ("bars", "Bars")];
    private IReadOnlyList<Run>? runs;
    private IReadOnlyList<string> metrics = [];
    private IReadOnlyList<RunAxis> axes = [];
    private IReadOnlyList<RunAxis> numeric = [];
    private RunAxis? x;
    private RunAxis? y;
    private RunAxis? z;
    private ChartModel chart = new();
    private string? noContour;
    private (object?, string, RunAxis?, RunAxis?, RunAxis?) drawn;

    /// <summary>The experiment.</summary>
    [Parameter, EditorRequired] public Experiment Experiment { get; set; } = new();

    [SupplyParameterFromQuery(Name = "runs")] private string? ids { get; set; }

    [SupplyParameterFromQuery(Name = "show")] private string? show { get; set; }

    [SupplyParameterFromQuery(Name = "sx")] private string? sx { get; set; }

    [SupplyParameterFromQuery(Name = "sy")] private string? sy { get; set; }

    [SupplyParameterFromQuery(Name = "sz")] private string? sz { get; set; }

    /// <inheritdoc/>
    protected override string LoadKey => $"{Experiment.Id}\n{ids}";

    private string kind => kinds.Any(k => k.Key == show) ? show! : kinds[0].Key;

    /// <inheritdoc/>
    protected override async Task OnParametersSetAsync()
    {
        await base.OnParametersSetAsync();
        if (runs is null || axes.Count == 0) return;
        var all = kind == "contour" ? numeric : axes;
        var measures = all.Where(a => a.IsMetric).ToList();
        y = Chosen(sy, kind == "bars" ? measures : all) ?? (kind == "contour" ? all.Where(a => !a.IsMetric).Skip(1).FirstOrDefault() : null) ?? measures.FirstOrDefault() ?? all.FirstOrDefault();
        x = Chosen(sx, all) ?? all.FirstOrDefault(a => !a.IsMetric && a != y) ?? all.FirstOrDefault(a => a != y) ?? y;
        z = Chosen(sz, all) ?? measures.FirstOrDefault(a => a != x && a != y) ?? all.FirstOrDefault(a => a != x && a != y);
        // The same chart is the same object, so that it is not drawn anew.
        if (drawn == (runs, kind, x, y, z) || x is null || y is null) return;
        drawn = (runs, kind, x, y, z);
        noContour = kind == "contour" && z is not null ? RunCharts.NoContour(runs, x, y, z) : null;
        chart = kind switch
        {
            "scatter" => RunCharts.Scatter(runs, x, y),
            "contour" when z is not null => RunCharts.Contour(runs, x, y, z),
            "bars" => RunCharts.Bars(runs, y.Name),
            _ => new(),
        };
    }

    /// <inheritdoc/>
    protected override async Task LoadAsync(CancellationToken cancellationToken)
    {
        var key = LoadKey;
        var found = await RunSets.LoadAsync(Api, Experiment.Id, ids, RunSets.Most, cancellationToken);
        var names = await Api.Experiments.NamesAsync(Experiment.Id, limit: 500, cancellationToken: cancellationToken);
        if (key != LoadKey) return;
        metrics = RunColumns.DefaultMetrics(names, Experiment.Tags);
        axes = RunAxes.Of(found, metrics);
        numeric = [.. axes.Where(a => found.All(r => a.Of(r) is null or double))];
        runs = found;
    }

    private static RunAxis? Chosen(string? key, IReadOnlyList<RunAxis> all) => key is null ? null : all.FirstOrDefault(a => a.Key == key);
}
