namespace Dowel.Web.Pages.Experiments;

/// <summary>Metrics of runs over their steps, drawn anew while a run is running.</summary>
public partial class RunCurves
{
    private const int Points = 400;
    private const int MostTried = 12;
    private const int MostAsked = 10;
    private const int MostShown = 6;
    private static readonly TimeSpan Every = TimeSpan.FromSeconds(4);
    private static readonly ChartModel nothing = new();
    private Dictionary<string, IReadOnlyList<MetricSeries>>? series;
    private IReadOnlyList<string> shown = [];
    private Dictionary<string, ChartModel> models = [];
    private (object?, CurveOptions?) drawn;
    private bool isLive;

    /// <summary>Id of the experiment.</summary>
    [Parameter, EditorRequired] public string Experiment { get; set; } = "";

    /// <summary>The runs, each in the colour of its place.</summary>
    [Parameter, EditorRequired] public IReadOnlyList<Run> Runs { get; set; } = [];

    /// <summary>The metrics that they have, the important ones first.</summary>
    [Parameter, EditorRequired] public IReadOnlyList<string> Metrics { get; set; } = [];

    /// <summary>Asks for the runs again.</summary>
    [Parameter] public EventCallback OnRefresh { get; set; }

    [CascadingParameter(Name = "Dark")] private bool Dark { get; set; }

    [SupplyParameterFromQuery(Name = "smooth")] private double? smooth { get; set; }

    [SupplyParameterFromQuery(Name = "x")] private string? x { get; set; }

    [SupplyParameterFromQuery(Name = "log")] private string? log { get; set; }

    [SupplyParameterFromQuery(Name = "m")] private string? chosen { get; set; }

    /// <inheritdoc/>
    protected override string LoadKey => $"{Experiment}\n{string.Join(',', Runs.Select(r => r.Id))}\n{chosen}";

    /// <inheritdoc/>
    protected override async Task OnParametersSetAsync()
    {
        isLive = Runs.Any(r => r.Status == RunStatus.Running);
        await base.OnParametersSetAsync();
        Draw();
    }

    /// <inheritdoc/>
    protected override async Task OnAfterRenderAsync(bool firstRender)
    {
        if (firstRender) await Live.EveryAsync(Every, Time, Js, () => InvokeAsync(RefreshAsync), Closed);
    }

    /// <inheritdoc/>
    protected override async Task LoadAsync(CancellationToken cancellationToken)
    {
        var key = LoadKey;
        IReadOnlyList<string> wanted = chosen is { Length: > 0 } ? [.. chosen.Split(',', StringSplitOptions.RemoveEmptyEntries).Distinct()] : [];
        var found = wanted.Count > 0 ? await LoadAsync(wanted, Runs, cancellationToken) : await LoadUsualAsync(cancellationToken);
        if (key != LoadKey) return;
        shown = wanted.Count > 0 ? wanted : [.. Metrics.Where(found.ContainsKey)];
        series = found;
        Draw();
    }

    // The first that have a course: those that went beyond step 0, then, as far as it is worth asking, what was logged at one step again and again.
    private async Task<Dictionary<string, IReadOnlyList<MetricSeries>>> LoadUsualAsync(CancellationToken cancellationToken)
    {
        var stepped = new HashSet<string>();
        foreach (var run in Runs.Take(MostAsked))
        {
            var whole = run.LastMetrics is null ? await Api.Runs.GetAsync(run.Id, cancellationToken) : run;
            stepped.UnionWith(whole.LastMetrics?.Where(m => m.Step != 0).Select(m => m.Key) ?? []);
        }
        var found = new Dictionary<string, IReadOnlyList<MetricSeries>>();
        foreach (var metric in Metrics.Where(stepped.Contains).Concat(Metrics.Where(m => !stepped.Contains(m)).Take(MostTried)))
        {
            if (found.Count == MostShown) break;
            var one = await LoadAsync([metric], Runs, cancellationToken);
            if (one[metric].Any(s => s.Points.Count > 1)) found[metric] = one[metric];
        }
        return found;
    }

    private async Task<Dictionary<string, IReadOnlyList<MetricSeries>>> LoadAsync(IReadOnlyList<string> metrics, IReadOnlyList<Run> runs, CancellationToken cancellationToken)
    {
        var found = new Dictionary<string, IReadOnlyList<MetricSeries>>();
        foreach (var metric in metrics)
            found[metric] = runs.Count == 0 ? [] : await Api.Experiments.MetricAsync(Experiment, metric, runs.Select(r => r.Id), Points, cancellationToken);
        return found;
    }

    // Only what can have changed is asked for again.
    private async Task RefreshAsync()
    {
        if (!isLive || series is null) return;
        var key = LoadKey;
        var running = Runs.Where(r => r.Status == RunStatus.Running).ToList();
        await FailureOfAsync(async ct =>
        {
            var fresh = await LoadAsync(shown, running, ct);
            if (key != LoadKey) return;
            series = series.ToDictionary(s => s.Key, s => fresh.TryGetValue(s.Key, out var now) ? [.. s.Value.ExceptBy(now.Select(n => n.Run), o => o.Run), .. now] : s.Value);
            Draw();
            StateHasChanged();
        });
        await OnRefresh.InvokeAsync();
    }

    private void Draw()
    {
        var options = CurveControls.Read(smooth, x, log);
        if (series is null || drawn == (series, options)) return;
        drawn = (series, options);
        models = shown.Where(series.ContainsKey).ToDictionary(m => m, m => CurveCharts.Draw(m, series[m], Runs, options));
    }

    private string ColorOf(int index) => ChartColors.Of(Dark).Of(SeriesColor.Auto, index);
}
