namespace Dowel.Web.Pages.Experiments;

/// <summary>The curves of selected runs, or of the newest.</summary>
public partial class ExperimentCurves
{
    private const int Newest = 10;
    private IReadOnlyList<Run>? runs;
    private IReadOnlyList<string> metrics = [];

    /// <summary>The experiment.</summary>
    [Parameter, EditorRequired] public Experiment Experiment { get; set; } = new();

    [SupplyParameterFromQuery(Name = "runs")] private string? ids { get; set; }

    /// <inheritdoc/>
    protected override string LoadKey => $"{Experiment.Id}\n{ids}";

    /// <inheritdoc/>
    protected override async Task LoadAsync(CancellationToken cancellationToken)
    {
        var key = LoadKey;
        var found = await RunSets.LoadAsync(Api, Experiment.Id, ids, Newest, cancellationToken);
        var names = await Api.Experiments.NamesAsync(Experiment.Id, limit: 500, cancellationToken: cancellationToken);
        if (key != LoadKey) return;
        var had = found.SelectMany(r => r.Metrics.Keys).ToHashSet();
        metrics = [.. RunColumns.DefaultMetrics(names, Experiment.Tags).Where(had.Contains)];
        runs = found;
    }

    // Only what each run is now: which ones they are stays, and with it their colours.
    private async Task RefreshAsync()
    {
        var key = LoadKey;
        await FailureOfAsync(async ct =>
        {
            var now = (await Api.Runs.ListAsync(Experiment.Id, RunSets.Of([.. runs!.Select(r => r.Id)]), ct)).Items.ToDictionary(r => r.Id);
            if (key == LoadKey) runs = [.. runs!.Select(r => now.GetValueOrDefault(r.Id, r))];
        });
    }
}
