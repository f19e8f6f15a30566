namespace Dowel.Web.Tests;

public sealed class LineageGraphTests
{
    private static GraphNode Node(string key) => new(key, "dataset", key, "dataset");

    private static LineageLayout Layout(params (string From, string To)[] edges) =>
        LineageLayout.Of([.. edges.SelectMany(e => new[] { e.From, e.To }).Distinct().Select(Node)], [.. edges.Select(e => new GraphEdge(e.From, e.To, "trained"))]);

    private static int LayerOf(LineageLayout layout, string key) => layout.Nodes.Single(n => n.Node.Key == key).Layer;

    [Fact]
    public void What_went_into_a_thing_stands_left_of_it()
    {
        var layout = Layout(("data", "run"), ("code", "run"), ("run", "model"), ("data", "model"), ("model", "endpoint"), ("features", "endpoint"));
        foreach (var edge in layout.Edges) Assert.True(LayerOf(layout, edge.Edge.From) < LayerOf(layout, edge.Edge.To));
        // What an endpoint joins stands beside its model, not at the beginning of everything.
        Assert.Equal(LayerOf(layout, "model"), LayerOf(layout, "features"));
    }

    [Fact]
    public void No_two_boxes_overlap_and_all_are_inside()
    {
        var random = new Random(7);
        for (var round = 0; round < 40; round++)
        {
            var edges = Enumerable.Range(0, 40).Select(_ => (random.Next(24), random.Next(24))).Select(e => ($"n{Math.Min(e.Item1, e.Item2)}", $"n{Math.Max(e.Item1, e.Item2)}")).ToArray();
            var layout = Layout(edges);
            foreach (var column in layout.Nodes.GroupBy(n => n.Layer))
                foreach (var (above, below) in column.Zip(column.Skip(1))) Assert.True(below.Y >= above.Y + LineageLayout.NodeHeight);
            Assert.All(layout.Nodes, n => Assert.True(n.X >= 0 && n.Y >= 0 && n.X + LineageLayout.NodeWidth <= layout.Width && n.Y + LineageLayout.NodeHeight <= layout.Height));
        }
    }

    [Fact]
    public void A_long_arrow_goes_round_the_boxes_between_its_ends()
    {
        var layout = Layout(("data", "run"), ("run", "model"), ("data", "model"));
        var run = layout.Nodes.Single(n => n.Node.Key == "run");
        var points = layout.Edges.Single(e => e.Edge is { From: "data", To: "model" }).Points;
        Assert.Equal(4, points.Count);
        Assert.DoesNotContain(points.Skip(1).Take(2), p => p.Y > run.Y && p.Y < run.Y + LineageLayout.NodeHeight);
    }

    [Fact]
    public void Arrows_do_not_cross_where_they_need_not()
    {
        var layout = Layout(("a", "x"), ("b", "y"), ("a2", "x"), ("b", "z"));
        double Y(string key) => layout.Nodes.Single(n => n.Node.Key == key).Y;
        Assert.Equal(Math.Sign(Y("a") - Y("b")), Math.Sign(Y("x") - Y("y")));
    }

    [Fact]
    public void Circles_and_arrows_to_nowhere_do_no_harm()
    {
        Assert.Equal(3, Layout(("a", "b"), ("b", "c"), ("c", "a")).Nodes.Count);
        Assert.Empty(Layout(("a", "a")).Edges);
        Assert.Empty(LineageLayout.Of([Node("a")], [new("a", "b", "trained")]).Edges);
        Assert.Equal(0, LineageLayout.Of([], []).Width);
    }

    [Fact]
    public void Runs_have_names_and_code_and_hidden_things_stay_hidden()
    {
        LineageNode data = new() { Id = "ds_1", Kind = "dataset", Name = "titanic", Version = "1" }, run = new() { Id = "exp_1", Kind = "experiment", Name = "survival", Version = "r1" };
        LineageNode model = new() { Id = "mod_1", Kind = "model", Name = "m", Version = "2" }, secret = new() { Kind = "endpoint", Name = "(hidden)" };
        LineageEdge Edge(LineageNode from, LineageNode to) => new() { From = from, To = to, Relation = "x" };
        var runs = new Dictionary<string, Run>
        {
            ["r1"] = new() { Id = "r1", Name = "grand-hazel", Tags = new Dictionary<string, string> { ["mlflow.source.git.commit"] = "0123456789abcdef", ["mlflow.source.name"] = "/home/me/train.py" } },
        };
        var graph = LineageGraphModel.Of([Edge(data, run), Edge(run, model), Edge(model, secret), Edge(secret, secret)], "mod_1", "2", runs);
        Assert.Equal(["titanic", "grand-hazel", "m", "hidden", "train.py"], graph.Nodes.Select(n => n.Title));
        Assert.Equal("code at 0123456789", graph.Nodes[4].Note);
        Assert.Equal(["runs/r1", "models/mod_1?v=2", null], graph.Nodes.Skip(1).Take(3).Select(n => n.Href));
        Assert.True(graph.Nodes[3].IsHidden);
        Assert.Equal("m", Assert.Single(graph.Nodes, n => n.IsFocus).Title);
        Assert.Equal(1, graph.Unseen);
        Assert.Contains(graph.Edges, e => e.From == graph.Nodes[4].Key && e.To == graph.Nodes[1].Key);
    }

    [Fact]
    public void What_went_into_a_run_is_not_drawn_twice()
    {
        LineageNode data = new() { Id = "ds_1", Kind = "dataset", Name = "titanic", Version = "1" }, run = new() { Id = "exp_1", Kind = "experiment", Name = "survival", Version = "r1" };
        LineageNode model = new() { Id = "mod_1", Kind = "model", Name = "m", Version = "1" }, other = new() { Id = "mod_1", Kind = "model", Name = "m", Version = "2" };
        LineageEdge Edge(LineageNode from, LineageNode to, string relation) => new() { From = from, To = to, Relation = relation };
        var graph = LineageGraphModel.Of([Edge(data, run, "trained"), Edge(run, model, "registered"), Edge(data, model, "trained"), Edge(data, other, "trained")], "mod_1", null, new Dictionary<string, Run>());
        Assert.Equal(["ds_1@1>exp_1@r1", "exp_1@r1>mod_1@1", "ds_1@1>mod_1@2"], graph.Edges.Select(e => $"{e.From}>{e.To}"));
    }

    [Fact]
    public void Words_on_arrows_stand_once_for_each_kind_and_never_upon_each_other()
    {
        var runs = Enumerable.Range(0, 12).Select(i => $"run{i}").ToArray();
        var layout = Layout([.. runs.SelectMany(r => new[] { ("data", r), ("features", r), ("code", r), (r, $"model of {r}") })]);
        var labels = LineageLabels.Of(layout);
        Assert.InRange(labels.Count, 12, 15);
        for (var i = 0; i < labels.Count; i++)
            for (var j = i + 1; j < labels.Count; j++) Assert.False(LineageLabels.Overlap(labels[i], labels[j]));
        Assert.Equal("trained", Assert.Single(LineageLabels.Of(Layout(("a", "b")))).Text);
    }
}
