using System.Net.Http.Json;
using Dowel.Contracts;
using Dowel.Kernel.Access;
using Dowel.Kernel.Ports;
using Dowel.Kernel.Relational;
using Dowel.Kernel.Resources;
using Dowel.Kernel.Tensors;
using Dowel.Testing;
using Microsoft.Extensions.DependencyInjection;

namespace Dowel.Observability.Tests;

/// <summary>What the tests of the room have in common.</summary>
internal static class Samples
{
    public static Task<RoomHost> StartAsync(Engine engine = Engine.Sqlite) => RoomHost.StartAsync(engine, new ObservabilityRoom());

    /// <summary>An endpoint without the Serving room: a resource of the kernel.</summary>
    public static async Task<Resource> EndpointAsync(this RoomHost host, string user, string name, string? project = null)
    {
        var me = await RoomHost.ReadAsync<Me>(await host.HttpFor(user).GetAsync("/api/v1/me"));
        var actor = new Actor { UserId = me.User.Id, UserName = me.User.Name };
        var resources = host.Services.GetRequiredService<IResourceService>();
        var made = await host.Services.GetRequiredService<IDb>().WriteAsync(s => resources.CreateAsync(s, actor, ResourceKind.Endpoint, new ResourceSpec { Name = name, Project = project }));
        return made.Value;
    }

    public static IPredictionSink Sink(this RoomHost host) => host.Services.GetRequiredService<IPredictionSink>();

    public static PredictionRecord Record(Resource endpoint, int n, long? at = null) => new()
    {
        Id = Guid.CreateVersion7(),
        AtMicros = at ?? TimeProvider.System.GetUtcNow().ToMicros(),
        EndpointId = endpoint.Id,
        Endpoint = endpoint.Name,
        CallerId = "user_1",
        Caller = n % 3 == 0 ? "alice" : "bob",
        Model = "titanic/1",
        Deployment = "v1",
        Protocol = "oip-rest",
        Status = n % 10 == 9 ? 422 : 200,
        Error = n % 10 == 9 ? "No features are stored." : null,
        Rows = 1,
        LatencyMicros = 1000 + n,
        FeaturesMicros = 10,
        ModelMicros = 20,
        Inputs = [Tensor.Of("passenger_id", [(long)n])],
        Features = [Tensor.Of("age", [n % 7 == 0 ? float.NaN : n % 80]), Tensor.Of("sex", [n % 2 == 0 ? "male" : "female"]), Tensor.Of("alone", [n % 5 == 0])],
        Outputs = n % 10 == 9 ? null : [Tensor.Of("label", [(long)(n % 2)]), Tensor.Of("probability", [n % 2 == 0 ? 0.25f : 0.75f])],
    };

    public static async Task<LogPredictionsResult> LogAsync(this HttpClient http, string endpoint, params LoggedPrediction[] items)
        => await RoomHost.ReadAsync<LogPredictionsResult>(await http.PostAsJsonAsync($"/api/v1/endpoints/{Uri.EscapeDataString(endpoint)}/predictions", new LogPredictions(items), DowelJson.Options));

    public static async Task<T> GetAsync<T>(this HttpClient http, string path) => await RoomHost.ReadAsync<T>(await http.GetAsync(path));

    public static Dictionary<string, object?[]> Fields(params (string Name, object?[] Values)[] columns) => columns.ToDictionary(c => c.Name, c => c.Values);
}
