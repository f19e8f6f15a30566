namespace Dowel.Web.Components;

/// <summary>What is drawn of a lineage: things, arrows, and how much cannot be shown.</summary>
/// <param name="Nodes">The things.</param>
/// <param name="Edges">The arrows.</param>
/// <param name="Unseen">How many arrows are left out because the person may see neither end.</param>
public sealed record LineageGraphModel(IReadOnlyList<GraphNode> Nodes, IReadOnlyList<GraphEdge> Edges, int Unseen)
{
    private const string CommitTag = "mlflow.source.git.commit", SourceTag = "mlflow.source.name";

    /// <summary>Makes it of the edges of the API, with the code that the runs were made by.</summary>
    /// <param name="edges">The edges.</param>
    /// <param name="id">Id of the thing that it is about.</param>
    /// <param name="version">Its version; null for all of them.</param>
    /// <param name="runs">What is known of the runs among them, by id.</param>
    public static LineageGraphModel Of(IReadOnlyList<LineageEdge> edges, string id, string? version, IReadOnlyDictionary<string, Run> runs)
    {
        ArgumentNullException.ThrowIfNull(edges);
        ArgumentNullException.ThrowIfNull(runs);
        var nodes = new Dictionary<string, GraphNode>();
        var arrows = new List<GraphEdge>();
        var unseen = 0;
        foreach (var edge in edges)
        {
            if (edge.From.Id.Length == 0 && edge.To.Id.Length == 0)
            {
                unseen++;
                continue;
            }
            // Hidden things have no id; one that stands beside another thing is told from one beside a third.
            var from = Key(edge.From) ?? $"{edge.From.Kind} {edge.From.Name} before {Key(edge.To)}";
            var to = Key(edge.To) ?? $"{edge.To.Kind} {edge.To.Name} after {Key(edge.From)}";
            nodes.TryAdd(from, Node(from, edge.From, id, version, runs));
            nodes.TryAdd(to, Node(to, edge.To, id, version, runs));
            arrows.Add(new(from, to, edge.Relation));
        }
        // What went into a run went into what was made of it: one arrow says so as well as two.
        var pairs = arrows.Select(a => (a.From, a.To)).ToHashSet();
        var runKeys = nodes.Values.Where(n => n.Kind == "run").Select(n => n.Key).ToList();
        arrows.RemoveAll(a => a.Relation == "trained" && runKeys.Any(r => pairs.Contains((a.From, r)) && pairs.Contains((r, a.To))));
        foreach (var (key, run) in nodes.Values.Where(n => n.Kind == "run").Select(n => (n.Key, runs.GetValueOrDefault(n.Key.Split('@')[^1]))).ToList())
        {
            if (run is null || Code(run) is not { } code) continue;
            nodes.TryAdd(code.Key, code);
            arrows.Add(new(code.Key, key, "code"));
        }
        return new([.. nodes.Values], arrows, unseen);
    }

    /// <summary>Whether a thing is an experiment's run.</summary>
    public static bool IsRun(LineageNode node) => node is { Kind: "experiment", Id.Length: > 0, Version.Length: > 0 };

    private static string? Key(LineageNode node) => node.Id.Length == 0 ? null : $"{node.Id}@{node.Version}";

    private static GraphNode Node(string key, LineageNode node, string id, string? version, IReadOnlyDictionary<string, Run> runs)
    {
        var isFocus = node.Id.Length > 0 && node.Id == id && (version is null || string.IsNullOrEmpty(node.Version) || node.Version == version);
        if (node.Id.Length == 0) return new(key, node.Kind, node.Name.Trim('(', ')'), KindIcons.Word(node.Kind), IsHidden: true);
        if (IsRun(node))
            return new(key, "run", runs.GetValueOrDefault(node.Version!)?.Name is { Length: > 0 } name ? name : node.Version!, $"run of {node.Name}", KindIcons.Href("run", node.Version!), IsFocus: isFocus);
        var href = KindIcons.Href(node.Kind, node.Id);
        if (node is { Kind: "model", Version.Length: > 0 }) href += $"?v={Uri.EscapeDataString(node.Version)}";
        return new(key, node.Kind, node.Name, string.IsNullOrEmpty(node.Version) ? KindIcons.Word(node.Kind) : $"{KindIcons.Word(node.Kind)}, version {node.Version}", href, IsFocus: isFocus);
    }

    private static GraphNode? Code(Run run)
    {
        var (commit, source) = (run.Tags.GetValueOrDefault(CommitTag) ?? "", run.Tags.GetValueOrDefault(SourceTag) ?? "");
        if (commit.Length == 0 && source.Length == 0) return null;
        var name = source.Split('/', '\\')[^1];
        return new($"code {source}@{commit}", "code", name.Length > 0 ? name : "code", commit.Length > 0 ? $"code at {commit[..Math.Min(10, commit.Length)]}" : "code");
    }
}
