namespace Dowel.Web.Pages.Datasets;

/// <summary>The versions of a dataset.</summary>
public partial class DatasetVersions
{
    private IReadOnlyList<DatasetVersion>? versions;

    /// <summary>The dataset.</summary>
    [Parameter, EditorRequired] public Dataset Dataset { get; set; } = new();

    /// <inheritdoc/>
    protected override string LoadKey => $"{Dataset.Id}@{Dataset.Latest?.Version}";

    /// <inheritdoc/>
    protected override async Task LoadAsync(CancellationToken cancellationToken) =>
        versions = [.. (await Api.Datasets.VersionsAsync(Dataset.Id, new ListQuery { Limit = 200 }, cancellationToken)).Items.OrderByDescending(v => v.Version)];
}
