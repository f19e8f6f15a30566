namespace Dowel.Web.Pages.Experiments;

/// <summary>The runs of an experiment as a table of params and metrics.</summary>
public partial class RunTable
{
    private List<Run>? runs;
    private string? cursor;
    private IReadOnlyList<string> metrics = [];
    private IReadOnlyList<string> parameters = [];
    private IReadOnlyDictionary<string, string> best = new Dictionary<string, string>();

    /// <summary>The experiment.</summary>
    [Parameter, EditorRequired] public Experiment Experiment { get; set; } = new();

    [SupplyParameterFromQuery(Name = "q")] private string? search { get; set; }

    [SupplyParameterFromQuery(Name = "status")] private string? status { get; set; }

    [SupplyParameterFromQuery(Name = "sort")] private string? sort { get; set; }

    /// <inheritdoc/>
    protected override string LoadKey => $"{Experiment.Id}\n{search}\n{status}\n{sort}";

    /// <inheritdoc/>
    protected override async Task LoadAsync(CancellationToken cancellationToken)
    {
        var key = LoadKey;
        var page = await Api.Runs.ListAsync(Experiment.Id, Query(null), cancellationToken);
        if (key == LoadKey) Show([.. page.Items], page.NextCursor);
    }

    private RunQuery Query(string? from) => new()
    {
        Search = search, Sort = sort, Cursor = from, Limit = 100,
        Status = Enum.TryParse<RunStatus>(status, ignoreCase: true, out var parsed) ? parsed : null,
    };

    private void Show(List<Run> all, string? next)
    {
        (runs, cursor) = (all, next);
        metrics = RunColumns.Metrics(all);
        parameters = RunColumns.Params(all);
        best = RunColumns.Best(all, metrics);
    }

    private void Sorted(string value) => SetQuery(("sort", value));

    private async Task MoreAsync() => await DoAsync(async ct =>
    {
        var page = await Api.Runs.ListAsync(Experiment.Id, Query(cursor), ct);
        Show([.. runs!, .. page.Items], page.NextCursor);
    });
}
