namespace Dowel.Web.Pages.Endpoints;

/// <summary>An inference graph as YAML and, beside it, as a picture that follows what is typed.</summary>
public partial class GraphEditor
{
    private readonly string id = $"graph-{Guid.NewGuid():N}";
    private string text = "", wrong = "";
    private InferenceGraph graph = new();
    private LineageGraphModel picture = new([], [], 0);
    private IReadOnlyList<string> endpoints = [];
    private Problem? failure;
    private bool busy;

    private string node = "root", target = "", condition = "", newName = "";
    private int? weight;
    private InferenceNodeKind newKind = InferenceNodeKind.Switch;
    private GraphCombiner newCombiner;

    /// <summary>The graph to begin with; null for an example.</summary>
    [Parameter] public InferenceGraph? Graph { get; set; }

    /// <summary>Saves it and says what went wrong; null where somebody else saves it.</summary>
    [Parameter] public Func<InferenceGraph, Task<Problem?>>? Save { get; set; }

    /// <summary>The graph when it changed; null while it cannot be read.</summary>
    [Parameter] public EventCallback<InferenceGraph?> Changed { get; set; }

    private InferenceNodeKind kind => graph.Nodes.TryGetValue(node, out var chosen) ? chosen.Kind : InferenceNodeKind.Sequence;

    /// <inheritdoc/>
    protected override async Task OnInitializedAsync()
    {
        text = Graph is null ? GraphText.Template : GraphText.Write(Graph);
        await Read();
    }

    /// <inheritdoc/>
    protected override async Task LoadAsync(CancellationToken cancellationToken) =>
        endpoints = [.. (await Api.Endpoints.ListAsync(new ListQuery { Sort = "name", Limit = 500 }, cancellationToken)).Items.Where(e => e.Access >= Permission.Use).Select(e => e.Name)];

    private Task Read()
    {
        failure = null;
        if (GraphText.TryRead(text, out var read, out wrong))
        {
            graph = read;
            picture = GraphPicture.Of(graph);
            if (!graph.Nodes.ContainsKey(node)) node = graph.Nodes.Keys.First();
        }
        return Changed.InvokeAsync(wrong.Length == 0 ? graph : null);
    }

    private Task AddStep()
    {
        var step = new InferenceStep
        {
            Endpoint = target.StartsWith("e:", StringComparison.Ordinal) ? target[2..] : null,
            Node = target.StartsWith("n:", StringComparison.Ordinal) ? target[2..] : null,
            Weight = kind == InferenceNodeKind.Splitter ? weight ?? 0 : null,
            Condition = kind == InferenceNodeKind.Splitter || string.IsNullOrWhiteSpace(condition) ? null : condition.Trim(),
        };
        (target, condition, weight) = ("", "", null);
        return Put(node, graph.Nodes[node] with { Steps = [.. graph.Nodes[node].Steps, step] });
    }

    private Task AddNode()
    {
        var name = newName.Trim();
        (newName, node) = ("", name);
        return Put(name, new InferenceNode { Kind = newKind, Combiner = newKind == InferenceNodeKind.Ensemble ? newCombiner : GraphCombiner.All });
    }

    private Task Put(string name, InferenceNode changed)
    {
        text = GraphText.Write(graph with { Nodes = new Dictionary<string, InferenceNode>(graph.Nodes) { [name] = changed } });
        return Read();
    }

    private async Task SaveAsync()
    {
        busy = true;
        failure = await Save!(graph);
        busy = false;
    }
}
