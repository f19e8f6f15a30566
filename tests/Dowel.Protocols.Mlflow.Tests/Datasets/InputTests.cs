using System.Text.Json;
using Dowel.Contracts;
using Dowel.Kernel.Access;
using Dowel.Kernel.Relational;
using Dowel.Kernel.Resources;
using Dowel.Protocols.Mlflow.Tests.Tracking;
using Dowel.Testing;
using Microsoft.Extensions.DependencyInjection;

namespace Dowel.Protocols.Mlflow.Tests.Datasets;

public sealed class InputTests(TrackingHosts hosts) : IClassFixture<TrackingHosts>
{
    private const string Pandas = """{"tags": [{"key": "k", "value": "v"}, {"key": "mlflow.data.context", "value": "training"}], "dataset": {"name": "pd", "digest": "ac1b945d", "source_type": "http", "source": "{\"url\": \"http://127.0.0.1/data.csv\"}", "schema": "{\"mlflow_colspec\": []}", "profile": "{\"num_rows\": 3}"}}""";
    private const string Numpy = """{"tags": [{"key": "mlflow.data.context", "value": "eval"}], "dataset": {"name": "np", "digest": "72bec3f4", "source_type": "code", "source": "{}"}}""";

    [Theory, MemberData(nameof(Engines.All), MemberType = typeof(Engines))]
    public async Task Datasets_are_logged_read_and_found_as_the_client_does_it(Engine engine)
    {
        var host = await hosts.OnAsync(engine);
        var experiment = await host.NewExperimentAsync();
        var (run, other) = (await host.NewRunAsync(experiment), await host.NewRunAsync(experiment));
        Assert.Equal("{}", (await LogAsync(host, run, Pandas)).Text);
        (await LogAsync(host, run, Numpy)).Ok();
        // The same once more changes nothing, whatever its tags.
        (await LogAsync(host, run, Pandas.Replace("training", "late"))).Ok();
        (await LogAsync(host, run, """{"dataset": {"name": "x"}}""")).Ok();
        (await host.PostAsync("runs/log-inputs", $$"""{"run_id": "{{run}}"}""")).Ok();
        var read = (await host.GetAsync($"runs/get?run_id={run}")).Ok().GetProperty("run");
        var inputs = read.GetProperty("inputs").GetProperty("dataset_inputs");
        Assert.Equal(JsonDocument.Parse(Pandas).RootElement.GetProperty("tags").GetRawText().Replace(" ", ""), inputs[0].GetProperty("tags").GetRawText());
        Assert.Equal(["pd", "np", "x"], inputs.EnumerateArray().Select(i => i.GetProperty("dataset").GetProperty("name").GetString()));
        Assert.Equal("""{"name":"np","digest":"72bec3f4","source_type":"code","source":"{}"}""", inputs[1].GetProperty("dataset").GetRawText());
        Assert.False(inputs[2].TryGetProperty("tags", out _));
        Assert.Equal("{}", read.GetProperty("outputs").GetRawText());

        async Task FindsAsync(string filter, bool found)
            => Assert.Equal(found ? [run] : [], (await host.PostAsync("runs/search", $$"""{"experiment_ids": ["{{experiment}}"], "filter": "{{filter}}", "max_results": 10}""")).Ok() is var json && json.TryGetProperty("runs", out var runs) ? [.. runs.EnumerateArray().Select(r => r.GetProperty("info").GetProperty("run_id").GetString()!)] : Array.Empty<string>());
        await FindsAsync("dataset.name = 'pd'", true);
        await FindsAsync("datasets.digest = 'ac1b945d' AND dataset.name LIKE 'p%'", true);
        await FindsAsync("dataset.context = 'training' AND dataset.name = 'pd'", true);
        await FindsAsync("dataset.name IN ('pd', 'zz')", true);
        await FindsAsync("dataset.context = 'late'", false);

        // Runs of one experiment share a dataset; it is listed once a context.
        (await LogAsync(host, other, Pandas)).Ok();
        var summaries = (await host.SendAsync("ada", "POST", "experiments/search-datasets", $$"""{"experiment_ids": ["{{experiment}}"]}""", prefix: "/ajax-api/2.0/mlflow/")).Ok().GetProperty("dataset_summaries");
        Assert.Equal([$$"""{"experiment_id":"{{experiment}}","name":"np","digest":"72bec3f4","context":"eval"}""", $$"""{"experiment_id":"{{experiment}}","name":"pd","digest":"ac1b945d","context":"training"}""", $$"""{"experiment_id":"{{experiment}}","name":"x","digest":""}"""],
            summaries.EnumerateArray().Select(s => s.GetRawText()));
        Assert.Equal("{}", (await host.PostAsync("experiments/search-datasets", $$"""{"experiment_ids": ["{{experiment}}"]}""", "bob")).Text);
        (await host.PostAsync("experiments/search-datasets", "{}")).Refused(400, "INVALID_PARAMETER_VALUE");
        (await host.PostAsync("experiments/search-datasets", $$"""{"experiment_ids": [{{string.Join(", ", Enumerable.Repeat("\"1\"", 21))}}]}""")).Refused(400, "INVALID_PARAMETER_VALUE");
    }

