namespace Dowel.Web.Pages.Experiments;

/// <summary>One experiment.</summary>
public partial class ExperimentPage
{
    private IReadOnlyList<TabItem> tabs = [];
    private Experiment? experiment;

    /// <summary>Its id, name or project.name.</summary>
    [Parameter] public string Id { get; set; } = "";

    [SupplyParameterFromQuery(Name = "tab")] private string? tab { get; set; }

    /// <inheritdoc/>
    protected override string LoadKey => Id;

    private string active => tabs.Any(t => t.Key == tab) ? tab! : "runs";

    /// <inheritdoc/>
    protected override async Task LoadAsync(CancellationToken cancellationToken)
    {
        experiment = await Api.Experiments.GetAsync(Id, cancellationToken);
        ShowTabs();
    }

    private void ShowTabs() =>
        tabs = [new("runs", "Runs", experiment!.Runs), new("curves", "Curves"), new("compare", "Compare"), new("uses", "Uses"), new("sharing", "Sharing")];

    // Runs went or came; the page stays as it is.
    private async Task CountAsync() => await FailureOfAsync(async ct =>
    {
        experiment = await Api.Experiments.GetAsync(experiment!.Id, ct);
        ShowTabs();
    });

    // First into the bin, and from there for good.
    private Task DeleteAsync(CancellationToken cancellationToken) =>
        experiment!.DeletedAt is null ? Api.Experiments.TrashAsync(experiment.Id, cancellationToken) : Api.Experiments.DeleteAsync(experiment.Id, cancellationToken: cancellationToken);

    private async Task RestoreAsync() => await DoAsync(async ct => experiment = await Api.Experiments.RestoreAsync(experiment!.Id, ct), $"“{experiment!.Name}” is restored.");

    private async Task UpdateAsync(ResourcePatch patch, CancellationToken cancellationToken)
    {
        experiment = await Api.Experiments.UpdateAsync(experiment!.Id, patch, experiment.Revision, cancellationToken);
        await InvokeAsync(StateHasChanged);
    }
}
