using System.Net.Http.Json;
using Dowel.Contracts;
using Dowel.Testing;

namespace Dowel.Protocols.Inference.Tests.Remote;

/// <summary>A host whose users may have requests sent to servers of this machine.</summary>
internal static class RemoteHost
{
    public static Task<EchoHost> StartAsync()
        => EchoHost.StartAsync(new Dictionary<string, string?> { ["Serving:Remote:Allowed:0"] = "127.0.0.1" }, services => services.AddInferenceClients());

    /// <summary>Makes an endpoint of Alice's that is answered elsewhere, and waits until it is ready.</summary>
    public static async Task DeployAsync(this EchoHost host, string name, RemoteSpec remote, DeploymentSettings? settings = null)
    {
        await RoomHost.ReadAsync<Endpoint>(await host.Alice.PostAsJsonAsync("/api/v1/endpoints", new CreateEndpoint { Name = name, Deployment = new DeploymentSpec { Remote = remote, Settings = settings } }, DowelJson.Options));
        for (var i = 0; i < 1500; i++)
        {
            if ((await RoomHost.ReadAsync<Endpoint>(await host.Alice.GetAsync($"/api/v1/endpoints/{name}"))).State == DeploymentState.Ready) return;
            await Task.Delay(20);
        }
        throw new TimeoutException($"'{name}' was not ready in time");
    }
}
