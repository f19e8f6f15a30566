namespace Dowel.Web.Pages.Datasets;

/// <summary>Some rows of a dataset.</summary>
public partial class DatasetSample
{
    private TableData? table;

    /// <summary>The dataset.</summary>
    [Parameter, EditorRequired] public Dataset Dataset { get; set; } = new();

    /// <summary>The version; null for the newest.</summary>
    [Parameter] public int? Version { get; set; }

    /// <inheritdoc/>
    protected override string LoadKey => $"{Dataset.Id}@{Version ?? Dataset.Latest?.Version}";

    /// <inheritdoc/>
    protected override async Task LoadAsync(CancellationToken cancellationToken) => table = await Api.Datasets.SampleAsync(Dataset.Id, Version, 100, cancellationToken);
}
