namespace Dowel.Web.Pages.Experiments;

/// <summary>The evaluation of a run, drawn from the artifacts whose names say what they are.</summary>
public partial class EvaluationCharts
{
    private IReadOnlyList<ArtifactChart> views = [];

    /// <summary>The run.</summary>
    [Parameter, EditorRequired] public Run Run { get; set; } = new();

    /// <inheritdoc/>
    protected override string LoadKey => Run.Id;

    /// <inheritdoc/>
    protected override async Task LoadAsync(CancellationToken cancellationToken)
    {
        var found = new List<ArtifactChart>();
        foreach (var file in (await Api.Runs.ArtifactsAsync(Run.Id, cancellationToken: cancellationToken)).Where(a => !a.IsFolder && ArtifactChart.Draws(a.Path)).OrderBy(a => ArtifactChart.Order(a.Path)))
        {
            var (text, whole) = await ArtifactText.ReadAsync(Api, Run.Id, file.Path, PreviewContent.Limit(file.Path), cancellationToken);
            if (whole && ArtifactChart.TryRead(file.Path, text) is { } chart) found.Add(chart);
        }
        views = found;
    }
}
