namespace Dowel.Web.Pages.Experiments;

/// <summary>The artifacts of a run.</summary>
public partial class ArtifactBrowser
{
    private IReadOnlyList<ArtifactInfo>? files;

    /// <summary>The run.</summary>
    [Parameter, EditorRequired] public Run Run { get; set; } = new();

    [SupplyParameterFromQuery(Name = "folder")] private string? folderQuery { get; set; }

    [SupplyParameterFromQuery(Name = "file")] private string? file { get; set; }

    /// <inheritdoc/>
    protected override string LoadKey => $"{Run.Id}\n{folderQuery}";

    private string folder => folderQuery ?? "";

    /// <inheritdoc/>
    protected override async Task LoadAsync(CancellationToken cancellationToken) =>
        files = [.. (await Api.Runs.ArtifactsAsync(Run.Id, folderQuery, cancellationToken)).OrderBy(a => !a.IsFolder).ThenBy(a => a.Path, StringComparer.OrdinalIgnoreCase)];

    private IEnumerable<(string Name, string Full)> Steps()
    {
        var parts = folder.Split('/', StringSplitOptions.RemoveEmptyEntries);
        for (var i = 0; i < parts.Length; i++) yield return (parts[i], string.Join('/', parts[..(i + 1)]));
    }

    private void Open(ArtifactInfo item)
    {
        if (item.IsFolder) SetQuery(("folder", item.Path.TrimEnd('/')), ("file", null));
        else SetQuery(("file", item.Path));
    }
}
