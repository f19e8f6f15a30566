using System.Text.Json;
using Dowel.Protocols.Mlflow.Tests.Artifacts;
using Dowel.Protocols.Mlflow.Tests.Tracking;
using Dowel.Testing;

namespace Dowel.Protocols.Mlflow.Tests.LoggedModels;

public sealed class LoggedModelTests(TrackingHosts hosts) : IClassFixture<TrackingHosts>
{
    [Theory, MemberData(nameof(Engines.All), MemberType = typeof(Engines))]
    public async Task A_model_from_create_to_delete_as_the_client_does_it(Engine engine)
    {
        var host = await hosts.OnAsync(engine);
        var experiment = await host.NewExperimentAsync();
        var run = await host.NewRunAsync(experiment);
        var made = (await host.PostAsync("logged-models", $$"""{"experiment_id": "{{experiment}}", "name": "lm-a", "model_type": "agent", "source_run_id": "{{run}}", "params": [{"key": "q", "value": "x"}, {"key": "p", "value": "1"}], "tags": [{"key": "t", "value": "1"}]}""")).Ok().GetProperty("model");
        var info = made.GetProperty("info");
        var id = info.GetProperty("model_id").GetString()!;
        Assert.Matches("^m-[0-9a-f]{32}$", id);
        Assert.Equal(["model_id", "experiment_id", "name", "creation_timestamp_ms", "last_updated_timestamp_ms", "artifact_uri", "status", "model_type", "source_run_id", "tags"], info.EnumerateObject().Select(p => p.Name));
        Assert.Equal((experiment, "lm-a", "LOGGED_MODEL_PENDING", "agent", run), (Text(info, "experiment_id"), Text(info, "name"), Text(info, "status"), Text(info, "model_type"), Text(info, "source_run_id")));
        Assert.Equal($"mlflow-artifacts:/{experiment}/models/{id}/artifacts", Text(info, "artifact_uri"));
        Assert.Equal(["p=1", "q=x"], Pairs(made.GetProperty("data"), "params"));

        var ready = (await host.SendAsync("ada", "PATCH", $"logged-models/{id}", $$"""{"model_id": "{{id}}", "status": "LOGGED_MODEL_READY"}""")).Ok().GetProperty("model").GetProperty("info");
        Assert.Equal("LOGGED_MODEL_READY", Text(ready, "status"));
        Assert.Equal("LOGGED_MODEL_UPLOAD_FAILED", Text((await host.SendAsync("ada", "PATCH", $"logged-models/{id}", """{"status": 3}""")).Ok().GetProperty("model").GetProperty("info"), "status"));
        Assert.Equal("{}", (await host.SendAsync("ada", "PATCH", $"logged-models/{id}/tags", """{"tags": [{"key": "a", "value": "1"}, {"key": "t", "value": "2"}]}""")).Text);
        Assert.Equal("{}", (await host.SendAsync("ada", "DELETE", $"logged-models/{id}/tags/a")).Text);
        for (var i = 0; i < 2; i++) Assert.Equal("{}", (await host.PostAsync($"logged-models/{id}/params", $$"""{"model_id": "{{id}}", "params": [{"key": "r", "value": "3"}]}""")).Text);
        Assert.Contains("Changing param values is not allowed", (await host.PostAsync($"logged-models/{id}/params", """{"params": [{"key": "s", "value": "1"}, {"key": "r", "value": "4"}]}""")).Refused(400, "INVALID_PARAMETER_VALUE"));

        (await host.PostAsync("runs/log-metric", $$"""{"run_uuid": "{{run}}", "key": "lmm", "value": 0.9, "timestamp": 1795716055960, "step": 1, "run_id": "{{run}}", "model_id": "{{id}}", "dataset_name": "dsx", "dataset_digest": "dg"}""")).Ok();
        (await host.PostAsync("runs/log-batch", $$"""{"run_id": "{{run}}", "metrics": [{"key": "lmm2", "value": 2.0, "timestamp": 5, "step": 2, "model_id": "{{id}}"}, {"key": "lmm2", "value": "NaN", "timestamp": 6, "step": 1, "model_id": "{{id}}"}, {"key": "plain", "value": 1, "timestamp": 1}]}""")).Ok();
        // Every value is kept, with its step and instant; the same one again changes nothing.
        for (var i = 0; i < 2; i++)
            (await host.PostAsync("runs/log-metric", $$"""{"run_id": "{{run}}", "key": "lmm2", "value": 7, "timestamp": 4, "step": 9, "model_id": "{{id}}"}""")).Ok();
        var read = (await host.GetAsync($"logged-models/{id}")).Ok().GetProperty("model");
        Assert.Equal(["t=2"], Pairs(read.GetProperty("info"), "tags"));
        Assert.Equal(["p=1", "q=x", "r=3"], Pairs(read.GetProperty("data"), "params"));
        var metrics = read.GetProperty("data").GetProperty("metrics");
        Assert.Equal($$"""{"key":"lmm","value":0.9,"timestamp":1795716055960,"step":1,"dataset_name":"dsx","dataset_digest":"dg","model_id":"{{id}}","run_id":"{{run}}"}""", metrics[0].GetRawText());
        Assert.Equal($$"""{"key":"lmm2","value":7,"timestamp":4,"step":9,"model_id":"{{id}}","run_id":"{{run}}"}""", metrics[1].GetRawText());
        Assert.Equal($$"""{"key":"lmm2","value":2,"timestamp":5,"step":2,"model_id":"{{id}}","run_id":"{{run}}"}""", metrics[2].GetRawText());
        Assert.Equal($$"""{"key":"lmm2","value":"NaN","timestamp":6,"step":1,"model_id":"{{id}}","run_id":"{{run}}"}""", metrics[3].GetRawText());
        Assert.Equal(4, metrics.GetArrayLength());
        // Dowel's own API and the run name it.
        (await host.PostAsync("runs/outputs", $$"""{"run_id": "{{run}}", "models": [{"model_id": "{{id}}", "step": 3}]}""")).Ok();
        using (var ada = host.Connect("ada"))
        {
            var own = await ada.Runs.LoggedModelAsync(id);
            Assert.Equal(("lm-a", run, experiment, 4, "3"), (own.Name, own.RunId, own.ExperimentId, own.Metrics.Count, own.Params["r"]));
            Assert.Equal([new Dowel.Contracts.RunModel(id, "lm-a")], (await ada.Runs.GetAsync(run)).LoggedModels!);
        }
        var found = (await host.PostAsync("logged-models/search", $$"""{"experiment_ids": ["{{experiment}}"]}""")).Ok().GetProperty("models")[0];
        Assert.Equal(metrics.GetRawText(), found.GetProperty("data").GetProperty("metrics").GetRawText());
        Assert.Equal(3, (await host.GetAsync($"runs/get?run_id={run}")).Ok().GetProperty("run").GetProperty("data").GetProperty("metrics").GetArrayLength());

        var root = $"{experiment}/models/{id}/artifacts";
        foreach (var path in new[] { "MLmodel", "sub/b.bin" }) (await host.PutFileAsync($"{root}/{path}", path)).Ok();
        Assert.Equal(["MLmodel:7", "sub/"], await host.ListAsync(root));
        var listed = (await host.GetAsync($"logged-models/{id}/artifacts/directories?artifact_directory_path=sub")).Ok();
        Assert.Equal((Text(info, "artifact_uri"), "sub/b.bin"), (Text(listed, "root_uri"), Text(listed.GetProperty("files")[0], "path")));
        Assert.Equal("sub/b.bin", await host.ReadFileAsync($"/ajax-api/2.0/mlflow/logged-models/{id}/artifacts/files?artifact_file_path=sub/b.bin"));
        (await host.PutFileAsync($"{experiment}/models/{run}/artifacts/a", "x")).Refused(400, "INVALID_PARAMETER_VALUE");
        (await host.PutFileAsync($"{experiment}/{id}/artifacts/a", "x")).Refused(404, "RESOURCE_DOES_NOT_EXIST");

        for (var i = 0; i < 2; i++) Assert.Equal("{}", (await host.SendAsync("ada", "DELETE", $"logged-models/{id}", $$"""{"model_id": "{{id}}"}""")).Text);
        Assert.Equal($"Logged model with ID '{id}' not found.", (await host.GetAsync($"logged-models/{id}")).Refused(404, "RESOURCE_DOES_NOT_EXIST"));
        Assert.Equal("{}", (await host.PostAsync("logged-models/search", $$"""{"experiment_ids": ["{{experiment}}"]}""")).Text);
    }

