using System.Net.Http.Json;
using Dowel.Contracts;
using Dowel.Kernel.Tensors;
using Dowel.Serving.Graphs;
using Dowel.Testing;
using static Dowel.Serving.Tests.ServingHost;

namespace Dowel.Serving.Tests.Graphs;

public class GraphTests
{
    private static readonly Dictionary<string, string> YtoX = new() { ["y"] = "x" };

    private static async Task<ServingHost> StartAsync(Dictionary<string, InferenceNode> nodes)
    {
        var serving = await ServingHost.StartAsync();
        await serving.CreateAsync("one", version: 1);
        await serving.CreateAsync("two", version: 2);
        await serving.CreateAsync(new CreateEndpoint { Name = "graph", Deployment = new DeploymentSpec { Graph = new InferenceGraph { Nodes = nodes } } });
        await serving.MakePublicAsync("graph");
        return serving;
    }

    [Fact]
    public async Task A_sequence_hands_on_what_each_step_answers_and_each_part_is_in_the_log()
    {
        await using var serving = await StartAsync(new() { ["root"] = new() { Steps = [new() { Endpoint = "one" }, new() { Endpoint = "two", Rename = YtoX }] } });
        var (status, body) = await InferAsync(serving.Alice, "graph", X(3));
        Assert.Equal(200, status);
        Assert.Equal([(((3 * 2) + 1000f) * 2) + 2000], Y(body));
        Assert.Equal(["one:graph", "two:graph", "graph:oip-rest"], serving.Log.Records.Select(r => $"{r.Endpoint}:{r.Protocol}"));
        var parameters = body.GetProperty("parameters");
        Assert.Equal([$"pred_{serving.Log.Records.First().Id:n}", $"pred_{serving.Log.Records.ElementAt(1).Id:n}"], new[] { "root.one", "root.two" }.Select(n => parameters.GetProperty(n).GetString()));
    }

    [Fact]
    public async Task A_switch_goes_where_its_condition_holds_and_nodes_may_follow_each_other()
    {
        await using var serving = await StartAsync(new()
        {
            ["root"] = new() { Kind = InferenceNodeKind.Switch, Steps = [new() { Endpoint = "one", Condition = "x < 10" }, new() { Node = "large", Condition = "x >= 100" }] },
            ["large"] = new() { Steps = [new() { Endpoint = "two" }] },
        });
        Assert.Equal(new[] { 1010f }, Y((await InferAsync(serving.Alice, "graph", X(5))).Body));
        Assert.Equal(new[] { 2200f }, Y((await InferAsync(serving.Alice, "graph", X(100))).Body));
        var (status, body) = await InferAsync(serving.Alice, "graph", X(50));
        Assert.Equal(500, status);
        Assert.Contains("No step of the switch 'root'", body.GetProperty("error").GetString());
    }

    [Fact]
    public async Task An_ensemble_combines_its_answers_and_goes_on_without_an_optional_step()
    {
        var steps = new[] { new InferenceStep { Endpoint = "one" }, new InferenceStep { Endpoint = "two", Optional = true } };
        await using var serving = await StartAsync(new() { ["root"] = new() { Kind = InferenceNodeKind.Ensemble, Steps = steps } });
        var (_, body) = await InferAsync(serving.Alice, "graph", X(3));
        Assert.Equal(["one.y", "two.y"], body.GetProperty("outputs").EnumerateArray().Select(o => o.GetProperty("name").GetString()));

        async Task<float[]> WithAsync(GraphCombiner combiner)
        {
            var endpoint = await RoomHost.ReadAsync<Endpoint>(await serving.Alice.PatchAsJsonAsync("/api/v1/endpoints/graph",
                new PatchEndpoint { Deployment = new DeploymentSpec { Graph = new InferenceGraph { Nodes = new Dictionary<string, InferenceNode> { ["root"] = new() { Kind = InferenceNodeKind.Ensemble, Steps = steps, Combiner = combiner } } } } }, DowelJson.Options));
            await serving.WaitAsync("graph", e => e.Deployments is [{ State: DeploymentState.Ready } d] && d.Graph!.Nodes["root"].Combiner == combiner);
            return Y((await InferAsync(serving.Alice, "graph", X(3))).Body);
        }

        Assert.Equal(new[] { 1506f }, await WithAsync(GraphCombiner.Mean));
        Assert.Equal(new[] { 1006f }, await WithAsync(GraphCombiner.Vote));
        await RoomHost.ReadAsync<Endpoint>(await serving.Alice.PatchAsJsonAsync("/api/v1/endpoints/two", new PatchEndpoint { Stopped = true }, DowelJson.Options));
        Assert.Equal(new[] { 1006f }, Y((await InferAsync(serving.Alice, "graph", X(3))).Body));
        await RoomHost.ReadAsync<Endpoint>(await serving.Alice.PatchAsJsonAsync("/api/v1/endpoints/one", new PatchEndpoint { Stopped = true }, DowelJson.Options));
        var (status, failed) = await InferAsync(serving.Alice, "graph", X(3));
        Assert.Equal(503, status);
        Assert.Contains("one: ", failed.GetProperty("error").GetString());
    }

