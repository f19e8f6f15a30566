using System.Text.Json;
using Dowel.Contracts;

namespace Dowel.Cli.Tests;

public sealed class EndpointTests : IDisposable
{
    private const string Made = """{"id":"01E","name":"e","state":"ready","predictionPath":"/v2/models/e/infer"}""";
    private readonly CliRun cli = new();

    public void Dispose() => cli.Dispose();

    private T Sent<T>() => JsonSerializer.Deserialize<T>(cli.Server.Last.Body!, DowelJson.Options)!;

    [Fact]
    public async Task An_image_is_sent_with_its_variables_and_secrets()
    {
        cli.Secret = "asked";
        cli.Answers(Made);
        var key = cli.File("key.txt", "of the file\n");

        Assert.Equal(0, await cli.DowelAsync("endpoint", "create", "e", "--no-wait", "--image", "img:1", "--protocol", "seldon", "--port", "9000", "--env", "A=b=c", "--secret", "PLAIN=x", "--secret", $"FILE=@{key}", "--secret", "ASKED=-", "--egress", "db:5432",
            "--memory-mb", "512", "--cpus", "0.5"));

        var spec = Sent<CreateEndpoint>().Deployment;
        Assert.Equal(("img:1", "seldon", 9000), (spec.Container!.Image, spec.Container.Protocol, spec.Container.Port));
        Assert.Equal(new Dictionary<string, string> { ["A"] = "b=c" }, spec.Container.Environment);
        Assert.Equal(new Dictionary<string, string> { ["PLAIN"] = "x", ["FILE"] = "of the file", ["ASKED"] = "asked" }, spec.Container.Secrets);
        Assert.Equal(["db:5432"], spec.Container.Egress);
        Assert.Equal((512, 0.5), (spec.Settings!.Resources!.MemoryMb, spec.Settings.Resources.Cpus));
        Assert.Null(spec.Settings.Scaling);
    }

    [Fact]
    public async Task Options_go_before_the_file()
    {
        var file = cli.File("endpoint.yaml", """
            name: from-file
            project: crm
            deployment:
              model: m
              version: 2
              settings:
                batching: {maxSize: 8}
                timeoutSeconds: 3
            """);
        cli.Answers(Made);

        Assert.Equal(0, await cli.DowelAsync("endpoint", "create", "-f", file, "--no-wait", "--model-version", "5", "--batch-wait-ms", "2", "--scale-to-zero", "--rps", "7"));

        var spec = Sent<CreateEndpoint>();
        Assert.Equal(("from-file", "crm", "m", 5), (spec.Name, spec.Project, spec.Deployment.Model, spec.Deployment.Version));
        Assert.Equal((8, 2, 3d), (spec.Deployment.Settings!.Batching!.MaxSize, spec.Deployment.Settings.Batching.MaxWaitMs, spec.Deployment.Settings.TimeoutSeconds));
        Assert.Equal((0, 4), (spec.Deployment.Settings.Scaling!.Min, spec.Deployment.Settings.Scaling.Max));
        Assert.Equal(7, spec.Limits!.RequestsPerSecond);
    }

    [Fact]
    public async Task A_graph_is_read_from_YAML()
    {
        var file = cli.File("graph.yaml", "nodes:\n  root:\n    kind: ensemble\n    combiner: mean\n    steps:\n      - endpoint: a\n      - endpoint: b\n");
        cli.Answers(Made);

        Assert.Equal(0, await cli.DowelAsync("endpoint", "create", "e", "--no-wait", "--graph", file));

        Assert.Equal(GraphCombiner.Mean, Sent<CreateEndpoint>().Deployment.Graph!.Nodes["root"].Combiner);
    }

    [Fact]
    public async Task A_change_of_one_setting_keeps_the_others()
    {
        cli.Answers("""{"id":"01E","name":"e","revision":4,"deployments":[{"id":"d","settings":{"batching":{"maxSize":8,"maxWaitMs":1},"scaling":{"min":1,"max":9}}}],"limits":{"maxConcurrency":3}}""").Answers(Made);

        Assert.Equal(0, await cli.DowelAsync("endpoint", "update", "e", "--no-wait", "--min-replicas", "2", "--rps", "10"));

        var patch = Sent<PatchEndpoint>();
        Assert.Equal((2, 9, 8), (patch.Deployment!.Settings!.Scaling!.Min, patch.Deployment.Settings.Scaling.Max, patch.Deployment.Settings.Batching!.MaxSize));
        Assert.Equal(("", null), (patch.Deployment.Model, patch.Deployment.Version));
        Assert.Equal((10d, 3), (patch.Limits!.RequestsPerSecond, patch.Limits.MaxConcurrency));
        Assert.Equal("\"4\"", cli.Server.Last.IfMatch);
    }

