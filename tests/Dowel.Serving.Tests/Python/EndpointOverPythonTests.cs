using System.Net;
using System.Net.Http.Json;
using Dowel.Contracts;
using Dowel.Protocols.Inference;
using Dowel.Testing;

namespace Dowel.Serving.Tests.Python;

public sealed class EndpointOverPythonTests
{
    [Fact]
    public async Task A_class_answers_at_an_endpoint_that_an_administrator_made()
    {
        await DebianPython.RequireAsync("numpy");
        await using var host = await RoomHost.StartAsync(Engine.Sqlite, [new ServingRoom()], new Dictionary<string, string?> { ["Serving:Python:Interpreter"] = DebianPython.Path }, null, app => app.MapInferenceProtocols());
        var folder = Directory.CreateDirectory(Path.Combine(host.DataDir, "models", "tripling", "1")).FullName;
        await File.WriteAllTextAsync(Path.Combine(folder, "dowel-version.json"), """{"flavor": "python"}""");
        await File.WriteAllTextAsync(Path.Combine(folder, "model.py"), """
            class Tripling:
                inputs = {"x": "FP32"}
                outputs = {"y": "FP32"}
                def predict(self, x):
                    if x[0] < 0: raise ValueError("too small")
                    return x * 3
            """);
        var create = new CreateEndpoint { Name = "tripling", Deployment = new DeploymentSpec { Model = "tripling", Version = 1, Replicas = 2 } };

        var alice = await host.CreateUserAsync("alice");
        var refused = await RoomHost.ProblemAsync(await alice.PostAsJsonAsync("/api/v1/endpoints", create, DowelJson.Options), ErrorCodes.Forbidden);
        Assert.Contains("Serving__Python__Allow", refused.Detail);

        await RoomHost.ReadAsync<Endpoint>(await host.AdminClient.PostAsJsonAsync("/api/v1/endpoints", create, DowelJson.Options));
        var endpoint = await ReadyAsync(host.AdminClient);
        Assert.True(endpoint.State == DeploymentState.Ready, endpoint.Deployments[0].Message);
        var (status, body) = await ServingHost.InferAsync(host.AdminClient, "tripling", ServingHost.X(2, 3));
        Assert.Equal(200, status);
        Assert.Equal([6f, 9f], ServingHost.Y(body));
        Assert.Equal("y", body.GetProperty("outputs")[0].GetProperty("name").GetString());

        (status, body) = await ServingHost.InferAsync(host.AdminClient, "tripling", ServingHost.X(-1));
        Assert.Equal((int)HttpStatusCode.InternalServerError, status);
        Assert.Contains("ValueError: too small", body.GetProperty("error").GetString());
    }

    private static async Task<Endpoint> ReadyAsync(HttpClient http)
    {
        for (var i = 0; ; i++)
        {
            var endpoint = await RoomHost.ReadAsync<Endpoint>(await http.GetAsync("/api/v1/endpoints/tripling"));
            if (endpoint.State != DeploymentState.Loading || i == 1000) return endpoint;
            await Task.Delay(20);
        }
    }
}
