using Dowel.Contracts;
using Dowel.Testing;

namespace Dowel.Protocols.Mlflow.Tests.Registry;

public sealed class AccessTests(RegistryHosts hosts) : IClassFixture<RegistryHosts>
{
    private static readonly (string Method, string Path, string Body)[] Reads =
    [
        ("GET", "registered-models/get?name=NAME", ""), ("POST", "registered-models/get-latest-versions", """{"name": "NAME"}"""), ("GET", "registered-models/get-latest-versions?name=NAME", ""),
        ("GET", "registered-models/alias?name=NAME&alias=champion", ""), ("GET", "model-versions/get?name=NAME&version=1", ""), ("GET", "model-versions/get-download-uri?name=NAME&version=1", ""),
    ];

    private static readonly (string Method, string Path, string Body)[] Edits =
    [
        ("PATCH", "registered-models/update", """{"name": "NAME", "description": "x"}"""), ("POST", "registered-models/set-tag", """{"name": "NAME", "key": "k", "value": "v"}"""),
        ("DELETE", "registered-models/delete-tag", """{"name": "NAME", "key": "k"}"""), ("POST", "registered-models/alias", """{"name": "NAME", "alias": "champion", "version": "1"}"""),
        ("DELETE", "registered-models/alias", """{"name": "NAME", "alias": "none"}"""), ("POST", "model-versions/create", """{"name": "NAME", "source": "s3://b/m"}"""),
        ("PATCH", "model-versions/update", """{"name": "NAME", "version": "1", "description": "x"}"""), ("POST", "model-versions/transition-stage", """{"name": "NAME", "version": "1", "stage": "Staging"}"""),
        ("POST", "model-versions/set-tag", """{"name": "NAME", "version": "1", "key": "k", "value": "v"}"""), ("DELETE", "model-versions/delete-tag", """{"name": "NAME", "version": "1", "key": "k"}"""),
        ("POST", "registered-models/rename", """{"name": "NAME", "new_name": "NAME"}"""),
    ];

    private static readonly (string Method, string Path, string Body)[] Deletes =
    [
        ("DELETE", "model-versions/delete", """{"name": "NAME", "version": "1"}"""), ("DELETE", "registered-models/delete", """{"name": "NAME"}"""),
    ];

    [Theory, MemberData(nameof(Engines.All), MemberType = typeof(Engines))]
    public async Task Nobody_sees_or_touches_what_is_not_theirs(Engine engine)
    {
        var host = await hosts.OnAsync(engine);
        using var ada = new Wire(host, "ada", "lab");
        var name = await ada.NewModelAsync();
        await ada.NewVersionAsync(name);
        await ada.PostAsync("registered-models/alias", $$"""{"name": "{{name}}", "alias": "champion", "version": "1"}""");

        using var bob = new Wire(host, "bob");
        foreach (var (method, path, body) in Reads.Concat(Edits).Concat(Deletes))
            Assert.Contains("not found", await bob.RefusedAsync(404, "RESOURCE_DOES_NOT_EXIST", method, path.Replace("NAME", name), body.Length > 0 ? body.Replace("NAME", name) : null));
        Assert.Empty(await bob.FindModelsAsync($"name = '{name}'"));
        Assert.Empty(await bob.FindVersionsAsync($"name = '{name}'"));
        // Naming the project opens nothing; nor does its name before the model's.
        using var inside = new Wire(host, "bob", "lab");
        foreach (var (method, path, body) in Reads.Concat(Edits).Concat(Deletes))
            await inside.RefusedAsync(403, "PERMISSION_DENIED", method, path.Replace("NAME", name), body.Length > 0 ? body.Replace("NAME", name) : null);
        await bob.RefusedAsync(404, "RESOURCE_DOES_NOT_EXIST", "GET", $"registered-models/get?name=lab/{name}");
        Assert.Contains("Unable to fetch", await bob.RefusedAsync(404, "RESOURCE_DOES_NOT_EXIST", "POST", "model-versions/create", $$"""{"name": "{{await bob.NewModelAsync()}}", "source": "models:/{{name}}/1"}"""));
        var id = (await host.Connect("ada").Models.GetAsync(name)).Id;
        Assert.Contains("Unable to fetch", await bob.RefusedAsync(404, "RESOURCE_DOES_NOT_EXIST", "POST", "model-versions/create", $$"""{"name": "{{await bob.NewModelAsync()}}", "source": "mlflow-artifacts:/registry/{{id}}/1"}"""));
        // The name is free to everybody else.
        await bob.NewModelAsync(name);
        Assert.Equal([name], await bob.FindModelsAsync($"name = '{name}'"));

        using var vera = new Wire(host, "vera");
        foreach (var (method, path, body) in Reads) await (body.Length > 0 ? vera.CallAsync(method, path, body.Replace("NAME", name)) : vera.GetAsync(path.Replace("NAME", name)));
        Assert.Equal([name], await vera.FindModelsAsync($"name = '{name}'"));
        foreach (var (method, path, body) in Edits.Concat(Deletes)) await vera.RefusedAsync(403, "PERMISSION_DENIED", method, path, body.Replace("NAME", name));

        using var carl = new Wire(host, "carl");
        foreach (var (method, path, body) in Edits) await carl.CallAsync(method, path, body.Replace("NAME", name));
        foreach (var (method, path, body) in Deletes) await carl.RefusedAsync(403, "PERMISSION_DENIED", method, path, body.Replace("NAME", name));
        foreach (var (method, path, body) in Deletes) await ada.CallAsync(method, path, body.Replace("NAME", name));
    }

    [Fact]
    public async Task A_shared_model_is_found_by_its_name_and_a_public_one_by_its_project()
    {
        var host = await hosts.OnAsync(Engine.Sqlite);
        using var ada = new Wire(host, "ada", "lab");
        using var native = host.Connect("ada");
        using var bob = new Wire(host, "bob");
        var (shared, open) = (await ada.NewModelAsync(), await ada.NewModelAsync());
        await native.Resources.ShareAsync((await native.Models.GetAsync(shared)).Id, new Sharing { Visibility = Visibility.Shared, People = [new Share("bob", Permission.Edit)] });
        await native.Resources.ShareAsync((await native.Models.GetAsync(open)).Id, new Sharing { Visibility = Visibility.Public });
        await bob.NewVersionAsync(shared);
        Assert.Equal(["1"], await bob.FindVersionsAsync($"name = '{shared}'"));
        await bob.RefusedAsync(404, "RESOURCE_DOES_NOT_EXIST", "GET", $"registered-models/get?name={open}");
        Assert.Equal(open, (string?)(await bob.GetAsync($"registered-models/get?name=lab/{open}"))["registered_model"]!["name"]);
        Assert.Empty(await bob.FindModelsAsync($"name = '{open}'"));
        await bob.RefusedAsync(403, "PERMISSION_DENIED", "DELETE", "registered-models/delete", $$"""{"name": "{{shared}}"}""");
    }

    [Fact]
    public async Task Without_credentials_nothing_is_answered()
    {
        var host = await hosts.OnAsync(Engine.Sqlite);
        using var nobody = host.HttpFor(null);
        foreach (var (method, path, body) in Reads.Concat(Edits).Concat(Deletes))
        {
            using var request = new HttpRequestMessage(new HttpMethod(method), $"/api/2.0/mlflow/{path}") { Content = body.Length > 0 ? new StringContent(body, null, "application/json") : null };
            using var response = await nobody.SendAsync(request);
            Assert.Equal(401, (int)response.StatusCode);
        }
    }
}
