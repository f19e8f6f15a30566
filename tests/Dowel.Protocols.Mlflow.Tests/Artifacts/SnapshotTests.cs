using Dowel.Contracts;
using Dowel.Protocols.Mlflow.Tests.Tracking;
using Dowel.Registry;
using Dowel.Testing;

namespace Dowel.Protocols.Mlflow.Tests.Artifacts;

public sealed class SnapshotTests(ArtifactHosts hosts) : IClassFixture<ArtifactHosts>
{
    [Theory, MemberData(nameof(Engines.All), MemberType = typeof(Engines))]
    public async Task The_files_of_a_registered_version_are_read_through_the_proxy_and_never_written(Engine engine)
    {
        var host = await hosts.OnAsync(engine);
        var (run, root) = await host.NewRootAsync();
        foreach (var path in new[] { "model/MLmodel", "model/data/w.bin", "other" }) (await host.PutFileAsync($"{root}/{path}", path)).Ok();
        var name = $"m-{Guid.NewGuid():n}";
        (await host.PostAsync("registered-models/create", $$"""{"name": "{{name}}"}""")).Ok();
        (await host.PostAsync("model-versions/create", $$"""{"name": "{{name}}", "source": "mlflow-artifacts:/{{root}}/model", "run_id": "{{run}}"}""")).Ok();
        using var http = host.HttpFor("ada");
        var id = (await RoomHost.ReadAsync<RegisteredModel>(await http.GetAsync($"/api/v1/models/{name}"))).Id;
        var snapshot = $"registry/{id}/1";
        // What becomes of the run is nothing to the version.
        (await host.SendAsync("ada", "DELETE", $"{root}/", prefix: ArtifactWire.Proxy)).Ok();
        Assert.Equal(["MLmodel:13", "data/"], await host.ListAsync(snapshot));
        Assert.Equal(["w.bin:16"], await host.ListAsync($"{snapshot}/data"));
        Assert.Equal("model/data/w.bin", await host.ReadFileAsync($"{snapshot}/data/w.bin"));
        Assert.Equal("model/MLmodel", await host.ReadFileAsync($"/model-versions/get-artifact?name={name}&version=1&path=MLmodel"));
        Assert.Equal("model/MLmodel", await host.ReadFileAsync($"/ajax-api/2.0/mlflow/model-versions/get-artifact?name={name}&version=1&path=MLmodel"));
        (await host.SendAsync("ada", "GET", $"{snapshot}/nope", prefix: ArtifactWire.Proxy)).Refused(404, "RESOURCE_DOES_NOT_EXIST");
        (await host.SendAsync("ada", "GET", $"registry/{id}/7/MLmodel", prefix: ArtifactWire.Proxy)).Refused(404, "RESOURCE_DOES_NOT_EXIST");
        foreach (var climbing in new[] { "..%252fx", "data%5cw.bin", "data//w.bin" }) Assert.True((await host.SendAsync("ada", "GET", $"{snapshot}/{climbing}", prefix: ArtifactWire.Proxy)).Status is 400 or 404);
        (await host.PutFileAsync($"{snapshot}/MLmodel", "x")).Refused(400, "INVALID_PARAMETER_VALUE");
        (await host.SendAsync("ada", "DELETE", $"{snapshot}/MLmodel", prefix: ArtifactWire.Proxy)).Refused(400, "INVALID_PARAMETER_VALUE");
        // What one may not see is not there.
        (await host.SendAsync("bob", "GET", $"{snapshot}/MLmodel", prefix: ArtifactWire.Proxy)).Refused(404, "RESOURCE_DOES_NOT_EXIST");
        (await host.SendAsync("bob", "GET", $"artifacts?path={snapshot}", prefix: "/api/2.0/mlflow-artifacts/")).Refused(404, "RESOURCE_DOES_NOT_EXIST");
        (await host.SendAsync("bob", "GET", $"model-versions/get-artifact?name={name}&version=1&path=MLmodel", prefix: "/")).Refused(404, "RESOURCE_DOES_NOT_EXIST");
        (await host.SendAsync(null, "GET", $"{snapshot}/MLmodel", prefix: ArtifactWire.Proxy)).Refused(401, "UNAUTHENTICATED");
    }

    [Fact]
    public async Task The_registry_alone_has_its_files_in_the_proxy()
    {
        await using var host = await RoomHost.StartAsync(Engine.Sqlite, [new RegistryRoom()], null, null, app => app.MapMlflow(false, true));
        await host.CreateUserAsync("ada");
        (await host.SendAsync("ada", "GET", "artifacts?path=registry/mod_0/1", prefix: "/api/2.0/mlflow-artifacts/")).Refused(404, "RESOURCE_DOES_NOT_EXIST");
        (await host.SendAsync("ada", "GET", "artifacts?path=1/2/artifacts", prefix: "/api/2.0/mlflow-artifacts/")).Refused(400, "INVALID_PARAMETER_VALUE");
        (await host.SendAsync("ada", "GET", "registry/mod_0/1/a", prefix: ArtifactWire.Proxy)).Refused(404, "RESOURCE_DOES_NOT_EXIST");
        (await host.PutFileAsync("1/2/artifacts/a", "x")).Refused(404, "ENDPOINT_NOT_FOUND");
    }
}
