using System.Text.Json.Nodes;
using Dowel.Testing;

namespace Dowel.Protocols.Mlflow.Tests.Registry;

public sealed class ModelCallTests(RegistryHosts hosts) : IClassFixture<RegistryHosts>
{
    [Theory, MemberData(nameof(Engines.All), MemberType = typeof(Engines))]
    public async Task A_model_is_made_read_changed_renamed_and_deleted(Engine engine)
    {
        using var ada = new Wire(await hosts.OnAsync(engine), "ada");
        var name = Wire.Name();
        var made = (await ada.PostAsync("registered-models/create", $$"""{"name": "{{name}}", "tags": [{"key": "t", "value": "1"}], "description": "d"}"""))["registered_model"]!;
        Assert.Equal(["name", "creation_timestamp", "last_updated_timestamp", "description", "tags"], made.AsObject().Select(p => p.Key));
        Assert.True(JsonNode.DeepEquals(made, (await ada.GetAsync($"registered-models/get?name={name}"))["registered_model"]));

        var updated = (await ada.CallAsync("PATCH", "registered-models/update", $$"""{"name": "{{name}}", "description": "new desc"}"""))["registered_model"]!;
        Assert.Equal("new desc", (string?)updated["description"]);
        Assert.True((long)updated["last_updated_timestamp"]! >= (long)made["last_updated_timestamp"]!);
        Assert.Empty((await ada.PostAsync("registered-models/set-tag", $$"""{"name": "{{name}}", "key": "a", "value": "2"}""")).AsObject());
        Assert.Equal("""[{"key":"t","value":"1"},{"key":"a","value":"2"}]""", (await ada.GetAsync($"registered-models/get?name={name}"))["registered_model"]!["tags"]!.ToJsonString());
        for (var i = 0; i < 2; i++) Assert.Empty((await ada.CallAsync("DELETE", "registered-models/delete-tag", $$"""{"name": "{{name}}", "key": "a"}""")).AsObject());

        await ada.NewVersionAsync(name);
        var renamed = (await ada.PostAsync("registered-models/rename", $$"""{"name": "{{name}}", "new_name": "{{name}}-2"}"""))["registered_model"]!;
        Assert.Equal((name + "-2", name + "-2"), ((string?)renamed["name"], (string?)renamed["latest_versions"]![0]!["name"]));
        Assert.Empty(await ada.FindVersionsAsync($"name = '{name}'"));
        Assert.Equal(["1"], await ada.FindVersionsAsync($"name = '{name}-2'"));
        Assert.Empty((await ada.CallAsync("DELETE", "registered-models/delete", $$"""{"name": "{{name}}-2"}""")).AsObject());
        Assert.Equal($"Registered Model with name={name}-2 not found", await ada.RefusedAsync(404, "RESOURCE_DOES_NOT_EXIST", "GET", $"registered-models/get?name={name}-2"));
        Assert.Empty(await ada.FindVersionsAsync($"name = '{name}-2'"));
    }

    [Fact]
    public async Task A_name_may_have_any_letters_and_spaces()
    {
        using var ada = new Wire(await hosts.OnAsync(Engine.Sqlite), "ada");
        // As Python's json writes it, and as urllib's quote_plus does.
        await ada.PostAsync("registered-models/create", """{"name": "\u30e2\u30c7\u30eb \u00e9 f449"}""");
        Assert.Equal("モデル é f449", (string?)(await ada.GetAsync("registered-models/get?name=%E3%83%A2%E3%83%87%E3%83%AB+%C3%A9+f449"))["registered_model"]!["name"]);
    }

    [Fact]
    public async Task Refuses_as_the_server_of_MLflow_does()
    {
        using var ada = new Wire(await hosts.OnAsync(Engine.Sqlite), "ada");
        var (name, other) = (await ada.NewModelAsync(), await ada.NewModelAsync());
        const string Missing = "Missing value for required parameter 'name'. See the API docs for more information about request parameters.";
        Assert.Equal(Missing, await ada.RefusedAsync(400, "INVALID_PARAMETER_VALUE", "GET", "registered-models/get"));
        Assert.Equal(Missing, await ada.RefusedAsync(400, "INVALID_PARAMETER_VALUE", "POST", "registered-models/create", """{"name": ""}"""));
        Assert.Equal($"Registered Model (name={name}) already exists.", await ada.RefusedAsync(400, "RESOURCE_ALREADY_EXISTS", "POST", "registered-models/create", $$"""{"name": "{{name}}"}"""));
        Assert.Equal($"Registered Model (name={other}) already exists.", await ada.RefusedAsync(400, "RESOURCE_ALREADY_EXISTS", "POST", "registered-models/rename", $$"""{"name": "{{name}}", "new_name": "{{other}}"}"""));
        foreach (var bad in new[] { "a/b", "a:b" })
        {
            Assert.Equal($"Invalid model name '{bad}'. Names cannot contain '/' or ':'.", await ada.RefusedAsync(400, "INVALID_PARAMETER_VALUE", "POST", "registered-models/create", $$"""{"name": "{{bad}}"}"""));
            await ada.RefusedAsync(400, "INVALID_PARAMETER_VALUE", "POST", "registered-models/rename", $$"""{"name": "{{name}}", "new_name": "{{bad}}"}""");
        }
        await ada.RefusedAsync(400, "INVALID_PARAMETER_VALUE", "POST", "registered-models/rename", $$"""{"name": "{{name}}", "new_name": "  "}""");
        await ada.RefusedAsync(400, "INVALID_PARAMETER_VALUE", "POST", "registered-models/rename", $$"""{"name": "{{name}}"}""");
        await ada.RefusedAsync(400, "INVALID_PARAMETER_VALUE", "POST", "registered-models/create", """{"name": 5}""");
        await ada.RefusedAsync(400, "INVALID_PARAMETER_VALUE", "POST", "registered-models/create", $$"""{"name": "{{new string('x', 501)}}"}""");
        foreach (var (method, call, more) in new[]
        {
            ("PATCH", "registered-models/update", ""), ("POST", "registered-models/rename", """, "new_name": "x" """), ("DELETE", "registered-models/delete", ""), ("POST", "registered-models/set-tag", """, "key": "k", "value": "v" """),
            ("DELETE", "registered-models/delete-tag", """, "key": "k" """), ("POST", "registered-models/get-latest-versions", ""), ("POST", "model-versions/create", """, "source": "s3://b/m" """),
        })
            Assert.Equal("Registered Model with name=nope not found", await ada.RefusedAsync(404, "RESOURCE_DOES_NOT_EXIST", method, call, $$"""{"name": "nope"{{more}}}"""));
    }