    [Theory, MemberData(nameof(Engines.All), MemberType = typeof(Engines))]
    public async Task Many_params_come_in_several_calls_and_a_name_is_made_up(Engine engine)
    {
        var host = await hosts.OnAsync(engine);
        var experiment = await host.NewExperimentAsync();
        static string Params(int from, int count) => string.Join(", ", Enumerable.Range(from, count).Select(i => $$"""{"key": "p{{i}}", "value": "{{i}}"}"""));
        var model = (await host.PostAsync("logged-models", $$"""{"experiment_id": "{{experiment}}", "params": [{{Params(0, 100)}}]}""")).Ok().GetProperty("model").GetProperty("info");
        Assert.Matches("^[a-z]+-[a-z]+-[0-9]+$", Text(model, "name"));
        Assert.False(model.TryGetProperty("tags", out _));
        (await host.PostAsync($"logged-models/{Text(model, "model_id")}/params", $$"""{"params": [{{Params(100, 100)}}]}""")).Ok();
        var all = Pairs((await host.GetAsync($"logged-models/{Text(model, "model_id")}")).Ok().GetProperty("model").GetProperty("data"), "params");
        Assert.Equal(200, all.Count);
        Assert.Equal(["p0=0", "p1=1", "p10=10"], all.Take(3));
    }

