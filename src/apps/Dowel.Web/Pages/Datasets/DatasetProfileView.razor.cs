namespace Dowel.Web.Pages.Datasets;

/// <summary>The profile of a dataset: its correlation matrix and a card a column.</summary>
public partial class DatasetProfileView
{
    private const int Step = 100;
    private DatasetProfile? profile;
    private int shown = Step;

    /// <summary>The dataset.</summary>
    [Parameter, EditorRequired] public Dataset Dataset { get; set; } = new();

    /// <summary>The version; null for the newest.</summary>
    [Parameter] public int? Version { get; set; }

    /// <inheritdoc/>
    protected override string LoadKey => $"{Dataset.Id}@{Version ?? Dataset.Latest?.Version}";

    /// <inheritdoc/>
    protected override async Task LoadAsync(CancellationToken cancellationToken)
    {
        profile = await Api.Datasets.ProfileAsync(Dataset.Id, Version, cancellationToken);
        shown = Step;
    }
}
