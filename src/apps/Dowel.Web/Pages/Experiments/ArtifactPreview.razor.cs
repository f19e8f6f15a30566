namespace Dowel.Web.Pages.Experiments;

/// <summary>Looks into an artifact.</summary>
public partial class ArtifactPreview
{
    private PreviewContent? preview;

    /// <summary>Id of the run.</summary>
    [Parameter, EditorRequired] public string Run { get; set; } = "";

    /// <summary>The file.</summary>
    [Parameter, EditorRequired] public string Path { get; set; } = "";

    /// <inheritdoc/>
    protected override string LoadKey => $"{Run}\n{Path}";

    private string Href => $"api/v1/runs/{Uri.EscapeDataString(Run)}/artifacts/{string.Join('/', Path.Split('/').Select(Uri.EscapeDataString))}";

    /// <inheritdoc/>
    protected override async Task LoadAsync(CancellationToken cancellationToken)
    {
        preview = null;
        var (path, limit) = (Path, PreviewContent.Limit(Path));
        if (PreviewContent.IsImage(path))
        {
            var size = (await Api.Runs.ArtifactsAsync(Run, path.Contains('/', StringComparison.Ordinal) ? path[..path.LastIndexOf('/')] : null, cancellationToken)).FirstOrDefault(f => f.Path == path)?.Bytes;
            if (path == Path) preview = size > PreviewContent.MostImageBytes ? new PreviewContent { Cut = true } : new PreviewContent { Image = Href };
        }
        else if (limit == 0)
        {
            preview = new PreviewContent();
        }
        else
        {
            var (text, whole) = await ArtifactText.ReadAsync(Api, Run, path, limit, cancellationToken);
            if (path == Path) preview = PreviewContent.Of(path, text, whole);
        }
    }
}
