namespace Dowel.Web.Pages.Models;

/// <summary>One registered model.</summary>
public partial class ModelPage
{
    private static readonly IReadOnlyList<TabItem> tabs = [new("versions", "Versions"), new("gate", "Gate"), new("aliases", "Aliases"), new("history", "History"), new("uses", "Lineage"), new("sharing", "Sharing")];
    private RegisteredModel? model;

    /// <summary>Its id, name or project.name.</summary>
    [Parameter] public string Id { get; set; } = "";

    [SupplyParameterFromQuery(Name = "tab")] private string? tab { get; set; }

    /// <inheritdoc/>
    protected override string LoadKey => Id;

    private string active => tabs.Any(t => t.Key == tab) ? tab! : tabs[0].Key;

    /// <inheritdoc/>
    protected override async Task LoadAsync(CancellationToken cancellationToken) => model = await Api.Models.GetAsync(Id, cancellationToken);

    private async Task UpdateAsync(ResourcePatch patch, CancellationToken cancellationToken)
    {
        model = await Api.Models.UpdateAsync(model!.Id, patch, model.Revision, cancellationToken: cancellationToken);
        await InvokeAsync(StateHasChanged);
    }

    private Task DeployAsync(RegisteredModel m) => DeployDialog.ShowAsync(Dialogs, Me, m, null);
}
