using System.Text.Json;
using Dowel.Testing;

namespace Dowel.Protocols.Mlflow.Tests.Tracking;

public sealed class RunWireTests(TrackingHosts hosts) : IClassFixture<TrackingHosts>
{
    [Theory, MemberData(nameof(Engines.All), MemberType = typeof(Engines))]
    public async Task A_run_from_start_to_end_as_the_client_does_it(Engine engine)
    {
        var host = await hosts.OnAsync(engine);
        var experiment = await host.NewExperimentAsync();
        var created = (await host.PostAsync("runs/create", $$"""{"experiment_id": "{{experiment}}", "user_id": "root", "run_name": "first", "start_time": 1700000000123, "tags": [{"key": "mlflow.user", "value": "root"}, {"key": "mlflow.source.name", "value": "a.py"}]}""")).Ok().GetProperty("run");
        var info = created.GetProperty("info");
        var run = info.GetProperty("run_id").GetString()!;
        Assert.Matches("^[0-9a-f]{32}$", run);
        Assert.Equal(run, info.GetProperty("run_uuid").GetString());
        Assert.Equal(("first", "RUNNING", "active", experiment), (info.GetProperty("run_name").GetString(), info.GetProperty("status").GetString(), info.GetProperty("lifecycle_stage").GetString(), info.GetProperty("experiment_id").GetString()));
        Assert.Equal(1700000000123, info.GetProperty("start_time").GetInt64());
        Assert.Equal($"mlflow-artifacts:/{experiment}/{run}/artifacts", info.GetProperty("artifact_uri").GetString());
        Assert.False(info.TryGetProperty("end_time", out _));

        (await host.PostAsync("runs/log-metric", $$"""{"run_uuid": "{{run}}", "key": "loss", "value": 0.5, "timestamp": 1700000000200, "step": 1, "run_id": "{{run}}"}""")).Ok();
        (await host.PostAsync("runs/log-metric", $$"""{"run_uuid": "{{run}}", "key": "loss", "value": "NaN", "timestamp": "1700000000300", "step": "2"}""")).Ok();
        (await host.PostAsync("runs/log-metric", $$"""{"run_id": "{{run}}", "key": "best", "value": "-Infinity", "timestamp": 1, "step": 0}""")).Ok();
        (await host.PostAsync("runs/log-parameter", $$"""{"run_uuid": "{{run}}", "run_id": "{{run}}", "key": "depth", "value": "3"}""")).Ok();
        (await host.PostAsync("runs/log-parameter", $$"""{"run_uuid": "{{run}}", "run_id": "{{run}}", "key": "depth", "value": "3"}""")).Ok();
        (await host.PostAsync("runs/log-batch", $$"""{"run_id": "{{run}}", "metrics": [{"key": "acc", "value": 0.1, "timestamp": 5, "step": 1}, {"key": "acc", "value": 0.9, "timestamp": 4, "step": 7}], "params": [{"key": "empty"}], "tags": [{"key": "team", "value": "a"}, {"key": "team", "value": "b"}]}""")).Ok();
        var answer = (await host.PostAsync("runs/update", $$"""{"run_uuid": "{{run}}", "status": "FINISHED", "end_time": 1700000009999, "run_id": "{{run}}"}""")).Ok().GetProperty("run_info");
        Assert.Equal(("FINISHED", 1700000009999), (answer.GetProperty("status").GetString(), answer.GetProperty("end_time").GetInt64()));

        var data = (await host.GetAsync($"runs/get?run_uuid={run}&run_id={run}")).Ok().GetProperty("run").GetProperty("data");
        var metrics = data.GetProperty("metrics").EnumerateArray().ToDictionary(m => m.GetProperty("key").GetString()!);
        Assert.Equal(["acc", "best", "loss"], metrics.Keys.Order());
        Assert.Equal("NaN", metrics["loss"].GetProperty("value").GetString());
        Assert.Equal("-Infinity", metrics["best"].GetProperty("value").GetString());
        Assert.Equal((0.9, 7, 4), (metrics["acc"].GetProperty("value").GetDouble(), metrics["acc"].GetProperty("step").GetInt64(), metrics["acc"].GetProperty("timestamp").GetInt64()));
        Assert.Equal(["depth=3", "empty="], Pairs(data, "params"));
        Assert.Equal(["mlflow.runName=first", "mlflow.source.name=a.py", "mlflow.user=root", "team=b"], Pairs(data, "tags"));

        var history = (await host.GetAsync($"metrics/get-history?run_uuid={run}&metric_key=loss&run_id={run}&max_results=1")).Ok();
        Assert.Equal(0.5, Assert.Single(history.GetProperty("metrics").EnumerateArray()).GetProperty("value").GetDouble());
        var rest = (await host.GetAsync($"metrics/get-history?run_id={run}&metric_key=loss&max_results=5&page_token={history.GetProperty("next_page_token").GetString()}")).Ok();
        Assert.Equal("NaN", Assert.Single(rest.GetProperty("metrics").EnumerateArray()).GetProperty("value").GetString());
        Assert.False(rest.TryGetProperty("next_page_token", out _));
        Assert.Equal("{}", (await host.GetAsync($"metrics/get-history?run_id={run}&metric_key=never")).Text);
    }