    [Theory, MemberData(nameof(Engines.All), MemberType = typeof(Engines))]
    public async Task Models_are_inputs_and_outputs_of_runs(Engine engine)
    {
        var host = await hosts.OnAsync(engine);
        var experiment = await host.NewExperimentAsync();
        var run = await host.NewRunAsync(experiment);
        var model = (await host.PostAsync("logged-models", $$"""{"experiment_id": "{{experiment}}"}""")).Ok().GetProperty("model").GetProperty("info").GetProperty("model_id").GetString()!;
        foreach (var step in new[] { 0, 7 }) Assert.Equal("{}", (await host.PostAsync("runs/outputs", $$"""{"run_id": "{{run}}", "models": [{"model_id": "{{model}}", "step": {{step}}}]}""")).Text);
        for (var i = 0; i < 2; i++) (await host.PostAsync("runs/log-inputs", $$"""{"run_id": "{{run}}", "models": [{"model_id": "{{model}}"}]}""")).Ok();
        var read = (await host.GetAsync($"runs/get?run_id={run}")).Ok().GetProperty("run");
        Assert.Equal($$"""{"model_inputs":[{"model_id":"{{model}}"}]}""", read.GetProperty("inputs").GetRawText());
        Assert.Equal($$"""{"model_outputs":[{"model_id":"{{model}}","step":7}]}""", read.GetProperty("outputs").GetRawText());
        (await host.PostAsync("runs/outputs", $$"""{"run_id": "{{run}}", "models": [{"model_id": "m-0"}]}""")).Refused(404, "RESOURCE_DOES_NOT_EXIST");
        (await host.PostAsync("runs/outputs", $$"""{"run_id": "{{run}}"}""")).Refused(400, "INVALID_PARAMETER_VALUE");
    }

    [Theory, MemberData(nameof(Engines.All), MemberType = typeof(Engines))]
    public async Task Says_what_is_wrong_with_inputs_and_keeps_all_of_a_call_or_nothing(Engine engine)
    {
        var host = await hosts.OnAsync(engine);
        var run = await host.NewRunAsync();
        foreach (var wrong in new[]
        {
            """{"tags": []}""", """{"dataset": 5}""", """{"dataset": {"name": 5}}""", $$$"""{"dataset": {"name": "{{{new string('n', 501)}}}"}}""", $$$"""{"dataset": {"digest": "{{{new string('d', 37)}}}"}}""", $$$"""{"dataset": {"source": "{{{new string('s', 65536)}}}"}}""",
            $$$"""{"dataset": {"name": "n"}, "tags": [{"key": "{{{new string('k', 256)}}}", "value": "v"}]}""", $$$"""{"dataset": {"name": "n"}, "tags": [{"key": "k", "value": "{{{new string('v', 501)}}}"}]}""", """{"dataset": {"name": "a\u0000"}}""",
        })
            (await LogAsync(host, run, $"{Numpy}, {wrong}")).Refused(400, "INVALID_PARAMETER_VALUE");
        (await host.PostAsync("runs/log-inputs", $$"""{"run_id": "{{run}}", "datasets": [{{Numpy}}], "models": [{"model_id": "m-0"}]}""")).Refused(404, "RESOURCE_DOES_NOT_EXIST");
        Assert.Equal("{}", (await host.GetAsync($"runs/get?run_id={run}")).Ok().GetProperty("run").GetProperty("inputs").GetRawText());
        Assert.Equal($"Run with id={new string('0', 32)} not found", (await LogAsync(host, new string('0', 32), Numpy)).Refused(404, "RESOURCE_DOES_NOT_EXIST"));
        (await host.PostAsync("runs/delete", $$"""{"run_id": "{{run}}"}""")).Ok();
        Assert.Contains("must be in the 'active' state", (await LogAsync(host, run, Numpy)).Refused(400, "INVALID_PARAMETER_VALUE"));
    }

