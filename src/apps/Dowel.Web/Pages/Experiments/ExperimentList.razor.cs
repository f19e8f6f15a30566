namespace Dowel.Web.Pages.Experiments;

/// <summary>The experiments.</summary>
public partial class ExperimentList
{
    private IReadOnlyList<Snippet> snippets = [];

    private readonly IReadOnlyList<ListColumn<Experiment>> columns = [new("Runs", e => builder => builder.AddContent(0, Formats.Count(e.Runs)), true)];

    /// <inheritdoc/>
    protected override void OnInitialized() => snippets = RunSnippets.ForNew(Nav.BaseUri.TrimEnd('/'), "my-experiment");

    private Task NewAsync() => NewThingDialog.ShowAsync(Dialogs, "New experiment", Me, null, async (spec, ct) =>
    {
        var made = await Api.Experiments.CreateAsync(new CreateExperiment { Name = spec.Name, Project = spec.Project, Description = spec.Description }, ct);
        return $"experiments/{Uri.EscapeDataString(made.Id)}";
    });
}
