namespace Dowel.Web.Components;

/// <summary>Where a thing comes from and who uses it.</summary>
public partial class LineagePanel
{
    // Their names and code are asked for one by one.
    private const int MostRuns = 20;

    private IReadOnlyList<LineageEdge>? edges;
    private IReadOnlyDictionary<string, string> runNames = new Dictionary<string, string>();
    private LineageGraphModel graph = new([], [], 0);

    /// <summary>Id of the thing.</summary>
    [Parameter, EditorRequired] public string Id { get; set; } = "";

    /// <summary>Its version (of an experiment: a run's id); null for all.</summary>
    [Parameter] public string? Version { get; set; }

    /// <inheritdoc/>
    protected override string LoadKey => $"{Id}@{Version}";

    /// <inheritdoc/>
    protected override async Task LoadAsync(CancellationToken cancellationToken)
    {
        var key = LoadKey;
        var found = await Api.Resources.LineageAsync(Id, Version, null, cancellationToken);
        var runs = new Dictionary<string, Run>();
        foreach (var id in found.SelectMany(e => new[] { e.From, e.To }).Where(LineageGraphModel.IsRun).Select(n => n.Version!).Distinct().Take(MostRuns))
            if (await RunAsync(id, cancellationToken) is { } run) runs[id] = run;
        if (key == LoadKey) (edges, graph, runNames) = (found, LineageGraphModel.Of(found, Id, Version, runs), runs.ToDictionary(r => r.Key, r => r.Value.Name));
    }

    // A run that was deleted meanwhile, or whose room is off, is drawn without its name.
    private async Task<Run?> RunAsync(string id, CancellationToken cancellationToken)
    {
        try
        {
            return await Api.Runs.GetAsync(id, cancellationToken);
        }
        catch (DowelException e) when (e.Status is 403 or 404)
        {
            return null;
        }
    }

    private IReadOnlyList<LineageNode> Learners(IReadOnlyList<LineageEdge> all) => all.Any(e => e.From.Id == Id && e.From.Kind is "dataset" or "feature_view")
        ? [.. all.Select(e => e.To).Where(n => n.Kind == "model" && n.Id.Length > 0).DistinctBy(n => (n.Id, n.Version)).OrderBy(n => n.Name, StringComparer.Ordinal).ThenBy(n => n.Version?.Length).ThenBy(n => n.Version, StringComparer.Ordinal)]
        : [];

    private IReadOnlyList<LineageEdge> Towards(IReadOnlyList<LineageEdge> all) => Once(all.Where(e => IsThis(e.To)), e => e.From);

    private IReadOnlyList<LineageEdge> Onwards(IReadOnlyList<LineageEdge> all) => Once(all.Where(e => IsThis(e.From)), e => e.To);

    // Several versions of a thing may come from the same.
    private static IReadOnlyList<LineageEdge> Once(IEnumerable<LineageEdge> edges, Func<LineageEdge, LineageNode> other) => [.. edges.DistinctBy(e => other(e).Id.Length == 0 ? (object)e : (other(e).Id, other(e).Version, e.Relation))];

    private IReadOnlyList<LineageEdge> Further(IReadOnlyList<LineageEdge> all) => [.. all.Where(e => !IsThis(e.To) && !IsThis(e.From) && !AreHidden(e))];

    // What hangs on this without being seen at either end says nothing but that it is there.
    private static bool AreHidden(LineageEdge edge) => edge.From.Id.Length == 0 && edge.To.Id.Length == 0;

    private bool IsThis(LineageNode node) => node.Id == Id && (Version is null || node.Version == Version);
}