    [Theory, MemberData(nameof(Engines.All), MemberType = typeof(Engines))]
    public async Task Says_what_is_wrong(Engine engine)
    {
        var host = await hosts.OnAsync(engine);
        var experiment = await host.NewExperimentAsync();
        var run = await host.NewRunAsync(experiment);
        var id = Text((await host.PostAsync("logged-models", $$"""{"experiment_id": "{{experiment}}"}""")).Ok().GetProperty("model").GetProperty("info"), "model_id");
        var missing = "m-" + new string('0', 32);
        Assert.Equal("Invalid model name ('a/b:c') provided. Model name must be a non-empty string and cannot contain the following characters: ('/', ':', '.', '%', '\"', \"'\")",
            (await host.PostAsync("logged-models", $$"""{"experiment_id": "{{experiment}}", "name": "a/b:c"}""")).Refused(400, "INVALID_PARAMETER_VALUE"));
        Assert.Equal("No Experiment with id=987654321 exists", (await host.PostAsync("logged-models", """{"experiment_id": "987654321", "name": "x"}""")).Refused(404, "RESOURCE_DOES_NOT_EXIST"));
        (await host.PostAsync("logged-models", """{"name": "x"}""")).Refused(400, "INVALID_PARAMETER_VALUE");
        (await host.PostAsync("logged-models", $$"""{"experiment_id": "{{experiment}}", "params": [{"value": "x"}]}""")).Refused(400, "INVALID_PARAMETER_VALUE");
        (await host.PostAsync("logged-models", $$"""{"experiment_id": "{{experiment}}", "source_run_id": "{{new string('r', 65)}}"}""")).Refused(400, "INVALID_PARAMETER_VALUE");
        var gone = await host.NewExperimentAsync();
        (await host.PostAsync("experiments/delete", $$"""{"experiment_id": "{{gone}}"}""")).Ok();
        Assert.Contains("must be in the 'active' state", (await host.PostAsync("logged-models", $$"""{"experiment_id": "{{gone}}", "name": "x"}""")).Refused(400, "INVALID_PARAMETER_VALUE"));
        foreach (var (method, path, body) in Calls.Where(c => c.Path.Contains("MODEL")))
            Assert.Equal($"Logged model with ID '{missing}' not found.", (await host.SendAsync("ada", method, path.Replace("MODEL", missing), body?.Replace("MODEL", missing))).Refused(404, "RESOURCE_DOES_NOT_EXIST"));
        Assert.Equal($"No tag with key 'zz' found for model with ID '{id}'.", (await host.SendAsync("ada", "DELETE", $"logged-models/{id}/tags/zz")).Refused(404, "RESOURCE_DOES_NOT_EXIST"));
        (await host.SendAsync("ada", "PATCH", $"logged-models/{id}", """{"status": "HAPPY"}""")).Refused(400, "INVALID_PARAMETER_VALUE");
        (await host.SendAsync("ada", "PATCH", $"logged-models/{id}", "{}")).Refused(400, "INVALID_PARAMETER_VALUE");
        Assert.Equal($"Logged model with ID '{missing}' not found.", (await host.PostAsync("runs/log-metric", $$"""{"run_id": "{{run}}", "key": "m", "value": 1, "timestamp": 1, "model_id": "{{missing}}"}""")).Refused(404, "RESOURCE_DOES_NOT_EXIST"));
        (await host.SendAsync("ada", "GET", $"logged-models/{id}/artifacts/directories?artifact_directory_path=..%2Fx")).Refused(400, "INVALID_PARAMETER_VALUE");
        (await host.SendAsync("ada", "GET", $"logged-models/{id}/artifacts/files")).Refused(400, "INVALID_PARAMETER_VALUE");
    }