    [Fact]
    public async Task Data_of_this_server_becomes_lineage()
    {
        var host = await hosts.OnAsync(Engine.Sqlite);
        using var http = host.HttpFor("ada");
        var resources = host.Services.GetRequiredService<IResourceService>();
        var ids = new Dictionary<string, string>();
        foreach (var name in new[] { "titanic", "weather", "tides" })
            ids[name] = (await host.Services.GetRequiredService<IDb>().WriteAsync(s => resources.CreateAsync(s, Actor.System, ResourceKind.Dataset, new CreateDataset { Project = "lab", Name = name }))).Value.Id;
        string Input(string name, string source, string tags = "") => $$"""{"tags": [{{tags}}], "dataset": {"name": "{{name}}", "digest": "d", "source_type": "http", "source": {{JsonSerializer.Serialize(source)}} } }""";
        string Url(string url) => JsonSerializer.Serialize(new { url });
        var run = await host.NewRunAsync();
        (await LogAsync(host, run, string.Join(", ",
            Input("a", Url($"{host.Address}api/v1/datasets/titanic/data?format=parquet&version=3")), Input("b", "{}", """{"key": "dowel.input", "value": "dataset:lab.weather"}"""),
            // A name, another host and another address name nothing.
            Input("tides", Url("http://elsewhere/api/v1/datasets/tides/data")), Input("c", Url($"{host.Address}api/v1/datasets/tides")), Input("d", "not json {"), Input("e", "{\"url\": 5}"), Input("f", "{}", """{"key": "dowel.input", "value": "tides"}""")))).Ok();
        async Task<List<string>> EdgesAsync(string dataset) => [.. (await RoomHost.ReadAsync<IReadOnlyList<LineageEdge>>(await http.GetAsync($"/api/v1/resources/{ids[dataset]}/lineage"))).Select(e => $"{e.From.Name}@{e.From.Version} {e.Relation} {e.To.Version == run}")];
        Assert.Equal(["titanic@3 trained True"], await EdgesAsync("titanic"));
        Assert.Equal(["weather@ trained True"], await EdgesAsync("weather"));
        Assert.Empty(await EdgesAsync("tides"));

        // What one may not see gets no edge.
        var own = (await host.PostAsync("experiments/create", $$"""{"name": "b-{{Guid.NewGuid():n}}"}""", "bob")).Ok().GetProperty("experiment_id").GetString()!;
        var ownRun = (await host.PostAsync("runs/create", $$"""{"experiment_id": "{{own}}"}""", "bob")).Ok().GetProperty("run").GetProperty("info").GetProperty("run_id").GetString()!;
        (await host.PostAsync("runs/log-inputs", $$"""{"run_id": "{{ownRun}}", "datasets": [{{Input("a", Url($"{host.Address}api/v1/datasets/tides/data"))}}]}""", "bob")).Ok();
        Assert.Empty(await EdgesAsync("tides"));
    }

    private static Task<Answer> LogAsync(RoomHost host, string run, string datasets) => host.PostAsync("runs/log-inputs", $$"""{"run_id": "{{run}}", "datasets": [{{datasets}}]}""");
}
