using System.Text.Json;
using Dowel.Contracts;

namespace Dowel.Client;

/// <summary>The server itself: rooms, health, metrics and API description.</summary>
public sealed class ServerClient
{
    private readonly DowelHttp http;

    internal ServerClient(DowelHttp http) => this.http = http;

    /// <summary>The rooms of this server and how to switch on those that are off.</summary>
    public Task<IReadOnlyList<RoomInfo>> RoomsAsync(CancellationToken cancellationToken = default) =>
        http.GetAsync<IReadOnlyList<RoomInfo>>(ApiPath.Api("rooms"), cancellationToken);

    /// <summary>Whether the process answers.</summary>
    public Task<bool> IsLiveAsync(CancellationToken cancellationToken = default) => http.ProbeAsync(ApiPath.Root("health/live"), cancellationToken);

    /// <summary>Whether the server is ready for requests; false too where it cannot be reached.</summary>
    public Task<bool> IsReadyAsync(CancellationToken cancellationToken = default) => http.ProbeAsync(ApiPath.Root("health/ready"), cancellationToken);

    /// <summary>The metrics in Prometheus' text format.</summary>
    public Task<string> MetricsAsync(CancellationToken cancellationToken = default) => http.TextAsync(ApiPath.Root("metrics"), cancellationToken);

    /// <summary>The OpenAPI document.</summary>
    public Task<JsonElement> OpenApiAsync(CancellationToken cancellationToken = default) => http.GetAsync<JsonElement>(ApiPath.Root("openapi/v1.json"), cancellationToken);

    /// <summary>Name, version and extensions of the inference server, by <c>GET /v2</c>.</summary>
    public Task<JsonElement> InferenceAsync(CancellationToken cancellationToken = default) => http.GetAsync<JsonElement>(ApiPath.Root("v2"), cancellationToken);

    /// <summary>Whether the inference server is alive, by <c>GET /v2/health/live</c>.</summary>
    public Task<bool> IsInferenceLiveAsync(CancellationToken cancellationToken = default) => http.ProbeAsync(ApiPath.Root("v2/health/live"), cancellationToken);

    /// <summary>Whether the inference server is ready, by <c>GET /v2/health/ready</c>.</summary>
    public Task<bool> IsInferenceReadyAsync(CancellationToken cancellationToken = default) => http.ProbeAsync(ApiPath.Root("v2/health/ready"), cancellationToken);
}
