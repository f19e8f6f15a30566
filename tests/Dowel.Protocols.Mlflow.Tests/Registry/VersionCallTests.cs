using System.Text;
using Dowel.Contracts;
using Dowel.Testing;

namespace Dowel.Protocols.Mlflow.Tests.Registry;

public sealed class VersionCallTests(RegistryHosts hosts) : IClassFixture<RegistryHosts>
{
    private const string MlModel = """
        artifact_path: model
        flavors:
          python_function:
            loader_module: mlflow.sklearn
          sklearn:
            pickled_model: model.pkl
        model_uuid: abc
        saved_input_example_info:
          artifact_path: input_example.json
          pandas_orient: split
          serving_input_path: serving_input_example.json
          type: dataframe
        signature:
          inputs: '[{"type": "double", "name": "age", "required": true}, {"type": "string", "name": "sex", "required": false}]'
          outputs: '[{"type": "tensor", "tensor-spec": {"dtype": "int64", "shape": [-1]}}]'
          params: null
        utc_time_created: '2026-01-01 00:00:00'
        """;

    [Theory, MemberData(nameof(Engines.All), MemberType = typeof(Engines))]
    public async Task A_version_is_made_read_changed_and_deleted_and_its_number_does_not_return(Engine engine)
    {
        using var ada = new Wire(await hosts.OnAsync(engine), "ada");
        var name = await ada.NewModelAsync();
        var run = new string('f', 32);
        var made = await ada.NewVersionAsync(name, "s3://bucket/model", $$""", "run_id": "{{run}}", "run_link": "https://ci/1", "tags": [{"key": "i", "value": "0"}], "description": "v0" """);
        Assert.Equal(["name", "version", "creation_timestamp", "last_updated_timestamp", "current_stage", "description", "source", "run_id", "status", "tags", "run_link"], made.AsObject().Select(p => p.Key));
        Assert.Equal((name, "1", "None", "v0", "s3://bucket/model", run, "READY", "https://ci/1"),
            ((string?)made["name"], (string?)made["version"], (string?)made["current_stage"], (string?)made["description"], (string?)made["source"], (string?)made["run_id"], (string?)made["status"], (string?)made["run_link"]));
        Assert.Equal(made.ToJsonString(), (await ada.GetAsync($"model-versions/get?name={name}&version=1"))["model_version"]!.ToJsonString());
        Assert.Equal("s3://bucket/model", (string?)(await ada.GetAsync($"model-versions/get-download-uri?name={name}&version=1"))["artifact_uri"]);

        var plain = await ada.NewVersionAsync(name);
        Assert.Equal(("2", "", "", ""), ((string?)plain["version"], (string?)plain["description"], (string?)plain["run_id"], (string?)plain["run_link"]));
        Assert.Equal("vd", (string?)(await ada.CallAsync("PATCH", "model-versions/update", $$"""{"name": "{{name}}", "version": "2", "description": "vd"}"""))["model_version"]!["description"]);
        await ada.PostAsync("model-versions/set-tag", $$"""{"name": "{{name}}", "version": "2", "key": "x", "value": "y"}""");
        Assert.Equal("""[{"key":"x","value":"y"}]""", (await ada.GetAsync($"model-versions/get?name={name}&version=2"))["model_version"]!["tags"]!.ToJsonString());
        for (var i = 0; i < 2; i++) Assert.Empty((await ada.CallAsync("DELETE", "model-versions/delete-tag", $$"""{"name": "{{name}}", "version": "2", "key": "x"}""")).AsObject());

        await ada.PostAsync("registered-models/alias", $$"""{"name": "{{name}}", "alias": "gone", "version": "2"}""");
        Assert.Empty((await ada.CallAsync("DELETE", "model-versions/delete", $$"""{"name": "{{name}}", "version": "2"}""")).AsObject());
        Assert.Null((await ada.GetAsync($"registered-models/get?name={name}"))["registered_model"]!["aliases"]);
        Assert.Equal("3", (string?)(await ada.NewVersionAsync(name))["version"]);
    }

