namespace Dowel.Web.Pages.Experiments;

/// <summary>The artifacts of a run: a tree of folders, and the file that is open.</summary>
public partial class ArtifactBrowser
{
    private IReadOnlyList<ArtifactInfo>? root;

    /// <summary>The run.</summary>
    [Parameter, EditorRequired] public Run Run { get; set; } = new();

    [SupplyParameterFromQuery(Name = "file")] private string? file { get; set; }

    /// <inheritdoc/>
    protected override string LoadKey => Run.Id;

    /// <inheritdoc/>
    protected override async Task LoadAsync(CancellationToken cancellationToken) => root = ArtifactFolder.Sorted(await Api.Runs.ArtifactsAsync(Run.Id, null, cancellationToken));
}