    [Theory, MemberData(nameof(Engines.All), MemberType = typeof(Engines))]
    public async Task The_name_of_a_run_and_its_tag_are_one(Engine engine)
    {
        var host = await hosts.OnAsync(engine);
        var run = await host.NewRunAsync(more: """, "run_name": "a" """);
        async Task<(string?, string)> NameAsync()
        {
            var read = (await host.GetAsync($"runs/get?run_id={run}")).Ok().GetProperty("run");
            return (read.GetProperty("info").GetProperty("run_name").GetString(), Pairs(read.GetProperty("data"), "tags").Single(t => t.StartsWith("mlflow.runName=", StringComparison.Ordinal)));
        }
        Assert.Equal(("a", "mlflow.runName=a"), await NameAsync());
        (await host.PostAsync("runs/update", $$"""{"run_id": "{{run}}", "run_name": "b"}""")).Ok();
        Assert.Equal(("b", "mlflow.runName=b"), await NameAsync());
        (await host.PostAsync("runs/set-tag", $$"""{"run_id": "{{run}}", "key": "mlflow.runName", "value": "c"}""")).Ok();
        Assert.Equal(("c", "mlflow.runName=c"), await NameAsync());
        (await host.PostAsync("runs/create", $$"""{"experiment_id": "{{await host.NewExperimentAsync()}}", "run_name": "x", "tags": [{"key": "mlflow.runName", "value": "y"}]}""")).Refused(400, "INVALID_PARAMETER_VALUE");
    }

    [Theory, MemberData(nameof(Engines.All), MemberType = typeof(Engines))]
    public async Task A_batch_is_whole_or_absent(Engine engine)
    {
        var host = await hosts.OnAsync(engine);
        var run = await host.NewRunAsync();
        (await host.PostAsync("runs/log-parameter", $$"""{"run_id": "{{run}}", "key": "p", "value": "1"}""")).Ok();
        var message = (await host.PostAsync("runs/log-batch", $$"""{"run_id": "{{run}}", "metrics": [{"key": "m", "value": 1, "timestamp": 1}], "params": [{"key": "a", "value": "1"}, {"key": "p", "value": "2"}], "tags": [{"key": "t", "value": "1"}]}""")).Refused(400, "INVALID_PARAMETER_VALUE");
        Assert.Contains("Changing param values is not allowed. Param with key='p' was already logged with value='1'", message);
        var data = (await host.GetAsync($"runs/get?run_id={run}")).Ok().GetProperty("run").GetProperty("data");
        Assert.False(data.TryGetProperty("metrics", out _));
        Assert.Equal(["p=1"], Pairs(data, "params"));
        Assert.DoesNotContain("t=1", Pairs(data, "tags"));
    }

