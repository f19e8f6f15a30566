using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using Dowel.Contracts;
using Dowel.Kernel.Ports;
using Dowel.Protocols.Inference;
using Dowel.Testing;
using Microsoft.Extensions.DependencyInjection;

namespace Dowel.Serving.Tests;

/// <summary>The serving room with its protocols on a bare host, over a model source, a runtime and a feature store made for tests.</summary>
internal sealed class ServingHost : IAsyncDisposable
{
    public required RoomHost Host { get; init; }
    public DoublingRuntime Runtime { get; }
    public KeptPredictions Log { get; }
    public required HttpClient Alice { get; init; }

    public static async Task<ServingHost> StartAsync(Engine engine = Engine.Sqlite, IReadOnlyDictionary<string, string?>? settings = null, Action<IServiceCollection>? configure = null)
    {
        var runtime = new DoublingRuntime();
        var log = new KeptPredictions();
        var host = await RoomHost.StartAsync(engine, [new ServingRoom()], settings, services =>
        {
            services.AddSingleton<IModelSource, AnyModel>().AddSingleton<IFeatureReader, TenTimes>().AddSingleton<IModelRuntime>(runtime).AddSingleton<IPredictionSink>(log);
            configure?.Invoke(services);
        }, app => app.MapInferenceProtocols());
        var alice = await host.CreateUserAsync("alice");
        return new ServingHost(runtime, log) { Host = host, Alice = alice };
    }

    private ServingHost(DoublingRuntime runtime, KeptPredictions log) => (Runtime, Log) = (runtime, log);

    public Task<Endpoint> CreateAsync(string name, DeploymentSettings settings, EndpointLimits? limits = null, IngressPolicy? ingress = null)
        => CreateAsync(new CreateEndpoint { Name = name, Deployment = new DeploymentSpec { Model = "double", Version = 1, Settings = settings }, Limits = limits, Ingress = ingress });

    public async Task<Endpoint> CreateAsync(CreateEndpoint endpoint)
    {
        await RoomHost.ReadAsync<Endpoint>(await Alice.PostAsJsonAsync("/api/v1/endpoints", endpoint, DowelJson.Options));
        return await WaitAsync(endpoint.Name, e => e.State != DeploymentState.Loading);
    }

    public async Task<Endpoint> CreateAsync(string name, FeatureJoin? features = null, int version = 1, int replicas = 1)
    {
        var response = await Alice.PostAsJsonAsync("/api/v1/endpoints", new CreateEndpoint
        {
            Name = name,
            Deployment = new DeploymentSpec { Model = "double", Version = version, Replicas = replicas },
            Features = features,
        }, DowelJson.Options);
        await RoomHost.ReadAsync<Endpoint>(response);
        return await WaitAsync(name, e => e.State != DeploymentState.Loading);
    }

    public async Task<Endpoint> WaitAsync(string name, Func<Endpoint, bool> until)
    {
        for (var i = 0; i < 500; i++)
        {
            var endpoint = await RoomHost.ReadAsync<Endpoint>(await Alice.GetAsync($"/api/v1/endpoints/{name}"));
            if (until(endpoint)) return endpoint;
            await Task.Delay(20);
        }
        throw new TimeoutException($"'{name}' did not come to the state that was waited for");
    }

    public static async Task<(int Status, JsonElement Body)> InferAsync(HttpClient http, string endpoint, string json)
    {
        using var response = await http.PostAsync($"/v2/models/{endpoint}/infer", new StringContent(json, Encoding.UTF8, "application/json"));
        var text = await response.Content.ReadAsStringAsync();
        return ((int)response.StatusCode, JsonDocument.Parse(text).RootElement.Clone());
    }

    public static string X(params float[] values) => $$"""{"inputs":[{"name":"x","shape":[{{values.Length}}],"datatype":"FP32","data":[{{string.Join(',', values)}}]}]}""";

    public static string Key(params long[] keys) => $$"""{"inputs":[{"name":"key","shape":[{{keys.Length}}],"datatype":"INT64","data":[{{string.Join(',', keys)}}]}]}""";

    public async Task MakePublicAsync(string endpoint)
    {
        var info = await RoomHost.ReadAsync<Endpoint>(await Alice.GetAsync($"/api/v1/endpoints/{endpoint}"));
        await RoomHost.ReadAsync<Sharing>(await Alice.PutAsJsonAsync($"/api/v1/resources/{info.Id}/sharing", new Sharing { Visibility = Visibility.Public }, DowelJson.Options));
    }

    public static float[] Y(JsonElement answer) => [.. answer.GetProperty("outputs")[0].GetProperty("data").EnumerateArray().Select(v => v.GetSingle())];

    public ValueTask DisposeAsync() => Host.DisposeAsync();
}
