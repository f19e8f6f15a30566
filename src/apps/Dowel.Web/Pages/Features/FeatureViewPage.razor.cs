namespace Dowel.Web.Pages.Features;

/// <summary>One feature view.</summary>
public partial class FeatureViewPage
{
    private static readonly IReadOnlyList<TabItem> tabs = [new("overview", "Overview"), new("values", "Values"), new("lookup", "Look up"), new("uses", "Uses"), new("sharing", "Sharing")];
    private FeatureView? view;

    /// <summary>Its id, name or project.name.</summary>
    [Parameter] public string Id { get; set; } = "";

    [SupplyParameterFromQuery(Name = "tab")] private string? tab { get; set; }

    /// <inheritdoc/>
    protected override string LoadKey => Id;

    private string active => tabs.Any(t => t.Key == tab) ? tab! : tabs[0].Key;

    /// <inheritdoc/>
    protected override async Task LoadAsync(CancellationToken cancellationToken) => view = await Api.FeatureViews.GetAsync(Id, cancellationToken);

    private static string StateText(FeatureState state) => state switch
    {
        FeatureState.Active => "Active: in use, grows only by adding",
        FeatureState.Deprecated => "Deprecated: nothing new should build on it",
        _ => "Draft: may still change",
    };

    private Task UpdateAsync(ResourcePatch p, CancellationToken cancellationToken) =>
        PatchAsync(new PatchFeatureView { Name = p.Name, Description = p.Description, Owner = p.Owner, Tags = p.Tags }, cancellationToken);

    private async Task StateAsync(FeatureState state) => await DoAsync(ct => PatchAsync(new PatchFeatureView { State = state }, ct), $"It is {state.ToString().ToLowerInvariant()} now.");

    private async Task PatchAsync(PatchFeatureView patch, CancellationToken cancellationToken)
    {
        view = await Api.FeatureViews.UpdateAsync(view!.Id, patch, view.Revision, cancellationToken);
        await InvokeAsync(StateHasChanged);
    }
}
