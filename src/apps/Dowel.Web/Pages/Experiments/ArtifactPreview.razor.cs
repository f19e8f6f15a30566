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
        if (!PreviewContent.IsText(Path))
        {
            preview = new PreviewContent();
            return;
        }
        var (text, whole) = await ArtifactText.ReadAsync(Api, Run, Path, cancellationToken);
        preview = PreviewContent.Of(Path, text, whole);
    }
}