    [Fact]
    public async Task Refuses_as_the_server_of_MLflow_does()
    {
        using var ada = new Wire(await hosts.OnAsync(Engine.Sqlite), "ada");
        var name = await ada.NewModelAsync();
        await ada.NewVersionAsync(name);
        foreach (var (method, call, more) in new[]
        {
            ("PATCH", "model-versions/update", """, "description": "x" """), ("DELETE", "model-versions/delete", ""), ("POST", "model-versions/set-tag", """, "key": "k", "value": "v" """), ("DELETE", "model-versions/delete-tag", """, "key": "k" """),
            ("POST", "model-versions/transition-stage", """, "stage": "Staging" """), ("POST", "registered-models/alias", """, "alias": "x" """),
        })
            foreach (var (model, version) in new[] { (name, "99"), (name, "0"), (name, "-1"), ("nope", "1") })
                Assert.Equal($"Model Version (name={model}, version={version}) not found", await ada.RefusedAsync(404, "RESOURCE_DOES_NOT_EXIST", method, call, $$"""{"name": "{{model}}", "version": "{{version}}"{{more}}}"""));
        foreach (var call in new[] { "model-versions/get", "model-versions/get-download-uri" })
        {
            Assert.Equal($"Model Version (name={name}, version=99) not found", await ada.RefusedAsync(404, "RESOURCE_DOES_NOT_EXIST", "GET", $"{call}?name={name}&version=99"));
            Assert.Equal("Parameter 'version' must be an integer, got 'abc'.", await ada.RefusedAsync(400, "INVALID_PARAMETER_VALUE", "GET", $"{call}?name={name}&version=abc"));
        }
        Assert.Contains("'source'", await ada.RefusedAsync(400, "INVALID_PARAMETER_VALUE", "POST", "model-versions/create", $$"""{"name": "{{name}}"}"""));
    }

    [Theory]
    [InlineData("/etc/passwd"), InlineData("file:///etc"), InlineData("FILE:/etc"), InlineData("dummy"), InlineData("C:\\\\models"), InlineData("./model")]
    [InlineData("mlflow-artifacts:/1/../../etc"), InlineData("mlflow-artifacts://host/..%2f..%2fetc"), InlineData("https://host/%252e%252e/%252e%252e/etc"), InlineData("s3://bucket/a/./b"), InlineData("http://host/a%00")]
    [InlineData("runs:/0/../../x"), InlineData("models:/../x/1")]
    public async Task A_source_neither_climbs_nor_is_local(string source)
    {
        using var ada = new Wire(await hosts.OnAsync(Engine.Sqlite), "ada");
        var name = await ada.NewModelAsync();
        Assert.StartsWith("Invalid model version source: '", await ada.RefusedAsync(400, "INVALID_PARAMETER_VALUE", "POST", "model-versions/create", $$"""{"name": "{{name}}", "source": "{{source}}"}"""));
    }

    [Theory, MemberData(nameof(Engines.All), MemberType = typeof(Engines))]
    public async Task Files_of_a_run_are_kept_with_what_MLmodel_says_of_them(Engine engine)
    {
        var host = await hosts.OnAsync(engine);
        using var ada = new Wire(host, "ada");
        using var native = host.Connect("ada");
        var experiment = await native.Experiments.CreateAsync(new CreateExperiment { Name = Wire.Name("e") });
        var run = await native.Runs.CreateAsync(experiment.Id, new CreateRun());
        foreach (var (path, text) in new[] { ("clf/MLmodel", MlModel), ("clf/model.pkl", "pickle"), ("clf/input_example.json", """{"columns": ["age", "sex"], "data": [[29.0, "female"], [30.5, null]]}"""), ("other.txt", "x") })
            await native.Runs.UploadArtifactAsync(run.Id, path, new MemoryStream(Encoding.UTF8.GetBytes(text)));
        await native.Runs.LogMetricAsync(run.Id, "auc", 0.9);

        var name = await ada.NewModelAsync();
        foreach (var source in new[] { $"runs:/{run.Id}/clf", $"mlflow-artifacts:/{experiment.Id}/{run.Id}/artifacts/clf" })
        {
            var made = await ada.NewVersionAsync(name, source);
            Assert.Equal((source, run.Id), ((string?)made["source"], (string?)made["run_id"]));
            var version = await native.Models.GetVersionAsync(name, (string)made["version"]!);
            Assert.Equal(["MLmodel", "input_example.json", "model.pkl"], version.Files.Select(f => f.Path));
            Assert.Equal(("sklearn", 0.9), (version.Flavor, version.Metrics["auc"]));
            Assert.Equal([("age", "FP64", false), ("sex", "BYTES", true)], version.Signature!.Inputs.Select(i => (i.Name, i.Datatype, i.Optional)));
            Assert.Equal(("output-1", "INT64"), (version.Signature.Outputs[0].Name, version.Signature.Outputs[0].Datatype));
            Assert.Equal([29L, 30.5], version.InputExample!["age"]);
            Assert.Equal($"mlflow-artifacts:/registry/{version.ModelId}/{version.Version}", (string?)(await ada.GetAsync($"model-versions/get-download-uri?name={name}&version={version.Version}"))["artifact_uri"]);
        }

        // A copy has the files of what it was copied from, and outlives it.
        var copied = await ada.NewModelAsync();
        await ada.NewVersionAsync(copied, $"models:/{name}/1");
        await ada.CallAsync("DELETE", "registered-models/delete", $$"""{"name": "{{name}}"}""");
        var copy = await native.Models.GetVersionAsync(copied, "1");
        Assert.Equal(("sklearn", 3, run.Id, $"models:/{name}/1"), (copy.Flavor, copy.Files.Count, copy.RunId, copy.Source));
        using var content = await native.Models.DownloadFileAsync(copied, "1", "model.pkl");
        Assert.Equal("pickle", await new StreamReader(content).ReadToEndAsync());
        Assert.Contains("Unable to fetch model", await ada.RefusedAsync(404, "RESOURCE_DOES_NOT_EXIST", "POST", "model-versions/create", $$"""{"name": "{{copied}}", "source": "models:/{{name}}/1"}"""));
        Assert.Contains("Unable to fetch model", await ada.RefusedAsync(404, "RESOURCE_DOES_NOT_EXIST", "POST", "model-versions/create", $$"""{"name": "{{copied}}", "source": "models:/m-{{new string('0', 32)}}"}"""));
    }

