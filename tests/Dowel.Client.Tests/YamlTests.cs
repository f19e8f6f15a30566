using System.Text.Json;
using System.Text.Json.Nodes;
using Dowel.Contracts;

namespace Dowel.Client.Tests;

public sealed class YamlTests
{
    private const string Graph = """
        # Old people go elsewhere.
        nodes:
          root:
            kind: switch
            steps:
              - endpoint: old
                condition: age >= 65
              - node: rest
          rest:
            kind: splitter
            steps:
              - {endpoint: a, weight: 90, rename: {age: years}}
              - {endpoint: b, weight: 10, optional: true}
        """;

    [Fact]
    public void A_graph_is_read_with_its_kinds_conditions_and_weights()
    {
        var graph = DowelYaml.Read<InferenceGraph>(Graph);

        Assert.Equal(InferenceNodeKind.Switch, graph.Nodes["root"].Kind);
        Assert.Equal("age >= 65", graph.Nodes["root"].Steps[0].Condition);
        Assert.Equal((90, "years"), (graph.Nodes["rest"].Steps[0].Weight, graph.Nodes["rest"].Steps[0].Rename!["age"]));
        Assert.True(graph.Nodes["rest"].Steps[1].Optional);
    }

    [Fact]
    public void JSON_is_read_as_well() => Assert.Equal("e", DowelYaml.Read<CreateEndpoint>(""" {"name": "e", /* why */ } """).Name);

    [Theory]
    [InlineData("nodes:\n  root:\n    kindd: switch", "kindd")]
    [InlineData("nodes:\n  root:\n    kind: swich", "$.nodes.root.kind")]
    [InlineData("nodes:\n  root: {}\n  root: {}", "Line 3: 'root' stands there twice.")]
    [InlineData("nodes:\n  root: &a {}\n  next: *a", "anchors")]
    [InlineData("nodes: [", "Line ")]
    [InlineData("", "empty")]
    public void What_is_wrong_is_said_with_its_place(string yaml, string said)
    {
        var e = Assert.Throws<JsonException>(() => DowelYaml.Read<InferenceGraph>(yaml));

        Assert.Contains(said, e.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("BytePosition", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_file_that_is_nested_without_end_is_refused() => Assert.Throws<JsonException>(() => DowelYaml.Read<InferenceGraph>("a: " + new string('[', 10_000)));

    [Fact]
    public void What_is_written_is_read_as_the_same()
    {
        var value = JsonNode.Parse("""{"text": "yes", "number": 1.5, "whole": 12, "looks like a number": "12", "truth": true, "nothing": null, "word": "null", "empty": "", "list": [{"a": "x: #y"}, []], "map": {}, "lines": "a\nb"}""");

        Assert.Equal(value!.ToJsonString(), DowelYaml.Read<JsonNode>(DowelYaml.Write(value)).ToJsonString());
    }
}
