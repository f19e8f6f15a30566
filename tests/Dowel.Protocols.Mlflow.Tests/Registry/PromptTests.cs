using Dowel.Testing;

namespace Dowel.Protocols.Mlflow.Tests.Registry;

/// <summary>The calls that MLflow's client of prompts makes (mlflow/tracking/client.py, register_prompt and load_prompt).</summary>
public sealed class PromptTests(RegistryHosts hosts) : IClassFixture<RegistryHosts>
{
    [Theory, MemberData(nameof(Engines.All), MemberType = typeof(Engines))]
    public async Task A_prompt_is_a_model_that_only_those_find_who_look_for_prompts(Engine engine)
    {
        using var ada = new Wire(await hosts.OnAsync(engine), "ada");
        var name = Wire.Name("prompt");
        Assert.Equal($"Registered Model with name={name} not found", await ada.RefusedAsync(404, "RESOURCE_DOES_NOT_EXIST", "GET", $"registered-models/get?name={name}"));
        await ada.PostAsync("registered-models/create", $$"""{"name": "{{name}}", "tags": [{"key": "mlflow.prompt.is_prompt", "value": "true"}, {"key": "a", "value": "1"}], "description": "first"}""");
        for (var i = 1; i <= 2; i++)
        {
            var version = await ada.NewVersionAsync(name, "dummy-source",
                $$$""", "tags": [{"key": "mlflow.prompt.is_prompt", "value": "true"}, {"key": "_mlflow_prompt_type", "value": "text"}, {"key": "mlflow.prompt.text", "value": "Hi {{name}} {{{i}}}"}], "description": "commit {{{i}}}" """);
            Assert.Equal(("dummy-source", "", $"{i}"), ((string?)version["source"], (string?)version["run_id"], (string?)version["version"]));
        }
        await ada.PostAsync("registered-models/alias", $$"""{"name": "{{name}}", "alias": "production", "version": "1"}""");
        var loaded = (await ada.GetAsync($"registered-models/alias?name={name}&alias=production"))["model_version"]!;
        Assert.Equal("Hi {{name}} 1", loaded["tags"]!.AsArray().Where(t => (string?)t!["key"] == "mlflow.prompt.text").Select(t => (string?)t!["value"]).Single());
        Assert.Equal("2", (string?)(await ada.GetAsync($"registered-models/alias?name={name}&alias=latest"))["model_version"]!["version"]);
        // Runs that used it are kept in a tag of the version.
        await ada.PostAsync("model-versions/set-tag", $$"""{"name": "{{name}}", "version": "1", "key": "mlflow.prompt.run_ids", "value": "{{new string('a', 32)}}"}""");

        Assert.Equal([name], await ada.FindModelsAsync($"tags.`mlflow.prompt.is_prompt` = 'true' AND name LIKE '{name}%'"));
        Assert.Equal([name], await ada.FindModelsAsync($"name = '{name}' AND tags.`mlflow.prompt.is_prompt` != 'false'"));
        Assert.Empty(await ada.FindModelsAsync($"name = '{name}' AND tag.`mlflow.prompt.is_prompt` != 'true'"));
        Assert.Empty(await ada.FindModelsAsync($"name = '{name}'"));
        Assert.Empty(await ada.FindVersionsAsync($"name = '{name}'"));
        Assert.Equal(["2", "1"], await ada.FindVersionsAsync($"name = '{name}' AND tags.`mlflow.prompt.is_prompt` = 'true'", "&order_by=version_number+DESC"));
    }

    [Fact]
    public async Task A_prompt_and_a_model_cannot_have_one_name()
    {
        using var ada = new Wire(await hosts.OnAsync(Engine.Sqlite), "ada");
        var (model, prompt) = (await ada.NewModelAsync(), Wire.Name("prompt"));
        string Prompt(string name) => $$"""{"name": "{{name}}", "tags": [{"key": "mlflow.prompt.is_prompt", "value": "true"}]}""";
        await ada.PostAsync("registered-models/create", Prompt(prompt));
        Assert.Equal($"Prompt (name={prompt}) already exists.", await ada.RefusedAsync(400, "RESOURCE_ALREADY_EXISTS", "POST", "registered-models/create", Prompt(prompt)));
        const string Rule = " MLflow does not allow creating a model and a prompt with the same name.";
        Assert.Equal($"Tried to create a prompt with name '{model}', but the name is already taken by a registered model.{Rule}", await ada.RefusedAsync(400, "RESOURCE_ALREADY_EXISTS", "POST", "registered-models/create", Prompt(model)));
        Assert.Equal($"Tried to create a registered model with name '{prompt}', but the name is already taken by a prompt.{Rule}", await ada.RefusedAsync(400, "RESOURCE_ALREADY_EXISTS", "POST", "registered-models/create", $$"""{"name": "{{prompt}}"}"""));
    }
}
