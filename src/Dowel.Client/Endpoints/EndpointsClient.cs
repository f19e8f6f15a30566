using System.Runtime.CompilerServices;
using System.Text.Json;
using Dowel.Contracts;

namespace Dowel.Client;

/// <summary>Endpoints, and predictions over the Open Inference Protocol.</summary>
public sealed class EndpointsClient
{
    private readonly DowelHttp http;

    internal EndpointsClient(DowelHttp http) => this.http = http;

    /// <summary>A page of the endpoints that the caller may see.</summary>
    public Task<Page<Endpoint>> ListAsync(ListQuery? query = null, CancellationToken cancellationToken = default) =>
        http.GetAsync<Page<Endpoint>>(ApiPath.Api("endpoints").With(query), cancellationToken);

    /// <summary>All endpoints that the caller may see.</summary>
    public IAsyncEnumerable<Endpoint> AllAsync(ListQuery? query = null, CancellationToken cancellationToken = default) =>
        Paging.AllAsync((cursor, ct) => ListAsync((query ?? new()) with { Cursor = cursor }, ct), cancellationToken);

    /// <summary>One endpoint.</summary>
    public Task<Endpoint> GetAsync(string endpoint, CancellationToken cancellationToken = default) =>
        http.GetAsync<Endpoint>(ApiPath.Api("endpoints").Then(endpoint), cancellationToken);

    /// <summary>Makes an endpoint with its first deployment.</summary>
    public Task<Endpoint> CreateAsync(CreateEndpoint endpoint, CancellationToken cancellationToken = default) =>
        http.SendAsync<Endpoint>(HttpMethod.Post, ApiPath.Api("endpoints"), endpoint, null, cancellationToken);

    /// <summary>Changes an endpoint: another deployment, its features, stopped or not, or what every thing has.</summary>
    public Task<Endpoint> UpdateAsync(string endpoint, PatchEndpoint change, long? ifRevision = null, CancellationToken cancellationToken = default) =>
        http.SendAsync<Endpoint>(HttpMethod.Patch, ApiPath.Api("endpoints").Then(endpoint), change, ifRevision, cancellationToken);

    /// <summary>Deletes an endpoint; its prediction log stays.</summary>
    public Task DeleteAsync(string endpoint, long? ifRevision = null, CancellationToken cancellationToken = default) =>
        http.SendAsync(HttpMethod.Delete, ApiPath.Api("endpoints").Then(endpoint), null, ifRevision, cancellationToken);

    /// <summary>Waits until an endpoint is ready and no deployment of it is being loaded; throws <see cref="DowelException"/> if it fails or is stopped.</summary>
    public async Task<Endpoint> WaitUntilReadyAsync(string endpoint, CancellationToken cancellationToken = default)
    {
        while (true)
        {
            var current = await GetAsync(endpoint, cancellationToken);
            // While a new version is being loaded the old one keeps the endpoint ready.
            var loading = current.State == DeploymentState.Loading || current.Deployments.Any(d => d.State == DeploymentState.Loading);
            if (current.State is DeploymentState.Ready or DeploymentState.Idle && !loading) return current;
            if (!loading)
            {
                var why = current.Deployments.FirstOrDefault(d => d.Message is not null)?.Message;
                throw current.State == DeploymentState.Stopped
                    ? DowelException.Of(ErrorCodes.NotReady, $"The endpoint '{current.Name}' is stopped.", "Start it first.")
                    : DowelException.Of(ErrorCodes.NotReady, $"The endpoint '{current.Name}' could not be started{(why is null ? "." : $": {why}")}", "Deploy a model version that loads.");
            }
            await Task.Delay(TimeSpan.FromMilliseconds(100), cancellationToken);
        }
    }