    [Fact]
    public async Task Tags_have_limits()
    {
        using var ada = new Wire(await hosts.OnAsync(Engine.Sqlite), "ada");
        var name = await ada.NewModelAsync();
        await ada.NewVersionAsync(name);
        foreach (var (call, which) in new[] { ("registered-models/set-tag", ""), ("model-versions/set-tag", """, "version": "1" """) })
        {
            Task<string> RefusedAsync(string key, string value) => ada.RefusedAsync(400, "INVALID_PARAMETER_VALUE", "POST", call, $$"""{"name": "{{name}}"{{which}}, "key": "{{key}}", "value": "{{value}}"}""");
            Assert.Equal("'value' exceeds the maximum length of 100000 characters", await RefusedAsync("a", new string('x', 100_001)));
            Assert.Equal("'key' exceeds the maximum length of 250 characters", await RefusedAsync(new string('k', 251), "v"));
            Assert.Contains("Names may only contain alphanumerics", await RefusedAsync("a!", "v"));
            Assert.Contains("must not resolve to other names", await RefusedAsync("../a", "v"));
            Assert.Contains("Missing value for required parameter 'key'", await RefusedAsync("", "v"));
            await ada.PostAsync(call, $$"""{"name": "{{name}}"{{which}}, "key": "a", "value": "{{new string('x', 100_000)}}"}""");
            await ada.PostAsync(call, $$"""{"name": "{{name}}"{{which}}, "key": "empty"}""");
        }
        Assert.Contains("Prompt text exceeds max length of 100000", await ada.RefusedAsync(400, "INVALID_PARAMETER_VALUE", "POST", "model-versions/set-tag", $$"""{"name": "{{name}}", "version": "1", "key": "mlflow.prompt.text", "value": "{{new string('x', 100_001)}}"}"""));
    }

    [Theory, MemberData(nameof(Engines.All), MemberType = typeof(Engines))]
    public async Task The_newest_version_of_each_stage_is_the_latest(Engine engine)
    {
        using var ada = new Wire(await hosts.OnAsync(engine), "ada");
        var name = await ada.NewModelAsync();
        for (var i = 0; i < 4; i++) await ada.NewVersionAsync(name);
        Task<JsonNode> MoveAsync(int version, string stage, string archive) => ada.PostAsync("model-versions/transition-stage", $$"""{"name": "{{name}}", "version": "{{version}}", "stage": "{{stage}}", "archive_existing_versions": {{archive}}}""");
        Assert.Equal("Staging", (string?)(await MoveAsync(1, "Staging", "false"))["model_version"]!["current_stage"]);
        Assert.Equal("Production", (string?)(await MoveAsync(2, "production", "false"))["model_version"]!["current_stage"]);
        await MoveAsync(3, "Production", "true");
        Assert.Equal("Archived", (string?)(await ada.GetAsync($"model-versions/get?name={name}&version=2"))["model_version"]!["current_stage"]);

        async Task<string> LatestAsync(Task<JsonNode> call) => string.Join(" ", (await call)["model_versions"]!.AsArray().Select(v => $"{v!["current_stage"]}:{v["version"]}").Order());
        Assert.Equal("Archived:2 None:4 Production:3 Staging:1", await LatestAsync(ada.PostAsync("registered-models/get-latest-versions", $$"""{"name": "{{name}}"}""")));
        Assert.Equal("Staging:1", await LatestAsync(ada.PostAsync("registered-models/get-latest-versions", $$"""{"name": "{{name}}", "stages": ["Staging"]}""")));
        Assert.Equal("Production:3 Staging:1", await LatestAsync(ada.GetAsync($"registered-models/get-latest-versions?name={name}&stages=Production&stages=Staging")));
        Assert.Equal(4, (await ada.GetAsync($"registered-models/get?name={name}"))["registered_model"]!["latest_versions"]!.AsArray().Count);

        const string Unknown = "Invalid Model Version stage: Nope. Value must be one of None, Staging, Production, Archived.";
        Assert.Equal(Unknown, await ada.RefusedAsync(400, "INVALID_PARAMETER_VALUE", "POST", "registered-models/get-latest-versions", $$"""{"name": "{{name}}", "stages": ["Nope"]}"""));
        Assert.Equal(Unknown, await ada.RefusedAsync(400, "INVALID_PARAMETER_VALUE", "POST", "model-versions/transition-stage", $$"""{"name": "{{name}}", "version": "1", "stage": "Nope"}"""));
        Assert.Equal("Model version transition cannot archive existing model versions because 'Archived' is not an Active stage. Valid stages are ['Staging', 'Production']",
            await ada.RefusedAsync(400, "INVALID_PARAMETER_VALUE", "POST", "model-versions/transition-stage", $$"""{"name": "{{name}}", "version": "1", "stage": "Archived", "archive_existing_versions": true}"""));
    }
}
