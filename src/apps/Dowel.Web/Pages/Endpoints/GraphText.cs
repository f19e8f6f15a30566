using System.Text.Json;
using System.Text.Json.Nodes;

namespace Dowel.Web.Pages.Endpoints;

/// <summary>Inference graphs as YAML.</summary>
internal static class GraphText
{
    /// <summary>What somebody begins with.</summary>
    public const string Template = """
        nodes:
          root:
            kind: sequence
            steps:
              - endpoint: first-endpoint
              - endpoint: second-endpoint

        """;

    public static bool TryRead(string text, out InferenceGraph graph, out string wrong)
    {
        (graph, wrong) = (new(), "");
        try
        {
            graph = DowelYaml.Read<InferenceGraph>(text);
            if (graph.Nodes.Count > 0) return true;
            wrong = "It has no nodes.";
        }
        catch (JsonException e)
        {
            wrong = e.Message;
        }
        return false;
    }

    /// <summary>With what is set alone, in the order in which people write it.</summary>
    public static string Write(InferenceGraph graph) => DowelYaml.Write(new JsonObject
    {
        ["nodes"] = new JsonObject(graph.Nodes.OrderBy(n => n.Key != "root").Select(n => KeyValuePair.Create<string, JsonNode?>(n.Key, Node(n.Value)))),
    });

    private static JsonObject Node(InferenceNode node)
    {
        var written = new JsonObject { ["kind"] = Word(node.Kind) };
        if (node.Combiner != GraphCombiner.All) written["combiner"] = Word(node.Combiner);
        written["steps"] = new JsonArray([.. node.Steps.Select(Step)]);
        return written;
    }

    private static JsonObject Step(InferenceStep step)
    {
        var written = new JsonObject();
        if (step.Name is not null) written["name"] = step.Name;
        if (step.Endpoint is not null) written["endpoint"] = step.Endpoint;
        if (step.Node is not null) written["node"] = step.Node;
        if (step.Condition is not null) written["condition"] = step.Condition;
        if (step.Weight is not null) written["weight"] = step.Weight;
        if (step.Data is not null) written["data"] = step.Data;
        if (step.Rename is { Count: > 0 } rename) written["rename"] = new JsonObject(rename.Select(r => KeyValuePair.Create<string, JsonNode?>(r.Key, r.Value)));
        if (step.Optional) written["optional"] = true;
        return written;
    }

    public static string Word<T>(T value) where T : struct, Enum => value.ToString().ToLowerInvariant();
}
