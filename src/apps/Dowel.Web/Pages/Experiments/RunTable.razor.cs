namespace Dowel.Web.Pages.Experiments;

/// <summary>The runs of an experiment: filtered, sorted, grouped, selected.</summary>
public partial class RunTable
{
    private readonly HashSet<string> picked = [];
    private LoggedNames? names;
    private BrowserMemory? memory;
    private string? remembered;
    private IReadOnlyList<RunColumn> columns = [];
    private string? columnsOf;
    private RunQuery query = new();
    private Problem? problem;
    private bool choosing;
    private int changes;
    private RunGrid? grid;

    /// <summary>The experiment.</summary>
    [Parameter, EditorRequired] public Experiment Experiment { get; set; } = new();

    /// <summary>Runs went or came.</summary>
    [Parameter] public EventCallback OnChanged { get; set; }

    [SupplyParameterFromQuery(Name = "filter")] private string? filter { get; set; }

    [SupplyParameterFromQuery(Name = "status")] private string? status { get; set; }

    [SupplyParameterFromQuery(Name = "view")] private string? view { get; set; }

    [SupplyParameterFromQuery(Name = "sort")] private string? sort { get; set; }

    [SupplyParameterFromQuery(Name = "group")] private string? group { get; set; }

    [SupplyParameterFromQuery(Name = "cols")] private string? cols { get; set; }

    /// <inheritdoc/>
    protected override string LoadKey => Experiment.Id;

    private bool Grouped => group?.Split('.', 2) is ["params" or "tags", { Length: > 0 }];

    private string MemoryKey => $"dowel-columns-{Experiment.Id}";

    /// <inheritdoc/>
    protected override async Task OnParametersSetAsync()
    {
        // The same query is the same object, so that nothing is drawn anew for it.
        var wanted = new RunQuery
        {
            Filter = filter, Sort = sort, Status = Enum.TryParse<RunStatus>(status, ignoreCase: true, out var s) ? s : null,
            View = Enum.TryParse<LifecycleView>(view, ignoreCase: true, out var v) ? v : LifecycleView.Active,
        };
        if (wanted != query) query = wanted;
        if (names is not null) Choose();
        await base.OnParametersSetAsync();
    }

    /// <inheritdoc/>
    protected override async Task LoadAsync(CancellationToken cancellationToken)
    {
        memory ??= new BrowserMemory(Js);
        remembered = await memory.LoadAsync(MemoryKey, cancellationToken);
        var found = await Api.Experiments.NamesAsync(Experiment.Id, limit: 500, cancellationToken: cancellationToken);
        var metrics = found.Metrics.ToDictionary(m => m.Name);
        names = found with { Metrics = [.. RunColumns.DefaultMetrics(found, Experiment.Tags).Select(m => metrics[m])] };
        columnsOf = null;
        Choose();
    }

    // The address counts, then what this browser remembers, then the usual.
    private void Choose()
    {
        var wanted = cols ?? remembered ?? "";
        if (columnsOf == wanted) return;
        columnsOf = wanted;
        columns = wanted.Length > 0 && RunColumn.Parse(wanted) is { Count: > 0 } chosen ? chosen : RunColumns.Default(names!, Experiment.Tags);
    }

    private async Task ChooseAsync(string? chosen)
    {
        remembered = chosen;
        await memory!.SaveAsync(MemoryKey, chosen, Closed);
        SetQuery(("cols", chosen));
        Choose();
    }

    private void Sorted(string value) => SetQuery(("sort", value));

    private void Show(string? which)
    {
        picked.Clear();
        SetQuery(("view", which));
    }

    private void Loaded(Problem? found) => problem = found;

    private async Task ChangedAsync(bool runs)
    {
        if (!runs) return;
        changes++;
        await OnChanged.InvokeAsync();
    }
}
