namespace Dowel.Web.Pages.Experiments;

/// <summary>One run.</summary>
public partial class RunPage
{
    private static readonly IReadOnlyList<TabItem> tabs = [new("overview", "Overview"), new("artifacts", "Artifacts"), new("uses", "Uses")];
    private Run? run;
    private Experiment? experiment;

    /// <summary>Its id.</summary>
    [Parameter] public string Id { get; set; } = "";

    [SupplyParameterFromQuery(Name = "tab")] private string? tab { get; set; }

    /// <inheritdoc/>
    protected override string LoadKey => Id;

    private string active => tabs.Any(t => t.Key == tab) ? tab! : tabs[0].Key;

    /// <inheritdoc/>
    protected override async Task LoadAsync(CancellationToken cancellationToken)
    {
        var found = await Api.Runs.GetAsync(Id, cancellationToken);
        experiment = await Api.Experiments.GetAsync(found.ExperimentId, cancellationToken);
        run = found;
    }

    private async Task DeleteAsync()
    {
        if (!await ConfirmAsync($"Delete run “{run!.Name}”?", "Its metrics and artifacts go with it. Model versions made from it stay.", "Delete")) return;
        if (await DoAsync(ct => Api.Runs.DeleteAsync(run.Id, ct), "The run is deleted.")) Nav.NavigateTo($"experiments/{Uri.EscapeDataString(run.ExperimentId)}");
    }
}
