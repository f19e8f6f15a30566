namespace Dowel.Web.Pages.Experiments;

/// <summary>One run.</summary>
public partial class RunPage
{
    private static readonly IReadOnlyList<TabItem> tabs = [new("overview", "Overview"), new("curves", "Curves"), new("artifacts", "Artifacts"), new("uses", "Uses")];
    private static readonly TimeSpan Every = TimeSpan.FromSeconds(5);
    private Run? run;
    private IReadOnlyList<Run> runs = [];
    private IReadOnlyList<string> metrics = [];
    private Experiment? experiment;

    /// <summary>Its id.</summary>
    [Parameter] public string Id { get; set; } = "";

    [SupplyParameterFromQuery(Name = "tab")] private string? tab { get; set; }

    /// <inheritdoc/>
    protected override string LoadKey => Id;

    private bool canEdit => experiment?.Access >= Permission.Edit && run?.DeletedAt is null;

    private string active => tabs.Any(t => t.Key == tab) ? tab! : tabs[0].Key;

    /// <inheritdoc/>
    protected override async Task LoadAsync(CancellationToken cancellationToken)
    {
        var found = await Api.Runs.GetAsync(Id, cancellationToken);
        experiment = await Api.Experiments.GetAsync(found.ExperimentId, cancellationToken);
        Show(found);
    }

    /// <inheritdoc/>
    protected override async Task OnAfterRenderAsync(bool firstRender)
    {
        // The curves refresh themselves, and the run with them.
        if (firstRender) await Live.EveryAsync(Every, Time, Js, () => run?.Status == RunStatus.Running && active == "overview" ? InvokeAsync(RefreshAsync) : Task.CompletedTask, Closed);
    }

    private void Show(Run found)
    {
        (run, runs) = (found, [found]);
        metrics = [.. found.Metrics.Keys.Order(StringComparer.Ordinal)];
    }

    private async Task RefreshAsync()
    {
        var id = Id;
        await FailureOfAsync(async ct =>
        {
            var found = await Api.Runs.GetAsync(id, ct);
            if (id == Id) Show(found);
        });
        StateHasChanged();
    }

    private async Task TrashAsync()
    {
        if (!await ConfirmAsync($"Delete run “{run!.Name}”?", "It goes into the bin, and can be restored.", "Delete")) return;
        if (await DoAsync(ct => Api.Runs.TrashAsync(run.Id, ct), "The run is in the bin.")) await RefreshAsync();
    }

    private async Task RestoreAsync()
    {
        if (await DoAsync(ct => Api.Runs.RestoreAsync(run!.Id, ct), "The run is restored.")) await RefreshAsync();
    }

    private async Task DeleteAsync()
    {
        if (!await ConfirmAsync($"Delete run “{run!.Name}” for good?", "Its metrics and artifacts go with it. Model versions made from it stay.", "Delete")) return;
        if (await DoAsync(ct => Api.Runs.DeleteAsync(run.Id, ct), "The run is deleted.")) Nav.NavigateTo($"experiments/{Uri.EscapeDataString(run.ExperimentId)}");
    }
}