    /// <summary>Asks for predictions by <c>POST /v2/models/{endpoint}/infer</c>.</summary>
    /// <param name="endpoint">The endpoint's name.</param>
    /// <param name="inputs">Values of each input by name: <c>long[]</c>, <c>double[]</c>, <c>string[]</c>, <c>bool[]</c> and the like, or <c>object?[]</c> of them; one value a row.
    /// The array's element type says the tensor's data type; an array of several dimensions keeps its shape.</param>
    /// <param name="version">A model version; null for the one the endpoint's traffic chooses.</param>
    /// <param name="id">The request's id, which comes back; the prediction has one of its own.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <returns>The outputs by name.</returns>
    public async Task<InferenceAnswer> PredictAsync(
        string endpoint, IReadOnlyDictionary<string, Array> inputs, string? version = null, string? id = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(inputs);
        var request = new WireRequest(id, [.. inputs.Select(input => WireTensor.Of(input.Key, input.Value))]);
        var answer = await http.SendAsync<WireAnswer>(HttpMethod.Post, Model(endpoint, version).Literal("infer"), request, null, cancellationToken);
        return answer.ToAnswer();
    }

    /// <inheritdoc cref="PredictAsync(string, IReadOnlyDictionary{string, Array}, string?, string?, CancellationToken)"/>
    public Task<InferenceAnswer> PredictAsync(string endpoint, IReadOnlyDictionary<string, object?[]> inputs, CancellationToken cancellationToken = default) =>
        PredictAsync(endpoint, inputs.ToDictionary(i => i.Key, Array (i) => i.Value), cancellationToken: cancellationToken);

    /// <summary>Sends a ready-made Open Inference body and gives the answer as it came.</summary>
    public Task<JsonElement> InferAsync(string endpoint, Stream body, string? version = null, CancellationToken cancellationToken = default) =>
        http.UploadAsync<JsonElement>(HttpMethod.Post, Model(endpoint, version).Literal("infer"), body, "application/json", cancellationToken);

    /// <summary>Sends a ready-made body of MLflow's scoring protocol by <c>POST /serving-endpoints/{endpoint}/invocations</c> and gives the answer as it came.</summary>
    public Task<JsonElement> ScoreAsync(string endpoint, Stream body, CancellationToken cancellationToken = default) =>
        http.UploadAsync<JsonElement>(HttpMethod.Post, ApiPath.Root("serving-endpoints").Then(endpoint).Literal("invocations"), body, "application/json", cancellationToken);

    /// <summary>Sends a ready-made body of Seldon's v1 protocol by <c>POST /seldon/{project}/{endpoint}/api/v1.0/predictions</c> and gives the answer as it came.</summary>
    public Task<JsonElement> SeldonAsync(string project, string endpoint, Stream body, CancellationToken cancellationToken = default) =>
        http.UploadAsync<JsonElement>(HttpMethod.Post, ApiPath.Root("seldon").Then(project).Then(endpoint).Literal("api/v1.0/predictions"), body, "application/json", cancellationToken);

    /// <summary>What a deployment's model prints and what happens to it: lines, each with its time, oldest first.</summary>
    /// <param name="endpoint">The endpoint.</param>
    /// <param name="deployment">The deployment's name or id.</param>
    /// <param name="tail">How many of the latest lines; null for the server's default.</param>
    /// <param name="follow">Goes on with what comes, until it is cancelled.</param>
    /// <param name="cancellationToken">Ends it.</param>
    public async IAsyncEnumerable<string> LogAsync(
        string endpoint, string deployment, int? tail = null, bool follow = false, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        var path = ApiPath.Api("endpoints").Then(endpoint).Literal("deployments").Then(deployment).Literal("log").With("tail", tail).With("follow", follow ? "true" : null);
        await using var stream = await http.DownloadAsync(path, null, cancellationToken);
        using var reader = new StreamReader(stream);
        while (await reader.ReadLineAsync(cancellationToken) is { } line) yield return line;
    }

    /// <summary>Name, versions, inputs and outputs by <c>GET /v2/models/{endpoint}</c>, as it came.</summary>
    public Task<JsonElement> MetadataAsync(string endpoint, string? version = null, CancellationToken cancellationToken = default) =>
        http.GetAsync<JsonElement>(Model(endpoint, version), cancellationToken);

    /// <summary>Whether the endpoint answers predictions, by <c>GET /v2/models/{endpoint}/ready</c>.</summary>
    public Task<bool> IsReadyAsync(string endpoint, string? version = null, CancellationToken cancellationToken = default) =>
        http.ProbeAsync(Model(endpoint, version).Literal("ready"), cancellationToken);

    private static ApiPath Model(string endpoint, string? version)
    {
        var path = ApiPath.Root("v2/models").Then(endpoint);
        return version is null ? path : path.Literal("versions").Then(version);
    }
}
