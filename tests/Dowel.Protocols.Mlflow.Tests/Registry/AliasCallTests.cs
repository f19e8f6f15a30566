using System.Text.Json.Nodes;
using Dowel.Contracts;
using Dowel.Testing;

namespace Dowel.Protocols.Mlflow.Tests.Registry;

public sealed class AliasCallTests(RegistryHosts hosts) : IClassFixture<RegistryHosts>
{
    [Theory, MemberData(nameof(Engines.All), MemberType = typeof(Engines))]
    public async Task An_alias_is_set_moved_read_and_removed(Engine engine)
    {
        using var ada = new Wire(await hosts.OnAsync(engine), "ada");
        var name = await ada.NewModelAsync();
        for (var i = 0; i < 2; i++) await ada.NewVersionAsync(name);
        async Task SetAsync(string alias, string version) => Assert.Empty((await ada.PostAsync("registered-models/alias", $$"""{"name": "{{name}}", "alias": "{{alias}}", "version": {{version}}}""")).AsObject());
        await SetAsync("prod", "\"1\"");
        await SetAsync("prod", "\"2\"");
        await SetAsync("Old-1", "\"1\"");
        var version = (await ada.GetAsync($"registered-models/alias?name={name}&alias=prod"))["model_version"]!;
        Assert.Equal(("2", """["prod"]"""), ((string?)version["version"], version["aliases"]!.ToJsonString()));
        Assert.Equal("""[{"alias":"Old-1","version":"1"},{"alias":"prod","version":"2"}]""", Sorted((await ada.GetAsync($"registered-models/get?name={name}"))["registered_model"]!["aliases"]!));
        Assert.Equal("2", (string?)(await ada.GetAsync($"registered-models/alias?name={name}&alias=latest"))["model_version"]!["version"]);
        foreach (var alias in new[] { "Old-1", "never-there" })
            Assert.Empty((await ada.CallAsync("DELETE", "registered-models/alias", $$"""{"name": "{{name}}", "alias": "{{alias}}"}""")).AsObject());
        Assert.Equal("Registered model alias Old-1 not found.", await ada.RefusedAsync(400, "INVALID_PARAMETER_VALUE", "GET", $"registered-models/alias?name={name}&alias=Old-1"));
        // The number of a version is no alias.
        await ada.RefusedAsync(400, "INVALID_PARAMETER_VALUE", "GET", $"registered-models/alias?name={name}&alias=1");

        string Refusal(string alias) => $$"""{"name": "{{name}}", "alias": "{{alias}}", "version": "1"}""";
        Assert.Equal("'latest' alias name (case insensitive) is reserved.", await ada.RefusedAsync(400, "INVALID_PARAMETER_VALUE", "POST", "registered-models/alias", Refusal("Latest")));
        Assert.Equal("Version alias name 'v1' is reserved.", await ada.RefusedAsync(400, "INVALID_PARAMETER_VALUE", "POST", "registered-models/alias", Refusal("v1")));
        Assert.StartsWith("Invalid alias name: 'a b!'.", await ada.RefusedAsync(400, "INVALID_PARAMETER_VALUE", "POST", "registered-models/alias", Refusal("a b!")));
        await ada.RefusedAsync(400, "INVALID_PARAMETER_VALUE", "POST", "registered-models/alias", Refusal("7"));
        await ada.RefusedAsync(400, "INVALID_PARAMETER_VALUE", "POST", "registered-models/alias", Refusal(""));
        Assert.Equal("Registered Model with name=nope not found", await ada.RefusedAsync(404, "RESOURCE_DOES_NOT_EXIST", "GET", "registered-models/alias?name=nope&alias=a"));
        var empty = await ada.NewModelAsync();
        Assert.Equal($"Latest version not found for model {empty}.", await ada.RefusedAsync(404, "RESOURCE_DOES_NOT_EXIST", "GET", $"registered-models/alias?name={empty}&alias=latest"));
    }

    [Theory, MemberData(nameof(Engines.All), MemberType = typeof(Engines))]
    public async Task A_gate_shuts_the_alias_and_the_stage_of_its_name_and_says_why(Engine engine)
    {
        var host = await hosts.OnAsync(engine);
        using var ada = new Wire(host, "ada", "lab");
        using var native = host.Connect("ada");
        using var carl = new Wire(host, "carl", "lab");
        var name = await ada.NewModelAsync();
        await carl.NewVersionAsync(name);
        // A model that a client of MLflow makes is open, as its users expect.
        await carl.PostAsync("registered-models/alias", $$"""{"name": "{{name}}", "alias": "production", "version": "1"}""");
        await carl.NewVersionAsync(name);
        await native.Models.SetGateAsync(name, new ValidationGate { RequireSignature = false, RequireInputExample = false, Metrics = [new MetricBound("auc", 0.8)], Approvals = new ApprovalRule() });
        foreach (var (call, body) in new[]
        {
            ("registered-models/alias", $$"""{"name": "{{name}}", "alias": "Production", "version": "2"}"""),
            ("model-versions/transition-stage", $$"""{"name": "{{name}}", "version": "2", "stage": "Production", "archive_existing_versions": true}"""),
        })
        {
            var why = await carl.RefusedAsync(400, "INVALID_PARAMETER_VALUE", "POST", call, body);
            Assert.Contains("did not pass the gate before 'Production'", why);
            Assert.Contains("metric auc: found not logged by the version's run, expected at least 0.8", why);
            Assert.Contains("approvals: found none, expected 1 by owners of the project", why);
        }
        await native.Models.SetGateAsync(name, new ValidationGate { RequireSignature = false, RequireInputExample = false, Approvals = new ApprovalRule() });
        await native.Models.ApproveAsync(name, "2", new SetApproval("production", true));
        await carl.PostAsync("registered-models/alias", $$"""{"name": "{{name}}", "alias": "production", "version": "2"}""");
        await carl.PostAsync("model-versions/transition-stage", $$"""{"name": "{{name}}", "version": "2", "stage": "Production", "archive_existing_versions": true}""");
        await carl.PostAsync("model-versions/transition-stage", $$"""{"name": "{{name}}", "version": "1", "stage": "Staging"}""");
        Assert.Equal(["stage 1", "stage 2", "alias 2", "approval 2", "gate ", "gate ", "version 2", "alias 1", "version 1"],
            (await native.Models.HistoryAsync(name)).Items.Select(c => $"{c.Kind.ToString().ToLowerInvariant()} {c.Version}"));
    }

    private static string Sorted(JsonNode aliases) => new JsonArray([.. aliases.AsArray().OrderBy(a => (string)a!["alias"]!, StringComparer.Ordinal).Select(a => a!.DeepClone())]).ToJsonString();
}
