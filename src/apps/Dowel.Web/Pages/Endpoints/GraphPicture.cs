namespace Dowel.Web.Pages.Endpoints;

/// <summary>An inference graph as it is drawn: the way of a request from left to right, through every step that it may take.</summary>
internal sealed class GraphPicture
{
    private const int MostBoxes = 120;

    private readonly InferenceGraph graph;
    private readonly List<GraphNode> nodes = [];
    private readonly List<GraphEdge> edges = [];

    private GraphPicture(InferenceGraph graph) => this.graph = graph;

    public static LineageGraphModel Of(InferenceGraph graph)
    {
        var picture = new GraphPicture(graph);
        picture.nodes.Add(new("request", "request", "request", "what the caller sends"));
        var ends = picture.Node("root", "root", [("request", "")], []);
        picture.nodes.Add(new("answer", "answer", "answer", "what the caller gets"));
        picture.Connect(ends, "answer");
        return new(picture.nodes, picture.edges, 0);
    }

    /// <summary>Draws a node; its ends are where the answer comes from, each with the word on the arrow that leaves it.</summary>
    private List<(string Key, string Word)> Node(string name, string path, List<(string Key, string Word)> from, IReadOnlyList<string> above)
    {
        if (!graph.Nodes.TryGetValue(name, out var node) || above.Contains(name) || nodes.Count > MostBoxes)
        {
            Box(path, "missing", name, above.Contains(name) ? "comes back to itself" : "no such node", from, hidden: true);
            return [(path, "")];
        }
        IReadOnlyList<string> within = [.. above, name];
        if (node.Kind == InferenceNodeKind.Sequence) return Sequence(node, path, from, within);
        Box(path, GraphText.Word(node.Kind), name, node.Kind switch
        {
            InferenceNodeKind.Switch => "the first that holds",
            InferenceNodeKind.Splitter => "one by chance",
            _ => "all at once",
        }, from);
        List<(string, string)> ends = [];
        for (var i = 0; i < node.Steps.Count; i++)
        {
            var step = node.Steps[i];
            var word = node.Kind == InferenceNodeKind.Splitter ? $"{step.Weight ?? 0} %" : step.Condition ?? (node.Kind == InferenceNodeKind.Switch ? "else" : "");
            ends.AddRange(Step(step, $"{path}/{i}", [(path, word)], within));
        }
        if (node.Kind != InferenceNodeKind.Ensemble) return ends;
        Box($"{path}/combined", "combine", "combine", node.Combiner switch { GraphCombiner.Mean => "the mean", GraphCombiner.Vote => "what most answer", _ => "all outputs side by side" }, ends);
        return [($"{path}/combined", "")];
    }

    private List<(string Key, string Word)> Sequence(InferenceNode node, string path, List<(string Key, string Word)> from, IReadOnlyList<string> within)
    {
        List<(string Key, string Word)> left = [];
        for (var i = 0; i < node.Steps.Count; i++)
        {
            // Where its condition does not hold, the sequence ends with what there is.
            if (node.Steps[i].Condition is { } condition)
            {
                left.AddRange(from.Select(f => (f.Key, "else")));
                from = [.. from.Select(f => (f.Key, condition))];
            }
            from = Step(node.Steps[i], $"{path}/{i}", from, within);
        }
        return [.. from, .. left];
    }

    private List<(string Key, string Word)> Step(InferenceStep step, string path, List<(string Key, string Word)> from, IReadOnlyList<string> within)
    {
        if (step.Node is { } next) return Node(next, path, from, within);
        var note = step.Optional ? "endpoint, may fail" : step.Data is "request" or "both" ? $"endpoint, gets {(step.Data == "both" ? "request and answer" : "the request")}" : "endpoint";
        Box(path, "endpoint", step.Name ?? step.Endpoint ?? "nothing yet", note, from, step.Endpoint is { Length: > 0 } endpoint ? $"endpoints/{Uri.EscapeDataString(endpoint)}" : null, step.Endpoint is null);
        return [(path, "")];
    }

    private void Box(string key, string kind, string title, string note, List<(string Key, string Word)> from, string? href = null, bool hidden = false)
    {
        nodes.Add(new(key, kind, title, note, href, hidden));
        Connect(from, key);
    }

    private void Connect(List<(string Key, string Word)> from, string to) => edges.AddRange(from.Select(f => new GraphEdge(f.Key, to, f.Word)));
}
