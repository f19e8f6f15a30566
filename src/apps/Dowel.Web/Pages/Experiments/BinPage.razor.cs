namespace Dowel.Web.Pages.Experiments;

/// <summary>What was deleted and can be restored: experiments, and runs of experiments that are still there.</summary>
public partial class BinPage
{
    private const int PageSize = 50;
    private readonly Dictionary<string, Experiment> homes = [];
    private List<Experiment>? experiments;
    private List<Run> runs = [];
    private string? cursor;
    private string? runCursor;
    private bool busy;

    /// <inheritdoc/>
    protected override async Task LoadAsync(CancellationToken cancellationToken)
    {
        var page = await ExperimentsAsync(null, cancellationToken);
        var found = await RunsAsync(null, cancellationToken);
        (cursor, runCursor, runs) = (page.NextCursor, found.NextCursor, [.. found.Items]);
        experiments = [.. page.Items];
    }

    private Task<Page<Experiment>> ExperimentsAsync(string? from, CancellationToken cancellationToken) =>
        Api.Experiments.ListAsync(new ListQuery { Sort = "-updated", Cursor = from, Limit = PageSize }, LifecycleView.Deleted, cancellationToken);

    private async Task<Page<Run>> RunsAsync(string? from, CancellationToken cancellationToken)
    {
        var page = await Api.Runs.ListAllAsync(new RunQuery { View = LifecycleView.Deleted, Cursor = from, Limit = PageSize }, cancellationToken);
        foreach (var id in page.Items.Select(r => r.ExperimentId).Distinct().Where(id => !homes.ContainsKey(id))) homes[id] = await Api.Experiments.GetAsync(id, cancellationToken);
        return page;
    }

    private Task MoreExperimentsAsync() => WorkAsync(async ct =>
    {
        var page = await ExperimentsAsync(cursor, ct);
        experiments!.AddRange(page.Items);
        cursor = page.NextCursor;
    });

    private Task MoreRunsAsync() => WorkAsync(async ct =>
    {
        var page = await RunsAsync(runCursor, ct);
        runs.AddRange(page.Items);
        runCursor = page.NextCursor;
    });

    private async Task RestoreAsync(Experiment item)
    {
        // Runs that were in the bin before it show in the list of runs again.
        if (await WorkAsync(ct => Api.Experiments.RestoreAsync(item.Id, ct), $"“{item.Name}” is restored.")) await ReloadAsync();
    }

    private async Task DeleteAsync(Experiment item)
    {
        if (!await ConfirmAsync($"Delete experiment “{item.Name}” for good?", "All of its runs and their artifacts go with it, for good.", "Delete")) return;
        if (await WorkAsync(ct => Api.Experiments.DeleteAsync(item.Id, cancellationToken: ct), $"“{item.Name}” is deleted.")) experiments!.Remove(item);
    }

    private async Task RestoreAsync(Run item)
    {
        if (await WorkAsync(ct => Api.Runs.RestoreAsync(item.Id, ct), $"“{item.Name}” is restored.")) runs.Remove(item);
    }

    private async Task DeleteAsync(Run item)
    {
        if (!await ConfirmAsync($"Delete run “{item.Name}” for good?", "Its metrics and artifacts go with it. Model versions made from it stay.", "Delete")) return;
        if (await WorkAsync(ct => Api.Runs.DeleteAsync(item.Id, ct), $"“{item.Name}” is deleted.")) runs.Remove(item);
    }

    private async Task<bool> WorkAsync(Func<CancellationToken, Task> work, string? done = null)
    {
        busy = true;
        var good = await DoAsync(work, done);
        busy = false;
        return good;
    }
}