    [Theory, MemberData(nameof(Engines.All), MemberType = typeof(Engines))]
    public async Task Nobody_reaches_models_of_another_project(Engine engine)
    {
        var host = await hosts.OnAsync(engine);
        var experiment = await host.NewExperimentAsync();
        var run = await host.NewRunAsync(experiment);
        var id = Text((await host.PostAsync("logged-models", $$"""{"experiment_id": "{{experiment}}", "name": "secret", "source_run_id": "{{run}}"}""")).Ok().GetProperty("model").GetProperty("info"), "model_id");
        var own = (await host.PostAsync("experiments/create", $$"""{"name": "b-{{Guid.NewGuid():n}}"}""", "bob")).Ok().GetProperty("experiment_id").GetString()!;
        var ownRun = (await host.PostAsync("runs/create", $$"""{"experiment_id": "{{own}}"}""", "bob")).Ok().GetProperty("run").GetProperty("info").GetProperty("run_id").GetString()!;
        foreach (var (method, path, body) in Calls)
        {
            (string Path, string? Body) Filled(string r) => (path.Replace("MODEL", id).Replace("EXP", experiment), body?.Replace("MODEL", id).Replace("OWNEXP", own).Replace("EXP", experiment).Replace("OWNRUN", r).Replace("RUN", run));
            var (filled, filledBody) = Filled(ownRun);
            (await host.SendAsync("bob", method, filled, filledBody)).Refused(403, "PERMISSION_DENIED");
            (await host.SendAsync(null, method, filled, filledBody)).Refused(401, "UNAUTHENTICATED");
        }
        Assert.Equal("{}", (await host.PostAsync("logged-models/search", $$"""{"experiment_ids": ["{{experiment}}", "{{own}}"]}""", "bob")).Text);
        Assert.Equal("secret", Text((await host.GetAsync($"logged-models/{id}")).Ok().GetProperty("model").GetProperty("info"), "name"));
    }