    [Theory]
    [InlineData("a: [")]
    [InlineData("flavors: &a [*a, *a]")]
    [InlineData("flavors: {sklearn: {}}\nsignature: {inputs: '[{\"type\": \"object\", \"properties\": {}}]', outputs: '[]'}")]
    [InlineData("flavors: {'../../x': {}}\nsignature: nonsense\nsaved_input_example_info: {artifact_path: ../../../etc/passwd}")]
    [InlineData("deep")]
    public async Task A_broken_or_hostile_MLmodel_does_no_harm(string text)
    {
        if (text == "deep") text = "flavors: " + new string('[', 50_000);
        var host = await hosts.OnAsync(Engine.Sqlite);
        using var ada = new Wire(host, "ada");
        using var native = host.Connect("ada");
        var experiment = await native.Experiments.CreateAsync(new CreateExperiment { Name = Wire.Name("e") });
        var run = await native.Runs.CreateAsync(experiment.Id, new CreateRun());
        await native.Runs.UploadArtifactAsync(run.Id, "clf/MLmodel", new MemoryStream(Encoding.UTF8.GetBytes(text)));
        var name = await ada.NewModelAsync();
        await ada.NewVersionAsync(name, $"runs:/{run.Id}/clf");
        var version = await native.Models.GetVersionAsync(name, "1");
        Assert.Null(version.Signature);
        Assert.Null(version.InputExample);
        Assert.True(version.Flavor is "" or "sklearn", version.Flavor);
    }

    [Fact]
    public async Task A_run_that_is_unknown_or_hidden_gives_no_files_and_says_nothing()
    {
        var host = await hosts.OnAsync(Engine.Sqlite);
        using var native = host.Connect("ada");
        var experiment = await native.Experiments.CreateAsync(new CreateExperiment { Name = "the secret of ada" });
        var run = await native.Runs.CreateAsync(experiment.Id, new CreateRun());
        await native.Runs.UploadArtifactAsync(run.Id, "clf/MLmodel", new MemoryStream("flavors: {sklearn: {}}"u8.ToArray()));
        using var bob = new Wire(host, "bob");
        var name = await bob.NewModelAsync();
        foreach (var id in new[] { new string('0', 32), run.Id })
        {
            var version = await bob.NewVersionAsync(name, $"runs:/{id}/clf", $$""", "run_id": "{{id}}" """);
            Assert.Equal(id, (string?)version["run_id"]);
            Assert.Equal($"runs:/{id}/clf", (string?)(await bob.GetAsync($"model-versions/get-download-uri?name={name}&version={version["version"]}"))["artifact_uri"]);
            using var his = host.Connect("bob");
            var read = await his.Models.GetVersionAsync(name, (string)version["version"]!);
            Assert.Empty(read.Files);
            Assert.Equal(("", 0), (read.Flavor, read.Metrics.Count));
        }
    }
}
