namespace Dowel.Web.Pages.Experiments;

/// <summary>A folder of artifacts; what is in its folders is asked for when they are opened.</summary>
public partial class ArtifactFolder
{
    private const int Step = 200;
    private readonly Dictionary<string, IReadOnlyList<ArtifactInfo>> open = [];
    private int shown = Step;

    /// <summary>Id of the run.</summary>
    [Parameter, EditorRequired] public string Run { get; set; } = "";

    /// <summary>What is in it.</summary>
    [Parameter, EditorRequired] public IReadOnlyList<ArtifactInfo> Files { get; set; } = [];

    /// <summary>The file that is looked into.</summary>
    [Parameter] public string? File { get; set; }

    // The folders above the open file are open, however one came to it.
    /// <inheritdoc/>
    protected override string LoadKey => $"{Run}\n{File}";

    internal static IReadOnlyList<ArtifactInfo> Sorted(IEnumerable<ArtifactInfo> files) => [.. files.OrderBy(a => !a.IsFolder).ThenBy(a => a.Path, StringComparer.OrdinalIgnoreCase)];

    /// <inheritdoc/>
    protected override async Task LoadAsync(CancellationToken cancellationToken)
    {
        if (Files.FirstOrDefault(f => f.IsFolder && File?.StartsWith(f.Path.TrimEnd('/') + "/", StringComparison.Ordinal) == true) is { } above && !open.ContainsKey(above.Path)) await OpenAsync(above, cancellationToken);
    }

    private async Task ToggleAsync(ArtifactInfo folder)
    {
        if (!open.Remove(folder.Path)) await DoAsync(ct => OpenAsync(folder, ct));
    }

    private async Task OpenAsync(ArtifactInfo folder, CancellationToken cancellationToken) => open[folder.Path] = Sorted(await Api.Runs.ArtifactsAsync(Run, folder.Path.TrimEnd('/'), cancellationToken));

    private static string NameOf(string path) => path[(path.LastIndexOf('/') + 1)..];
}