    [Theory, MemberData(nameof(Engines.All), MemberType = typeof(Engines))]
    public async Task A_repeated_batch_changes_nothing(Engine engine)
    {
        var host = await hosts.OnAsync(engine);
        var run = await host.NewRunAsync();
        var body = $$"""{"run_id": "{{run}}", "metrics": [{{string.Join(", ", Enumerable.Range(0, 100).Select(i => $$"""{"key": "m", "value": {{i}}.5, "timestamp": {{i}}, "step": {{i}}}"""))}}], "params": [{"key": "p", "value": "1"}]}""";
        for (var i = 0; i < 3; i++) (await host.PostAsync("runs/log-batch", body)).Ok();
        Assert.Equal(100, (await host.GetAsync($"metrics/get-history?run_id={run}&metric_key=m")).Ok().GetProperty("metrics").GetArrayLength());
    }

    [Theory, MemberData(nameof(Engines.All), MemberType = typeof(Engines))]
    public async Task The_bin_takes_runs_and_gives_them_back(Engine engine)
    {
        var host = await hosts.OnAsync(engine);
        var experiment = await host.NewExperimentAsync();
        var (kept, gone) = (await host.NewRunAsync(experiment), await host.NewRunAsync(experiment));
        async Task<IEnumerable<string>> IdsAsync(string view) => (await host.PostAsync("runs/search", $$"""{"experiment_ids": ["{{experiment}}"], "run_view_type": "{{view}}", "max_results": 10}""")).Ok() is var json && json.TryGetProperty("runs", out var runs)
            ? runs.EnumerateArray().Select(r => r.GetProperty("info").GetProperty("run_id").GetString()!).Order() : [];
        for (var i = 0; i < 2; i++) (await host.PostAsync("runs/delete", $$"""{"run_id": "{{gone}}"}""")).Ok();
        Assert.Equal([kept], await IdsAsync("ACTIVE_ONLY"));
        Assert.Equal([gone], await IdsAsync("DELETED_ONLY"));
        Assert.Equal(new[] { kept, gone }.Order(), await IdsAsync("ALL"));
        Assert.Equal("deleted", (await host.GetAsync($"runs/get?run_id={gone}")).Ok().GetProperty("run").GetProperty("info").GetProperty("lifecycle_stage").GetString());
        foreach (var (path, body) in new[]
        {
            ("runs/log-metric", """{"run_id": "RUN", "key": "m", "value": 1, "timestamp": 1}"""), ("runs/log-parameter", """{"run_id": "RUN", "key": "m", "value": "1"}"""), ("runs/set-tag", """{"run_id": "RUN", "key": "m", "value": "1"}"""),
            ("runs/delete-tag", """{"run_id": "RUN", "key": "mlflow.runName"}"""), ("runs/log-batch", """{"run_id": "RUN"}"""), ("runs/update", """{"run_id": "RUN", "status": "FAILED"}"""),
        })
            Assert.Equal($"The run {gone} must be in the 'active' state. Current state is deleted.", (await host.PostAsync(path, body.Replace("RUN", gone))).Refused(400, "INVALID_PARAMETER_VALUE"));
        (await host.PostAsync("runs/restore", $$"""{"run_id": "{{gone}}"}""")).Ok();
        Assert.Equal(2, (await IdsAsync("ACTIVE_ONLY")).Count());

        // An experiment takes its runs with it, and brings back those and no others.
        (await host.PostAsync("runs/delete", $$"""{"run_id": "{{gone}}"}""")).Ok();
        (await host.PostAsync("experiments/delete", $$"""{"experiment_id": "{{experiment}}"}""")).Ok();
        Assert.Empty(await IdsAsync("ACTIVE_ONLY"));
        (await host.PostAsync("runs/create", $$"""{"experiment_id": "{{experiment}}"}""")).Refused(400, "INVALID_PARAMETER_VALUE");
        (await host.PostAsync("experiments/delete", $$"""{"experiment_id": "{{experiment}}"}""")).Refused(404, "RESOURCE_DOES_NOT_EXIST");
        (await host.PostAsync("experiments/restore", $$"""{"experiment_id": "{{experiment}}"}""")).Ok();
        Assert.Equal([kept], await IdsAsync("ACTIVE_ONLY"));
    }

