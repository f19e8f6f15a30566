using System.Globalization;
using Microsoft.AspNetCore.Components.Web.Virtualization;
using Microsoft.JSInterop;

namespace Dowel.Web.Pages.Experiments;

/// <summary>Runs as a table of any length: only the rows in sight are rendered, and their pages are asked for wherever one scrolls to; pages far from there are let go.</summary>
public partial class RunGrid
{
    private const int PageSize = 200;
    private const int MostPages = 25;
    private const int RowHeight = 36;
    private static readonly TimeSpan Every = TimeSpan.FromSeconds(5);
    private readonly SemaphoreSlim loading = new(1, 1);
    private Virtualize<Run>? list;
    private readonly SortedDictionary<int, IReadOnlyList<Run>> pages = [];
    private IJSObjectReference? module;
    private ElementReference scroll;
    private IReadOnlyList<Run>? runs;
    private int total;
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

    /// <summary>What to know where all runs that are loaded are selected, and they are not all; null otherwise.</summary>
    internal string? Partly => runs is { Count: > 0 } && runs.Count < total && runs.All(r => Picked.Contains(r.Id)) ? $"Only those that are loaded, of {Formats.Count(total)} in all: for more, scroll to the end and select all again, or filter the list." : null;

    /// <inheritdoc/>
    protected override string LoadKey => $"{Experiment}\n{Query}\n{Changes}";

    /// <inheritdoc/>
    protected override async Task OnParametersSetAsync()
    {
        await base.OnParametersSetAsync();
        if (runs is not null && !ReferenceEquals(bestOf, Columns)) Rank();
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
            var (first, count) = await BeginAsync(ct);
            if (key != LoadKey) return;
            pages.Clear();
            (pages[0], total, newer) = (first, count, false);
        });
        if (key != LoadKey) return;
        await OnLoaded.InvokeAsync(problem);
        // What is wrong with the filter stands at the filter, over the runs that were there.
        refused = problem?.Fields?.Any(f => f.Field == "filter") == true;
        if (problem is not null && !refused) throw new DowelException(problem);
        await ShowAsync();
    }

    // The first page, and how many there are in all.
    private async Task<(IReadOnlyList<Run> First, int Total)> BeginAsync(CancellationToken cancellationToken)
    {
        var page = await Api.Runs.ListAsync(Experiment, Query with { Limit = PageSize }, cancellationToken);
        return (page.Items, page.NextCursor is null ? page.Items.Count : (int)Math.Min(await Api.Runs.CountAsync(Experiment, Query, cancellationToken), int.MaxValue));
    }

    private async ValueTask<ItemsProviderResult<Run>> ProvideAsync(ItemsProviderRequest request)
    {
        await loading.WaitAsync(request.CancellationToken);
        try
        {
            var (from, to) = (request.StartIndex / PageSize, Math.Min(request.StartIndex + request.Count, total) - 1);
            for (var number = from; number * PageSize <= to; number++)
            {
                if (pages.ContainsKey(number)) continue;
                var key = LoadKey;
                Page<Run>? page = null;
                Problem = await FailureOfAsync(async ct => page = await Api.Runs.ListAsync(Experiment, Query with { Skip = number * PageSize, Limit = PageSize }, ct));
                if (page is null || key != LoadKey) break;
                pages[number] = page.Items;
                // Runs went meanwhile: the list ends here.
                if (page.Items.Count < Math.Min(PageSize, total - (number * PageSize))) total = Math.Max((number * PageSize) + page.Items.Count, pages.Keys.Where(p => pages[p].Count > 0).Max(p => (p * PageSize) + pages[p].Count));
                while (pages.Count > MostPages) pages.Remove(pages.Keys.MaxBy(p => Math.Abs(p - number)));
                Rank();
                StateHasChanged();
            }
            var rows = new List<Run>();
            for (var i = request.StartIndex; i <= to && pages.TryGetValue(i / PageSize, out var page) && i % PageSize < page.Count; i++) rows.Add(page[i % PageSize]);
            return new(rows, total);
        }
        finally
        {
            loading.Release();
        }
    }

    // Moves the list so that a row is the first in sight.
    private async Task GoAsync(int row)
    {
        module ??= await Js.InvokeAsync<IJSObjectReference>("import", Closed, "./_content/Dowel.Web/experiments.js");
        await module.InvokeVoidAsync("scrollToRow", Closed, scroll, Math.Clamp(row, 1, total) - 1, total);
    }

    private Task GoAsync(ChangeEventArgs e) => int.TryParse(e.Value as string, NumberStyles.None, CultureInfo.InvariantCulture, out var row) ? GoAsync(row) : Task.CompletedTask;

    private async Task ShowAsync()
    {
        Rank();
        if (list is not null) await list.RefreshDataAsync();
        StateHasChanged();
    }

    private void Rank()
    {
        runs = pages.Count == 0 ? runs : [.. pages.Values.SelectMany(p => p)];
        live = runs?.Any(r => r.Status == RunStatus.Running) == true;
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
            var (first, count) = await BeginAsync(ct);
            if (key != LoadKey) return;
            if (total <= PageSize)
            {
                pages.Clear();
                (pages[0], total) = (first, count);
            }
            else
            {
                newer = count > total || (first.Count > 0 && pages.TryGetValue(0, out var shown) && shown.All(r => r.Id != first[0].Id));
                var running = runs.Where(r => r.Status == RunStatus.Running).Select(r => r.Id).Take(500).ToList();
                var now = first.Concat((await Api.Runs.ListAsync(Experiment, RunSets.Of(running), ct)).Items).DistinctBy(r => r.Id).ToDictionary(r => r.Id);
                if (key != LoadKey) return;
                foreach (var number in pages.Keys.ToList()) pages[number] = [.. pages[number].Select(r => now.GetValueOrDefault(r.Id, r))];
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
    protected override void Closing()
    {
        loading.Dispose();
        _ = LetGoAsync();
    }

    private async Task LetGoAsync()
    {
        try
        {
            if (module is not null) await module.DisposeAsync();
        }
        catch (JSDisconnectedException)
        {
            // The browser is gone, and the module with it.
        }
    }
}
