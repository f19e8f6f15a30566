namespace Dowel.Web.Pages.Models;

/// <summary>One registered model.</summary>
public partial class ModelPage
{
    private static readonly IReadOnlyList<TabItem> tabs = [new("versions", "Versions"), new("compare", "Compare"), new("gate", "Gate"), new("aliases", "Aliases"), new("history", "History"), new("uses", "Lineage"), new("sharing", "Sharing")];
    private RegisteredModel? model;

    /// <summary>Its id, name or project.name.</summary>
    [Parameter] public string Id { get; set; } = "";

    [SupplyParameterFromQuery(Name = "tab")] private string? tab { get; set; }

    /// <inheritdoc/>
    protected override string LoadKey => Id;

    private bool isPrompt => model is not null && PromptText.IsPrompt(model);

    // A prompt is tried by nobody and made of nothing: a gate is shown only where somebody has set one.
    private IReadOnlyList<TabItem> TabsOf(RegisteredModel m) =>
        isPrompt ? [.. tabs.Where(t => t.Key != "uses" && (t.Key != "gate" || m.Gate.ProtectedAliases.Count > 0))] : tabs;

    private string active => tabs.Any(t => t.Key == tab) ? tab! : tabs[0].Key;

    /// <inheritdoc/>
    protected override async Task LoadAsync(CancellationToken cancellationToken) => model = await Api.Models.GetAsync(Id, cancellationToken);

    private async Task UpdateAsync(ResourcePatch patch, CancellationToken cancellationToken)
    {
        model = await Api.Models.UpdateAsync(model!.Id, patch, model.Revision, cancellationToken: cancellationToken);
        await InvokeAsync(StateHasChanged);
    }
}