    [Theory]
    [InlineData("runs/log-metric", """{"run_id": "RUN", "value": 1, "timestamp": 1}""", "Missing value for required parameter 'key'")]
    [InlineData("runs/log-metric", """{"run_id": "RUN", "key": "m", "timestamp": 1}""", "Missing value for required parameter 'value'")]
    [InlineData("runs/log-metric", """{"run_id": "RUN", "key": "m", "value": 1}""", "Missing value for required parameter 'timestamp'")]
    [InlineData("runs/log-metric", """{"run_id": "RUN", "key": "m", "value": "high", "timestamp": 1}""", "valid double")]
    [InlineData("runs/log-metric", """{"run_id": "RUN", "key": "m", "value": 1, "timestamp": -1}""", "nonnegative")]
    [InlineData("runs/log-metric", """{"run_id": "RUN", "key": "m", "value": 1, "timestamp": 9223372036854775807}""", "year 10000")]
    [InlineData("runs/log-metric", """{"run_id": "RUN", "key": "m", "value": 1, "timestamp": "soon"}""", "Hint: Value was of type 'str'")]
    [InlineData("runs/log-metric", """{"run_id": "RUN", "key": "../a", "value": 1, "timestamp": 1}""", "must not resolve to other names")]
    [InlineData("runs/log-metric", """{"run_id": "RUN", "key": "a#b", "value": 1, "timestamp": 1}""", "Names may only contain")]
    [InlineData("runs/log-metric", """{"key": "m", "value": 1, "timestamp": 1}""", "Missing value for required parameter 'run_id'")]
    [InlineData("runs/log-parameter", """{"run_id": "RUN", "key": 5, "value": "1"}""", "Invalid value 5 for parameter 'key'")]
    [InlineData("runs/log-parameter", """{"run_id": "RUN", "key": "p", "value": 5}""", "Hint: Value was of type 'int'")]
    [InlineData("runs/log-batch", """{"run_id": "RUN", "params": [{"key": "a", "value": "1"}, {"key": "a", "value": "1"}]}""", "Duplicate parameter keys have been submitted: ['a']")]
    [InlineData("runs/log-batch", """{"run_id": "RUN", "metrics": {}}""", "Invalid value {} for parameter 'metrics'")]
    [InlineData("runs/log-batch", """{"run_id": "RUN", "metrics": [{"key": "a", "timestamp": 1}]}""", "metrics[0].value")]
    [InlineData("runs/log-batch", """{"run_id": "RUN", "tags": [{"value": "1"}]}""", "tags[0].key")]
    [InlineData("runs/update", """{"run_id": "RUN", "status": "HAPPY"}""", "'status'")]
    [InlineData("runs/set-tag", """{"run_id": "RUN", "key": "k", "value": "a\u0000b"}""", "character zero")]
    public async Task Says_what_is_wrong_with_a_field(string path, string body, string message)
    {
        var host = await hosts.OnAsync(Engine.Sqlite);
        Assert.Contains(message, (await host.PostAsync(path, body.Replace("RUN", await host.NewRunAsync()))).Refused(400, "INVALID_PARAMETER_VALUE"));
    }

    [Theory]
    [InlineData("metrics", 1001, 1000), InlineData("params", 101, 100), InlineData("tags", 101, 100)]
    public async Task Keeps_the_limits_of_a_batch(string what, int count, int most)
    {
        var host = await hosts.OnAsync(Engine.Sqlite);
        var run = await host.NewRunAsync();
        string Body(int n) => $$"""{"run_id": "{{run}}", "{{what}}": [{{string.Join(",", Enumerable.Range(0, n).Select(i => what == "metrics" ? $$"""{"key": "k{{i}}", "value": {{i}}, "timestamp": 1}""" : $$"""{"key": "k{{i}}", "value": "v"}"""))}}]}""";
        Assert.Contains($"can contain at most {most} {what}. Got {count} {what}.", (await host.PostAsync("runs/log-batch", Body(count))).Refused(400, "INVALID_PARAMETER_VALUE"));
        (await host.PostAsync("runs/log-batch", Body(most))).Ok();
    }

