namespace Dowel.Web.Pages.Batch;

/// <summary>Starts a batch run of an endpoint.</summary>
public partial class BatchDialog
{
    private readonly Dictionary<string, string?> columns = [];
    private IReadOnlyList<Endpoint> endpoints = [];
    private IReadOnlyList<Dataset> datasets = [];
    private IReadOnlyList<string> projects = [];
    private IReadOnlyList<string> unmatched = [];
    private Endpoint? endpoint;
    private Dataset? dataset;
    private string output = "";
    private string project = "";
    private IReadOnlyCollection<string> keep = [];
    private double? rate;
    private bool busy;
    private Problem? failure;

    /// <summary>The endpoint; null to choose one.</summary>
    [Parameter] public Endpoint? Endpoint { get; set; }

    /// <summary>Who starts it.</summary>
    [Parameter, EditorRequired] public Me Person { get; set; } = new();

    [CascadingParameter] private IMudDialogInstance Dialog { get; set; } = null!;

    /// <summary>The run that was started; null for none.</summary>
    internal static async Task<BatchRun?> ShowAsync(IDialogService dialogs, Me me, Endpoint? endpoint)
    {
        var parameters = new DialogParameters<BatchDialog> { { d => d.Endpoint, endpoint }, { d => d.Person, me } };
        var dialog = await dialogs.ShowAsync<BatchDialog>(endpoint is null ? "Start a batch run" : $"Batch run of {endpoint.Name}", parameters, new DialogOptions { MaxWidth = MaxWidth.Small, FullWidth = true, CloseOnEscapeKey = true });
        return (await dialog.Result)?.Data as BatchRun;
    }

    /// <inheritdoc/>
    protected override void OnInitialized()
    {
        endpoint = Endpoint;
        projects = [.. Person.Projects.Where(p => p.Role >= ProjectRole.Contributor).Select(p => p.Project)];
        project = projects.FirstOrDefault(p => p == endpoint?.Project) ?? projects.FirstOrDefault() ?? "";
    }

    /// <inheritdoc/>
    protected override async Task LoadAsync(CancellationToken cancellationToken)
    {
        datasets = [.. (await Api.Datasets.ListAsync(new ListQuery { Sort = "-updated", Limit = 200 }, cancellationToken)).Items.Where(d => d.Latest is not null && d.Access >= Permission.Use)];
        if (Endpoint is null) endpoints = [.. (await Api.Endpoints.ListAsync(new ListQuery { Sort = "name", Limit = 200 }, cancellationToken)).Items.Where(e => e.Access >= Permission.Use)];
    }

    private void Choose(Dataset? chosen)
    {
        dataset = chosen;
        keep = [];
        if (output.Length == 0 && chosen is not null) output = $"{chosen.Name}-predictions";
        Match();
    }

    /// <summary>Finds the inputs for which a column has to be chosen.</summary>
    private void Match()
    {
        columns.Clear();
        unmatched = dataset?.Latest is not { } version ? []
            : [.. (endpoint?.Signature?.Inputs ?? []).Where(i => !i.Optional && !version.Columns.Any(c => string.Equals(c.Name, i.Name, StringComparison.OrdinalIgnoreCase))).Select(i => i.Name)];
    }

    private async Task StartAsync()
    {
        busy = true;
        BatchRun? run = null;
        failure = await FailureOfAsync(async ct => run = await Api.Batch.CreateAsync(
            new CreateBatchRun
            {
                Endpoint = endpoint!.Id,
                Input = dataset!.Id,
                InputVersion = dataset.Latest!.Version,
                Output = output.Trim(),
                Project = project.Length == 0 ? null : project,
                Columns = columns.Where(c => c.Value is not null).ToDictionary(c => c.Key, c => c.Value!) is { Count: > 0 } chosen ? chosen : null,
                Keep = keep.Count == 0 ? null : [.. keep],
                Settings = new BatchSettings { MaxRowsPerSecond = rate },
            },
            ct));
        busy = false;
        if (run is not null) Dialog.Close(run);
    }
}