    [Theory, MemberData(nameof(Engines.All), MemberType = typeof(Engines))]
    public async Task Older_clients_log_models_in_a_tag(Engine engine)
    {
        var host = await hosts.OnAsync(engine);
        var run = await host.NewRunAsync();
        string Model(string path) => JsonSerializer.Serialize($$$$"""{"run_id": "{{{{run}}}}", "artifact_path": "{{{{path}}}}", "utc_time_created": "2026-11-26 17:58:39.157054", "model_uuid": "326d", "flavors": {"sklearn": {"pickled_model": "model.pkl", "config": {"key": "secret"}}}, "signature": {"inputs": "[]"} }""");
        await Task.WhenAll(Enumerable.Range(0, 4).Select(async i => (await host.PostAsync("runs/log-model", $$"""{"run_id": "{{run}}", "model_json": {{Model($"model{i}")}} }""")).Ok()));
        var tags = (await host.GetAsync($"runs/get?run_id={run}")).Ok().GetProperty("run").GetProperty("data").GetProperty("tags");
        var history = JsonDocument.Parse(Text(tags.EnumerateArray().Single(t => Text(t, "key") == "mlflow.log-model.history"), "value")).RootElement;
        Assert.Equal(["model0", "model1", "model2", "model3"], history.EnumerateArray().Select(m => Text(m, "artifact_path")).Order());
        Assert.Equal("""{"sklearn":{"pickled_model":"model.pkl"}}""", history[0].GetProperty("flavors").GetRawText());
        Assert.False(history[0].TryGetProperty("signature", out _));
        foreach (var wrong in new[] { "not json", "[]", "{}", """{"run_id": "r", "artifact_path": "a", "utc_time_created": "t", "flavors": 5}""" })
            (await host.PostAsync("runs/log-model", $$"""{"run_id": "{{run}}", "model_json": {{JsonSerializer.Serialize(wrong)}} }""")).Refused(400, "INVALID_PARAMETER_VALUE");
        (await host.PostAsync("runs/log-model", $$"""{"run_id": "{{run}}"}""")).Refused(400, "INVALID_PARAMETER_VALUE");
        (await host.PostAsync("runs/log-model", $$"""{"run_id": "{{new string('0', 32)}}", "model_json": {{Model("m")}} }""")).Refused(404, "RESOURCE_DOES_NOT_EXIST");
        (await host.PostAsync("runs/log-model", $$"""{"run_id": "{{run}}", "model_json": {{Model("m")}} }""", "bob")).Refused(403, "PERMISSION_DENIED");
    }

    /// <summary>Every call that names a logged model, or logs one into an experiment.</summary>
    public static readonly (string Method, string Path, string? Body)[] Calls =
    [
        ("GET", "logged-models/MODEL", null),
        ("PATCH", "logged-models/MODEL", """{"model_id": "MODEL", "status": "LOGGED_MODEL_READY"}"""),
        ("DELETE", "logged-models/MODEL", """{"model_id": "MODEL"}"""),
        ("PATCH", "logged-models/MODEL/tags", """{"tags": [{"key": "a", "value": "1"}]}"""),
        ("DELETE", "logged-models/MODEL/tags/a", null),
        ("POST", "logged-models/MODEL/params", """{"params": [{"key": "a", "value": "1"}]}"""),
        ("GET", "logged-models/MODEL/artifacts/directories", null),
        ("GET", "logged-models/MODEL/artifacts/files?artifact_file_path=a", null),
        ("POST", "logged-models", """{"experiment_id": "EXP", "name": "x"}"""),
        ("POST", "logged-models", """{"experiment_id": "OWNEXP", "name": "x", "source_run_id": "RUN"}"""),
        ("POST", "runs/outputs", """{"run_id": "OWNRUN", "models": [{"model_id": "MODEL", "step": 0}]}"""),
        ("POST", "runs/log-inputs", """{"run_id": "OWNRUN", "models": [{"model_id": "MODEL"}]}"""),
        ("POST", "runs/log-metric", """{"run_id": "OWNRUN", "key": "m", "value": 1, "timestamp": 1, "model_id": "MODEL"}"""),
        ("POST", "runs/log-batch", """{"run_id": "OWNRUN", "metrics": [{"key": "m", "value": 1, "timestamp": 1, "model_id": "MODEL"}]}"""),
        ("POST", "runs/outputs", """{"run_id": "RUN", "models": [{"model_id": "MODEL", "step": 0}]}"""),
        ("POST", "runs/log-inputs", """{"run_id": "RUN", "datasets": []}"""),
    ];

    private static string Text(JsonElement json, string name) => json.GetProperty(name).GetString()!;

    private static IReadOnlyList<string> Pairs(JsonElement json, string name) => [.. json.GetProperty(name).EnumerateArray().Select(p => $"{Text(p, "key")}={Text(p, "value")}")];
}
