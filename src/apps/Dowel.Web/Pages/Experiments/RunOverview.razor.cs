namespace Dowel.Web.Pages.Experiments;

/// <summary>What a run was given and what came out.</summary>
public partial class RunOverview
{
    // What MLflow's client notes by itself about where a run came from.
    private static readonly (string Tag, string Title)[] sources = [("mlflow.source.name", "started by"), ("mlflow.source.git.commit", "commit"), ("mlflow.source.git.branch", "branch"), ("mlflow.parentRunId", "parent run")];
    private IReadOnlyList<(string Title, string Value)> source = [];

    /// <summary>The run.</summary>
    [Parameter, EditorRequired] public Run Run { get; set; } = new();

    /// <summary>Whether it may be changed.</summary>
    [Parameter] public bool CanEdit { get; set; }

    /// <summary>It was changed.</summary>
    [Parameter] public EventCallback OnChange { get; set; }

    /// <inheritdoc/>
    protected override void OnParametersSet() => source = [.. sources.Where(s => Run.Tags.ContainsKey(s.Tag)).Select(s => (s.Title, Run.Tags[s.Tag]))];
}