    [Fact]
    public async Task Cuts_values_that_are_too_long_and_refuses_keys_that_are()
    {
        var host = await hosts.OnAsync(Engine.Sqlite);
        var run = await host.NewRunAsync();
        (await host.PostAsync("runs/log-batch", $$"""{"run_id": "{{run}}", "params": [{"key": "p", "value": "{{new string('x', 7000)}}"}], "tags": [{"key": "t", "value": "{{new string('y', 9000)}}"}]}""")).Ok();
        var data = (await host.GetAsync($"runs/get?run_id={run}")).Ok().GetProperty("run").GetProperty("data");
        Assert.Equal(6000 + 2, Pairs(data, "params").Single().Length);
        Assert.Equal(8000 + 2, Pairs(data, "tags").Single(t => t.StartsWith("t=", StringComparison.Ordinal)).Length);
        foreach (var path in new[] { "runs/log-parameter", "runs/set-tag" })
            Assert.Contains("exceeds the maximum length of 250 characters", (await host.PostAsync(path, $$"""{"run_id": "{{run}}", "key": "{{new string('k', 251)}}", "value": "1"}""")).Refused(400, "INVALID_PARAMETER_VALUE"));
    }

    [Theory]
    [InlineData("", "Content-Type header is missing"), InlineData("text/plain", "Content-Type must be one of ['application/json']")]
    public async Task Wants_JSON_and_says_so(string contentType, string message)
    {
        var host = await hosts.OnAsync(Engine.Sqlite);
        Assert.Contains(message, (await host.SendAsync("ada", "POST", "experiments/create", """{"name": "x"}""", contentType)).Refused(400, "BAD_REQUEST"));
    }

    [Theory, InlineData("{"), InlineData("[]"), InlineData("5"), InlineData("\"{\""), InlineData("{\"name\": \"\\ud800\"}")]
    public async Task A_body_that_is_no_message_is_refused(string body)
    {
        var host = await hosts.OnAsync(Engine.Sqlite);
        Assert.Equal(400, (await host.PostAsync("experiments/create", body)).Status);
    }

    [Fact]
    public async Task Takes_a_message_that_was_encoded_twice_and_camelCase()
    {
        var host = await hosts.OnAsync(Engine.Sqlite);
        (await host.PostAsync("experiments/create", JsonSerializer.Serialize($$"""{"name": "twice-{{Guid.NewGuid():n}}"}"""))).Ok();
        (await host.PostAsync("runs/create", $$"""{"experimentId": "{{await host.NewExperimentAsync()}}", "runName": "camel", "unknown": [1]}""")).Ok();
    }

    [Fact]
    public async Task The_pages_prefix_is_the_same_api()
    {
        var host = await hosts.OnAsync(Engine.Sqlite);
        (await host.SendAsync("ada", "GET", $"experiments/get?experiment_id={await host.NewExperimentAsync()}", prefix: "/ajax-api/2.0/mlflow/")).Ok();
        (await host.SendAsync("ada", "GET", "no/such", prefix: "/ajax-api/2.0/mlflow/")).Refused(404, "ENDPOINT_NOT_FOUND");
        (await host.SendAsync("ada", "GET", "runs/create")).Refused(405, "ENDPOINT_NOT_FOUND");
    }

    private static IEnumerable<string> Pairs(JsonElement data, string name)
        => data.TryGetProperty(name, out var pairs) ? pairs.EnumerateArray().Select(p => $"{p.GetProperty("key").GetString()}={(p.TryGetProperty("value", out var v) ? v.GetString() : "")}").Order(StringComparer.Ordinal) : [];
}