    [Fact]
    public async Task A_splitter_keeps_its_shares()
    {
        await using var serving = await StartAsync(new() { ["root"] = new() { Kind = InferenceNodeKind.Splitter, Steps = [new() { Endpoint = "one", Weight = 70 }, new() { Endpoint = "two", Weight = 30 }] } });
        for (var i = 0; i < 300; i++) await InferAsync(serving.Alice, "graph", X(1));
        // Six standard deviations of a binomial of 300 and 0.7 are 48.
        Assert.InRange(serving.Log.Records.Count(r => r.Endpoint == "one"), 162, 258);
    }

    [Fact]
    public async Task Callers_need_the_graph_alone_but_who_deploys_it_must_be_able_to_use_its_endpoints()
    {
        var nodes = new Dictionary<string, InferenceNode> { ["root"] = new() { Steps = [new() { Endpoint = "one" }] } };
        await using var serving = await StartAsync(nodes);
        using var bob = await serving.Host.CreateUserAsync("bob");
        Assert.Equal(200, (await InferAsync(bob, "graph", X(1))).Status);
        Assert.Equal(403, (await InferAsync(bob, "one", X(1))).Status);
        Assert.Equal("bob", serving.Log.Records.First(r => r.Endpoint == "one").Caller);
        Assert.Equal(403, (int)(await bob.PostAsJsonAsync("/api/v1/endpoints", new CreateEndpoint { Name = "mine", Deployment = new DeploymentSpec { Graph = new InferenceGraph { Nodes = nodes } } }, DowelJson.Options)).StatusCode);
    }

    [Fact]
    public async Task A_graph_that_comes_back_to_itself_is_refused_also_over_another_endpoint()
    {
        await using var serving = await StartAsync(new() { ["root"] = new() { Steps = [new() { Endpoint = "one" }] } });

        Task<HttpResponseMessage> ChangeAsync(string graph, string step) => serving.Alice.PatchAsJsonAsync($"/api/v1/endpoints/{graph}",
            new PatchEndpoint { Deployment = new DeploymentSpec { Graph = new InferenceGraph { Nodes = new Dictionary<string, InferenceNode> { ["root"] = new() { Steps = [new() { Endpoint = step }] } } } } }, DowelJson.Options);

        Assert.Contains("come back", (await RoomHost.ProblemAsync(await ChangeAsync("graph", "graph"), ErrorCodes.Invalid)).Detail);
        await serving.CreateAsync(new CreateEndpoint { Name = "outer", Deployment = new DeploymentSpec { Graph = new InferenceGraph { Nodes = new Dictionary<string, InferenceNode> { ["root"] = new() { Steps = [new() { Endpoint = "graph" }] } } } } });
        Assert.Contains("come back", (await RoomHost.ProblemAsync(await ChangeAsync("graph", "outer"), ErrorCodes.Invalid)).Detail);
        Assert.Equal(200, (await InferAsync(serving.Alice, "outer", X(1))).Status);
    }

    [Fact]
    public async Task Many_ways_through_a_graph_are_checked_quickly_and_end_at_a_bound()
    {
        var nodes = Enumerable.Range(0, 40).ToDictionary(i => i == 0 ? "root" : $"n{i}", i => new InferenceNode
        {
            Kind = InferenceNodeKind.Ensemble,
            Steps = i == 39 ? [new() { Endpoint = "one" }] : [new() { Node = $"n{i + 1}", Name = "a" }, new() { Node = $"n{i + 1}", Name = "b" }],
        });
        await using var serving = await StartAsync(nodes);
        var (status, body) = await InferAsync(serving.Alice, "graph", X(1));
        Assert.Equal(500, status);
        Assert.Contains("more steps than one request may", body.GetProperty("error").GetString());
    }