    [Fact]
    public async Task A_change_of_a_variable_keeps_the_image_and_its_secrets()
    {
        cli.Answers("""{"id":"01E","name":"e","deployments":[{"id":"d","container":{"image":"img:1","environment":{"A":"1","B":"2"},"secrets":{"KEY":""}}}]}""").Answers(Made);

        Assert.Equal(0, await cli.DowelAsync("endpoint", "update", "e", "--no-wait", "--env", "B=3"));

        var container = Sent<PatchEndpoint>().Deployment!.Container!;
        Assert.Equal("img:1", container.Image);
        Assert.Equal(new Dictionary<string, string> { ["B"] = "3", ["A"] = "1" }, container.Environment);
        Assert.Equal(new Dictionary<string, string> { ["KEY"] = "" }, container.Secrets);
    }

    [Theory]
    [InlineData("--model and --image exclude each other.", "--model", "m", "--image", "i")]
    [InlineData("--scale-to-zero and --min-replicas exclude each other.", "--model", "m", "--scale-to-zero", "--min-replicas", "2")]
    [InlineData("--port, --env, --secret and --egress are of an image", "--model", "m", "--env", "A=1")]
    [InlineData("What to deploy is missing.", "--replicas", "2")]
    public async Task What_does_not_go_together_is_said(string said, params string[] options)
    {
        Assert.Equal(2, await cli.DowelAsync(["endpoint", "create", "e", .. options]));

        Assert.Contains(said, cli.Error.ToString(), StringComparison.Ordinal);
        Assert.Empty(cli.Server.Requests);
    }

    [Fact]
    public async Task A_misspelt_name_in_a_file_is_told()
    {
        Assert.Equal(1, await cli.DowelAsync("endpoint", "create", "-f", cli.File("e.yaml", "name: e\ndeploiment: {}")));

        Assert.Contains("deploiment", cli.Error.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Logs_are_of_the_newest_deployment_without_control_characters()
    {
        cli.Answers("""{"id":"01E","name":"e","deployments":[{"id":"old"},{"id":"new"}]}""").Answers("2026-05-01T11:00:00.000Z pulled\n2026-05-01T11:00:01.000Z \u001b[31mred\n");

        Assert.Equal(0, await cli.DowelAsync("endpoint", "logs", "e", "--tail", "9"));

        Assert.Equal("/api/v1/endpoints/e/deployments/new/log?tail=9", cli.Server.Last.Path);
        Assert.Equal($"2026-05-01T11:00:00.000Z pulled{Environment.NewLine}2026-05-01T11:00:01.000Z �[31mred{Environment.NewLine}", cli.Out.ToString());
    }

    [Fact]
    public async Task Logs_as_JSON_are_an_object_a_line()
    {
        await cli.Answers("2026-05-01T11:00:00.000Z pulled it\n").DowelAsync("endpoint", "logs", "e", "--deployment", "v1", "-o", "json");

        Assert.Equal("""{"at":"2026-05-01T11:00:00.000Z","text":"pulled it"}""", cli.Out.ToString().Trim());
    }

    [Fact]
    public async Task Show_tells_replicas_settings_limits_and_who_may_call()
    {
        cli.Answers("""
            {"id":"01E","name":"e","state":"idle","deployments":[{"id":"d","name":"img-1","runtime":"docker","container":{"image":"img:1"},"replicas":3,"readyReplicas":2,"message":"pulling",
             "settings":{"scaling":{"min":0,"max":3},"resources":{"memoryMb":512}}}],"limits":{"requestsPerSecond":5},"ingress":{"projects":["crm"],"addresses":["10.0.0.0/8"]}}
            """);

        await cli.DowelAsync("endpoint", "show", "e");

        var shown = cli.Out.ToString();
        foreach (var text in new[] { "img:1", "2/3", "pulling", "0 to 3 replicas", "512 MiB of memory", "5 requests a second", "members of crm; from 10.0.0.0/8", "idle" }) Assert.Contains(text, shown, StringComparison.Ordinal);
    }
}
