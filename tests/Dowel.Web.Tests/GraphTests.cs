using Dowel.Web.Pages.Endpoints;

namespace Dowel.Web.Tests;

public sealed class GraphTests
{
    private static readonly InferenceGraph graph = new()
    {
        Nodes = new Dictionary<string, InferenceNode>
        {
            ["both"] = new() { Kind = InferenceNodeKind.Ensemble, Combiner = GraphCombiner.Mean, Steps = [new() { Endpoint = "a", Name = "small" }, new() { Endpoint = "b", Optional = true }] },
            ["root"] = new() { Kind = InferenceNodeKind.Sequence, Steps = [new() { Endpoint = "clean", Rename = new Dictionary<string, string> { ["text"] = "raw" } }, new() { Node = "choice", Data = "both" }] },
            ["choice"] = new() { Kind = InferenceNodeKind.Switch, Steps = [new() { Endpoint = "old", Condition = "age >= 65" }, new() { Node = "both" }] },
        },
    };

    private static IEnumerable<string> Arrows(InferenceGraph of)
    {
        var picture = GraphPicture.Of(of);
        var titles = picture.Nodes.ToDictionary(n => n.Key, n => n.Title);
        return picture.Edges.Select(e => $"{titles[e.From]} -{e.Relation}-> {titles[e.To]}");
    }

    [Fact]
    public void A_graph_that_is_written_is_read_as_the_same_with_the_root_first()
    {
        var yaml = GraphText.Write(graph);

        Assert.StartsWith("nodes:\n  root:\n    kind: sequence\n    steps:\n      - endpoint: clean\n        rename:\n          text: raw\n", yaml, StringComparison.Ordinal);
        Assert.DoesNotContain("null", yaml, StringComparison.Ordinal);
        Assert.DoesNotContain("false", yaml, StringComparison.Ordinal);
        Assert.True(GraphText.TryRead(yaml, out var read, out var wrong), wrong);
        Assert.Equal(yaml, GraphText.Write(read));
        Assert.Equal("age >= 65", read.Nodes["choice"].Steps[0].Condition);
    }

    [Fact]
    public void The_example_to_begin_with_can_be_read() => Assert.True(GraphText.TryRead(GraphText.Template, out _, out _));

    [Theory]
    [InlineData("nodes:\n  root:\n    kind: swich\n", "$.nodes.root.kind")]
    [InlineData("nodes: {}", "no nodes")]
    [InlineData("nodes: [", "Line ")]
    public void What_cannot_be_read_says_why(string yaml, string said)
    {
        Assert.False(GraphText.TryRead(yaml, out _, out var wrong));
        Assert.Contains(said, wrong, StringComparison.Ordinal);
    }

    [Fact]
    public void The_picture_shows_the_way_of_a_request() => Assert.Equal(
        [
            "request --> clean", "clean --> choice", "choice -age >= 65-> old", "choice -else-> both", "both --> small", "both --> b", "small --> combine", "b --> combine",
            "old --> answer", "combine --> answer",
        ],
        Arrows(graph));

    [Fact]
    public void A_splitter_shows_its_shares_and_a_condition_in_a_sequence_both_ways()
    {
        Assert.Contains("split -70 %-> a", Arrows(With("root", InferenceNodeKind.Sequence, [new() { Node = "split" }], ("split", InferenceNodeKind.Splitter, [new() { Endpoint = "a", Weight = 70 }, new() { Endpoint = "b", Weight = 30 }]))));
        Assert.Equal(["request --> a", "a -score > 0.5-> b", "b --> answer", "a -else-> answer"], Arrows(With("root", InferenceNodeKind.Sequence, [new() { Endpoint = "a" }, new() { Endpoint = "b", Condition = "score > 0.5" }])));
    }

    [Fact]
    public void A_graph_in_a_circle_or_with_a_node_that_is_not_there_is_drawn_all_the_same()
    {
        var nodes = GraphPicture.Of(With("root", InferenceNodeKind.Ensemble, [new() { Node = "root" }, new() { Node = "nowhere" }, new()])).Nodes;

        Assert.Equal(["comes back to itself", "no such node"], nodes.Where(n => n.IsHidden).Select(n => n.Note).Take(2));
    }

    [Fact]
    public void A_graph_that_grows_with_every_node_stays_a_picture()
    {
        var nodes = Enumerable.Range(0, 20).ToDictionary(i => i == 0 ? "root" : $"n{i}", i => new InferenceNode { Kind = InferenceNodeKind.Ensemble, Steps = [new() { Name = "x", Node = $"n{i + 1}" }, new() { Name = "y", Node = $"n{i + 1}" }] });

        Assert.InRange(GraphPicture.Of(new InferenceGraph { Nodes = nodes }).Nodes.Count, 100, 1000);
    }

    private static InferenceGraph With(string name, InferenceNodeKind kind, InferenceStep[] steps, params (string Name, InferenceNodeKind Kind, InferenceStep[] Steps)[] others) =>
        new() { Nodes = new[] { (name, kind, steps) }.Concat(others).ToDictionary(n => n.Item1, n => new InferenceNode { Kind = n.Item2, Steps = n.Item3 }) };
}
