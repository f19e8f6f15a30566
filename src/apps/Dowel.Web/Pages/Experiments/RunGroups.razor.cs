namespace Dowel.Web.Pages.Experiments;

/// <summary>Runs by the values of a param or tag.</summary>
public partial class RunGroups
{
    private const int Most = 200;
    private readonly Dictionary<string, Opened> open = [];
    private IReadOnlyList<RunGroup>? groups;
    private bool refused;

    /// <summary>Id of the experiment.</summary>
    [Parameter, EditorRequired] public string Experiment { get; set; } = "";

    /// <summary>By what: <c>params.KEY</c> or <c>tags.KEY</c>.</summary>
    [Parameter, EditorRequired] public string By { get; set; } = "";

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
    protected override string LoadKey => $"{Experiment}\n{By}\n{Query}\n{Changes}\n{RunColumn.Write(Columns.Where(c => c.IsMetric))}";

    /// <inheritdoc/>
    protected override async Task LoadAsync(CancellationToken cancellationToken)
    {
        var key = LoadKey;
        var query = new RunGroupQuery { By = By, Status = Query.Status, Filter = Query.Filter, View = Query.View, Limit = Most, Metrics = [.. Columns.Where(c => c.IsMetric).Select(c => c.Name).Take(50)] };
        IReadOnlyList<RunGroup>? found = null;
        var problem = await FailureOfAsync(async ct => found = await Api.Runs.GroupAsync(Experiment, query, ct));
        if (key != LoadKey) return;
        await OnLoaded.InvokeAsync(problem);
        refused = problem?.Fields?.Any(f => f.Field == "filter") == true;
        if (problem is not null && !refused) throw new DowelException(problem);
        if (found is null)
        {
            groups ??= [];
            return;
        }
        groups = found;
        foreach (var group in open.Keys.ToList())
        {
            if (groups.FirstOrDefault(g => Key(g) == group) is not { } there) open.Remove(group);
            else open[group] = await LoadAsync(there, null, cancellationToken);
        }
    }

    private async Task ToggleAsync(RunGroup group)
    {
        if (!open.Remove(Key(group))) await DoAsync(async ct => open[Key(group)] = await LoadAsync(group, null, ct));
    }

    private async Task MoreAsync(RunGroup group) => await DoAsync(async ct => open[Key(group)] = await LoadAsync(group, open[Key(group)], ct));

    private async Task<Opened> LoadAsync(RunGroup group, Opened? before, CancellationToken cancellationToken)
    {
        var page = await Api.Runs.ListAsync(Experiment, Query with { Filter = RunSets.Within(Query.Filter, By, group.Value), Cursor = before?.Cursor, Limit = 50 }, cancellationToken);
        return new([.. before?.Runs ?? [], .. page.Items], page.NextCursor);
    }

    private Task Pick(string id, bool on)
    {
        if (on) Picked.Add(id);
        else Picked.Remove(id);
        return OnPicked.InvokeAsync();
    }

    private static string Key(RunGroup group) => group.Value is null ? "" : $"={group.Value}";

    private sealed record Opened(IReadOnlyList<Run> Runs, string? Cursor);
}
