namespace Dowel.Web.Pages.Models;

/// <summary>The versions of a model, and one of them in full.</summary>
public partial class VersionList
{
    private IReadOnlyList<ModelVersion>? versions;

    /// <summary>The model.</summary>
    [Parameter, EditorRequired] public RegisteredModel Model { get; set; } = new();

    /// <summary>After an alias was moved.</summary>
    [Parameter] public EventCallback OnMoved { get; set; }

    [SupplyParameterFromQuery(Name = "v")] private int? number { get; set; }

    /// <inheritdoc/>
    protected override string LoadKey => $"{Model.Id}@{Model.LatestVersion}";

    // The version in use interests more than the newest one.
    private ModelVersion? current => versions?.FirstOrDefault(v => v.Version == number) ?? versions?.FirstOrDefault(v => v.Aliases.Contains("production")) ?? versions?.FirstOrDefault();

    /// <inheritdoc/>
    protected override async Task LoadAsync(CancellationToken cancellationToken) =>
        versions = [.. (await Api.Models.VersionsAsync(Model.Id, new ListQuery { Limit = 200 }, cancellationToken)).Items.OrderByDescending(v => v.Version)];

    private async Task MovedAsync()
    {
        await ReloadAsync();
        await OnMoved.InvokeAsync();
    }
}