    [Fact]
    public async Task A_step_keeps_the_ingress_rule_of_its_endpoint_and_means_the_endpoint_that_was_there_at_first()
    {
        await using var serving = await StartAsync(new() { ["root"] = new() { Steps = [new() { Endpoint = "one" }] } });
        using var bob = await serving.Host.CreateUserAsync("bob");
        await RoomHost.ReadAsync<Endpoint>(await serving.Alice.PatchAsJsonAsync("/api/v1/endpoints/one", new PatchEndpoint { Ingress = new IngressPolicy { Users = ["alice"] } }, DowelJson.Options));
        Assert.Equal(200, (await InferAsync(serving.Alice, "graph", X(1))).Status);
        var (status, body) = await InferAsync(bob, "graph", X(1));
        Assert.Equal(500, status);
        Assert.Contains("ingress", body.GetProperty("error").GetString());
        await RoomHost.ReadAsync<Endpoint>(await serving.Alice.PatchAsJsonAsync("/api/v1/endpoints/one", new PatchEndpoint { Name = "renamed" }, DowelJson.Options));
        await serving.CreateAsync("one", version: 3);
        Assert.Equal(new[] { 1002f }, Y((await InferAsync(serving.Alice, "graph", X(1))).Body));
    }

    public static TheoryData<string, InferenceGraph> WrongGraphs => new()
    {
        { "deployment.graph.nodes", new() },
        { "deployment.graph.nodes.root.steps", Of(new()) },
        { "deployment.graph.nodes.root.steps[0]", Of(new() { Steps = [new()] }) },
        { "deployment.graph.nodes.root.steps[0].node", Of(new() { Steps = [new() { Node = "none" }] }) },
        { "deployment.graph.nodes", Of(new() { Steps = [new() { Node = "root" }] }) },
        { "deployment.graph.nodes.root.steps[1].name", Of(new() { Steps = [new() { Endpoint = "one" }, new() { Endpoint = "one" }] }) },
        { "deployment.graph.nodes.root.steps[0].condition", Of(new() { Kind = InferenceNodeKind.Switch, Steps = [new() { Endpoint = "one", Condition = "x is large" }] }) },
        { "deployment.graph.nodes.root.steps[0].weight", Of(new() { Kind = InferenceNodeKind.Splitter, Steps = [new() { Endpoint = "one" }] }) },
        { "deployment.graph.nodes.root.steps", Of(new() { Kind = InferenceNodeKind.Splitter, Steps = [new() { Endpoint = "one", Weight = 99 }] }) },
        { "deployment.graph.nodes.root.steps[0].data", Of(new() { Steps = [new() { Endpoint = "one", Data = "everything" }] }) },
    };

    private static InferenceGraph Of(InferenceNode root) => new() { Nodes = new Dictionary<string, InferenceNode> { ["root"] = root } };

    [Theory]
    [MemberData(nameof(WrongGraphs), DisableDiscoveryEnumeration = true)]
    public async Task A_wrong_graph_is_refused_by_its_field(string field, InferenceGraph graph)
    {
        await using var serving = await ServingHost.StartAsync();
        await serving.CreateAsync("one");
        var problem = await RoomHost.ProblemAsync(await serving.Alice.PostAsJsonAsync("/api/v1/endpoints", new CreateEndpoint { Name = "graph", Deployment = new DeploymentSpec { Graph = graph } }, DowelJson.Options), ErrorCodes.Invalid);
        Assert.Equal(field, problem.Fields![0].Field);
    }

    [Theory]
    [InlineData("x == 1", true)]
    [InlineData("x != 1", false)]
    [InlineData("many[1] > 4.5", true)]
    [InlineData("many[9] > 0", false)]
    [InlineData("many[9] != 0", true)]
    [InlineData("text == 'de'", true)]
    [InlineData("text == \"fr\"", false)]
    [InlineData("flag == true", true)]
    [InlineData("text > 1", false)]
    [InlineData("none != 1", true)]
    [InlineData("x <= 1e0", true)]
    public void Conditions_compare_the_first_row(string text, bool holds)
    {
        Tensor[] tensors = [Tensor.Of("x", [1L, 2]), Tensor.Of("many", [4f, 5f], 1, 2), Tensor.Of("text", ["de"]), Tensor.Of("flag", [true])];
        Assert.Equal(holds, GraphCondition.Parse(text)!.Holds(tensors));
    }

    [Theory]
    [InlineData("")]
    [InlineData("x")]
    [InlineData("x = 1")]
    [InlineData("x > 'a'")]
    [InlineData("x > many")]
    [InlineData("x[99999999999] > 1")]
    [InlineData("x > 1; y")]
    public void Anything_else_is_no_condition(string text) => Assert.Null(GraphCondition.Parse(text));
}
