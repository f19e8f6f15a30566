using Microsoft.AspNetCore.Components.Web.Virtualization;

namespace Dowel.Web.Pages.Experiments;

/// <summary>Runs as a table of any length: only the rows in sight are rendered, and pages come as one scrolls.</summary>
public partial class RunGrid
{
    private const int PageSize = 200;
    private static readonly TimeSpan Every = TimeSpan.FromSeconds(5);
    private readonly SemaphoreSlim loading = new(1, 1);
    private Virtualize<Run>? list;
    private List<Run>? runs;
    private string? cursor;
    private IReadOnlyDictionary<string, string> best = new Dictionary<string, string>();
    private IReadOnlyList<RunColumn>? bestOf;
    private bool refused;
    private bool live;
    private bool newer;

    /// <summary>Id of the experiment.</summary>
    [Parameter, EditorRequired] public string Experiment { get; set; } = "";

    /// <summary>Which runs, in which order.</summary>
    [Parameter, EditorRequired] public RunQuery Query { get; set; } = new();

    /// <summary>Counts changes of the runs made on the page.</summary>
    [Parameter] public int Changes { get; set; }

    /// <summary>What is sorted by.</summary>
    [Parameter] public string Sort { get; set; } = "";

    /// <summary>Sorts by something else.</summary>
    [Parameter] public EventCallback<string> OnSort { get; set; }

    /// <summary>Ids of the selected runs.</summary>
    [Parameter, EditorRequired] public HashSet<string> Picked { get; set; } = [];

    /// <summary>Others are selected.</summary>
    [Parameter] public EventCallback OnPicked { get; set; }

    /// <summary>The answer to the query, or what is wrong with it.</summary>
    [Parameter] public EventCallback<Problem?> OnLoaded { get; set; }

    /// <summary>What to show where there are none.</summary>
    [Parameter] public RenderFragment? Empty { get; set; }

    /// <summary>The columns.</summary>
    [Parameter, EditorRequired] public IReadOnlyList<RunColumn> Columns { get; set; } = [];

    /// <inheritdoc/>
    protected override string LoadKey => $"{Experiment}\n{Query}\n{Changes}";

    /// <inheritdoc/>
    protected override async Task OnParametersSetAsync()
    {
        await base.OnParametersSetAsync();
        if (!ReferenceEquals(bestOf, Columns)) Rank();
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
        var problem = await FailureOfAsync(async ct =>
        {
            var page = await Api.Runs.ListAsync(Experiment, Query with { Limit = PageSize }, ct);
            if (key != LoadKey) return;
            (runs, cursor, newer) = ([.. page.Items], page.NextCursor, false);
        });
        if (key != LoadKey) return;
        await OnLoaded.InvokeAsync(problem);
        // What is wrong with the filter stands at the filter, over the runs that were there.
        refused = problem?.Fields?.Any(f => f.Field == "filter") == true;
        if (problem is not null && !refused) throw new DowelException(problem);
        runs ??= [];
        await ShowAsync();
    }

    private async ValueTask<ItemsProviderResult<Run>> ProvideAsync(ItemsProviderRequest request)
    {
        await loading.WaitAsync(request.CancellationToken);
        try
        {
            while (cursor is not null && runs!.Count < request.StartIndex + request.Count)
            {
                var (key, from) = (LoadKey, cursor);
                Page<Run>? page = null;
                Problem = await FailureOfAsync(async ct => page = await Api.Runs.ListAsync(Experiment, Query with { Cursor = from, Limit = PageSize }, ct));
                if (page is null || key != LoadKey || from != cursor) break;
                runs!.AddRange(page.Items);
                cursor = page.NextCursor;
                Rank();
                StateHasChanged();
            }
            // A page of rows to come, as long as there is one, so that one can scroll to it.
            var count = runs!.Count + (cursor is null ? 0 : 40);
            return new(runs.Skip(request.StartIndex).Take(request.Count), count);
        }
        finally
        {
            loading.Release();
        }
    }

    private async Task ShowAsync()
    {
        Rank();
        if (list is not null) await list.RefreshDataAsync();
        StateHasChanged();
    }

    private void Rank()
    {
        live = runs?.Exists(r => r.Status == RunStatus.Running) == true;
        best = RunColumns.Best(runs ?? [], Columns.Where(c => c.IsMetric).Select(c => c.Name));
        bestOf = Columns;
    }

    // The first page comes anew; below it only what runs is asked for again, so that nothing jumps under the reader's eyes.
    private async Task RefreshAsync()
    {
        if (!live || runs is null || loading.CurrentCount == 0) return;
        var key = LoadKey;
        await FailureOfAsync(async ct =>
        {
            var page = await Api.Runs.ListAsync(Experiment, Query with { Limit = PageSize }, ct);
            if (key != LoadKey) return;
            if (runs.Count <= PageSize)
            {
                (runs, cursor) = ([.. page.Items], page.NextCursor);
            }
            else
            {
                newer = page.Items.Count > 0 && runs.TrueForAll(r => r.Id != page.Items[0].Id);
                var running = runs.Where(r => r.Status == RunStatus.Running).Select(r => r.Id).Take(500).ToList();
                var now = page.Items.Concat((await Api.Runs.ListAsync(Experiment, RunSets.Of(running), ct)).Items).DistinctBy(r => r.Id).ToDictionary(r => r.Id);
                if (key != LoadKey) return;
                for (var i = 0; i < runs.Count; i++) if (now.TryGetValue(runs[i].Id, out var run)) runs[i] = run;
            }
            await ShowAsync();
        });
    }

    private Task Pick(string id, bool on)
    {
        if (on) Picked.Add(id);
        else Picked.Remove(id);
        return OnPicked.InvokeAsync();
    }

    private Task PickAll(bool on)
    {
        foreach (var run in runs!)
        {
            if (on) Picked.Add(run.Id);
            else Picked.Remove(run.Id);
        }
        return OnPicked.InvokeAsync();
    }

    /// <inheritdoc/>
    protected override void Closing() => loading.Dispose();
}
