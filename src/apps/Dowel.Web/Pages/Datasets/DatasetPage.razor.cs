namespace Dowel.Web.Pages.Datasets;

/// <summary>One dataset.</summary>
public partial class DatasetPage
{
    private static readonly IReadOnlyList<TabItem> tabs =
    [
        new("overview", "Overview"), new("sample", "Sample"), new("profile", "Profile"), new("query", "Query"), new("versions", "Versions"), new("uses", "Uses"), new("sharing", "Sharing"),
    ];
    private Dataset? dataset;
    private bool uploading;

    /// <summary>Its id, name or project.name.</summary>
    [Parameter] public string Id { get; set; } = "";

    [SupplyParameterFromQuery(Name = "tab")] private string? tab { get; set; }

    [SupplyParameterFromQuery(Name = "version")] private int? version { get; set; }

    /// <inheritdoc/>
    protected override string LoadKey => Id;

    private string active => tabs.Any(t => t.Key == tab) ? tab! : tabs[0].Key;

    /// <inheritdoc/>
    protected override async Task LoadAsync(CancellationToken cancellationToken) => dataset = await Api.Datasets.GetAsync(Id, cancellationToken);

    private async Task UpdateAsync(ResourcePatch patch, CancellationToken cancellationToken)
    {
        dataset = await Api.Datasets.UpdateAsync(dataset!.Id, patch, dataset.Revision, cancellationToken);
        await InvokeAsync(StateHasChanged);
    }

    private async Task UploadedAsync()
    {
        uploading = false;
        await ReloadAsync();
    }

    private string DownloadHref(string format) => $"api/v1/datasets/{Uri.EscapeDataString(dataset!.Id)}/data?format={format}{(version is { } v ? $"&version={v}" : "")}";
}
