namespace Dowel.Web.Pages.Features;

/// <summary>The newest rows of a feature view.</summary>
public partial class FeatureValues
{
    private TableData? table;

    /// <summary>The view.</summary>
    [Parameter, EditorRequired] public FeatureView View { get; set; } = new();

    /// <inheritdoc/>
    protected override string LoadKey => $"{View.Id}@{View.DataVersion}";

    /// <inheritdoc/>
    protected override async Task LoadAsync(CancellationToken cancellationToken) => table = await Api.FeatureViews.ValuesAsync(View.Id, 100, cancellationToken);
}
