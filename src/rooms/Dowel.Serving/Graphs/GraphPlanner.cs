using Dowel.Contracts;
using Dowel.Kernel.Access;
using Dowel.Kernel.Resources;
using Dowel.Kernel.Results;
using Dowel.Serving.Endpoints;

namespace Dowel.Serving.Graphs;

/// <summary>Checks a graph before it is deployed: its form, and that who deploys it may use the endpoints in it. Its callers then need the graph alone.</summary>
internal sealed class GraphPlanner(EndpointTable table, IResourceService resources)
{
    public const string Root = "root";
    private const int MostSteps = 100;
    private const string At = "deployment.graph.nodes";

    /// <param name="actor">Who deploys it.</param>
    /// <param name="graph">The graph.</param>
    /// <param name="endpointId">The endpoint that it is deployed to; null for a new one.</param>
    /// <param name="cancellationToken">Cancels it.</param>
    /// <returns>The ids of the graph's endpoints by the names that it has for them.</returns>
    public async Task<Result<Dictionary<string, string>>> CheckAsync(Actor actor, InferenceGraph graph, string? endpointId, CancellationToken cancellationToken)
    {
        if (!graph.Nodes.ContainsKey(Root)) return Failure.Invalid(At, string.Join(", ", graph.Nodes.Keys), $"a node '{Root}', where requests enter");
        if (graph.Nodes.Sum(n => n.Value.Steps.Count) > MostSteps) return Failure.Invalid(At, graph.Nodes.Sum(n => n.Value.Steps.Count), $"at most {MostSteps} steps");
        foreach (var (name, node) in graph.Nodes)
            if (Check(graph, $"{At}.{name}", node) is { } wrong) return wrong;
        if (Cycle(graph, Root, [], []) is { } cycle) return Failure.Invalid(At, cycle, "nodes that do not come back to themselves");
        var ids = new Dictionary<string, string>();
        foreach (var endpoint in graph.Nodes.Values.SelectMany(n => n.Steps).Select(s => s.Endpoint).OfType<string>().Distinct())
        {
            if (!(await resources.FindAsync(actor, ResourceKind.Endpoint, endpoint, Permission.Use, cancellationToken)).TryGet(out var found, out var failure)) return failure;
            if (endpointId is not null && Reaches(found.Id, endpointId, [])) return Failure.Invalid(At, endpoint, "endpoints that do not come back to this one");
            ids[endpoint] = found.Id;
        }
        return ids;
    }

    private bool Reaches(string from, string to, HashSet<string> seen)
        => from == to || (seen.Add(from) && (table.FindById(from)?.Deployments ?? []).SelectMany(d => d.Row.SourceOf.GraphEndpoints?.Values ?? []).Any(next => Reaches(next, to, seen)));

    private static Failure? Check(InferenceGraph graph, string at, InferenceNode node)
    {
        if (node.Steps.Count == 0) return Failure.Invalid($"{at}.steps", "none", "at least one step");
        var names = new HashSet<string>();
        for (var i = 0; i < node.Steps.Count; i++)
        {
            var (step, field) = (node.Steps[i], $"{at}.steps[{i}]");
            if (step.Endpoint is null == step.Node is null) return Failure.Invalid(field, step.Endpoint is null ? "neither" : "both", "an endpoint or a node");
            if (step.Node is { } next && !graph.Nodes.ContainsKey(next)) return Failure.Invalid($"{field}.node", next, $"one of {string.Join(", ", graph.Nodes.Keys)}");
            if (!names.Add(NameOf(step))) return Failure.Invalid($"{field}.name", NameOf(step), "a name that no other step of the node has");
            if (step.Data is not (null or "request" or "response" or "both")) return Failure.Invalid($"{field}.data", step.Data, "request, response or both");
            if (step.Condition is { } condition && GraphCondition.Parse(condition) is null) return Failure.Invalid($"{field}.condition", condition, GraphCondition.Expected);
            if (node.Kind == InferenceNodeKind.Switch && step.Condition is null && i < node.Steps.Count - 1) return Failure.Invalid($"{field}.condition", null, $"{GraphCondition.Expected}; only the last step of a switch does without");
            if (node.Kind == InferenceNodeKind.Splitter && step.Weight is not (>= 0 and <= 100)) return Failure.Invalid($"{field}.weight", step.Weight, "0 to 100");
        }
        if (node.Kind == InferenceNodeKind.Splitter && node.Steps.Sum(s => s.Weight ?? 0) is not 100 and var sum) return Failure.Invalid($"{at}.steps", $"weights that add up to {sum}", "weights that add up to 100");
        return null;
    }

    private static string? Cycle(InferenceGraph graph, string node, IReadOnlyList<string> path, HashSet<string> sound)
    {
        if (path.Contains(node)) return string.Join(" → ", [.. path, node]);
        if (sound.Contains(node)) return null;
        foreach (var next in graph.Nodes[node].Steps.Select(s => s.Node).OfType<string>())
            if (Cycle(graph, next, [.. path, node], sound) is { } found) return found;
        sound.Add(node);
        return null;
    }

    public static string NameOf(InferenceStep step) => step.Name ?? step.Endpoint ?? step.Node!;
}
