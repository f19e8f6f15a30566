using Dowel.Contracts;

namespace Dowel.Client;

/// <summary>The prediction log of endpoints, ground truth, traffic, live quality and drift.</summary>
public sealed class MonitoringClient
{
    private readonly DowelHttp http;

    internal MonitoringClient(DowelHttp http) => this.http = http;

    /// <summary>A page of an endpoint's predictions, newest first; with less than edit on it, your own alone.</summary>
    public Task<Page<Prediction>> PredictionsAsync(string endpoint, PredictionQuery? query = null, CancellationToken cancellationToken = default) =>
        http.GetAsync<Page<Prediction>>(
            Path(endpoint, "predictions")
                .With("from", query?.From).With("to", query?.To).With("caller", query?.Caller).With("outcome", query?.Outcome)
                .With("cursor", query?.Cursor).With("limit", query?.Limit),
            cancellationToken);

    /// <summary>All predictions of an endpoint, newest first; with less than edit on it, your own alone.</summary>
    public IAsyncEnumerable<Prediction> AllPredictionsAsync(string endpoint, PredictionQuery? query = null, CancellationToken cancellationToken = default) =>
        Paging.AllAsync((cursor, ct) => PredictionsAsync(endpoint, (query ?? new()) with { Cursor = cursor }, ct), cancellationToken);

    /// <summary>One prediction, by id.</summary>
    public Task<Prediction> PredictionAsync(string id, CancellationToken cancellationToken = default) =>
        http.GetAsync<Prediction>(ApiPath.Api("predictions").Then(id), cancellationToken);

    /// <summary>Logs predictions of a model that runs elsewhere; all of them or none.</summary>
    public Task<LogPredictionsResult> LogPredictionsAsync(string endpoint, IReadOnlyList<LoggedPrediction> items, CancellationToken cancellationToken = default) =>
        http.SendAsync<LogPredictionsResult>(HttpMethod.Post, Path(endpoint, "predictions"), new LogPredictions(items), null, cancellationToken);

    /// <summary>Sends what turned out to be right; with less than edit on the endpoint, for your own predictions alone.</summary>
    public Task<GroundTruthResult> SendGroundTruthAsync(string endpoint, IReadOnlyList<GroundTruthItem> items, CancellationToken cancellationToken = default) =>
        http.SendAsync<GroundTruthResult>(HttpMethod.Post, Path(endpoint, "ground-truth"), new SendGroundTruth(items), null, cancellationToken);

    /// <summary>Requests, errors and latencies over a time.</summary>
    /// <param name="endpoint">The endpoint.</param>
    /// <param name="from">Not before; null for the server's default.</param>
    /// <param name="to">Before; null for now.</param>
    /// <param name="step">Length of a bucket; null lets the server choose. Sent in seconds.</param>
    /// <param name="cancellationToken">Ends it.</param>
    public Task<EndpointTraffic> TrafficAsync(string endpoint, DateTimeOffset? from = null, DateTimeOffset? to = null, TimeSpan? step = null, CancellationToken cancellationToken = default) =>
        http.GetAsync<EndpointTraffic>(Path(endpoint, "traffic").With("from", from).With("to", to).With("step", step?.TotalSeconds), cancellationToken);

    /// <summary>How right the endpoint was, where the ground truth is known.</summary>
    /// <param name="endpoint">The endpoint.</param>
    /// <param name="from">Not before; null for the beginning.</param>
    /// <param name="to">Before; null for now.</param>
    /// <param name="cancellationToken">Ends it.</param>
    public Task<LiveQuality> QualityAsync(string endpoint, DateTimeOffset? from = null, DateTimeOffset? to = null, CancellationToken cancellationToken = default) =>
        QualityAsync(endpoint, null, from, to, cancellationToken);

    /// <summary>How right one of the endpoint's outputs was.</summary>
    /// <param name="endpoint">The endpoint.</param>
    /// <param name="output">The output to compare; null lets the server choose.</param>
    /// <param name="from">Not before; null for the beginning.</param>
    /// <param name="to">Before; null for now.</param>
    /// <param name="cancellationToken">Ends it.</param>
    public Task<LiveQuality> QualityAsync(string endpoint, string? output, DateTimeOffset? from, DateTimeOffset? to, CancellationToken cancellationToken = default) =>
        http.GetAsync<LiveQuality>(Path(endpoint, "quality").With("from", from).With("to", to).With("output", output), cancellationToken);

    /// <summary>Tests whether two windows come from the same distribution; the report is kept.</summary>
    public Task<DriftReport> DriftAsync(string endpoint, DriftRequest request, CancellationToken cancellationToken = default) =>
        http.SendAsync<DriftReport>(HttpMethod.Post, Path(endpoint, "drift"), request, null, cancellationToken);

    /// <summary>The drift reports kept for an endpoint, newest first.</summary>
    public Task<IReadOnlyList<DriftReport>> DriftReportsAsync(string endpoint, CancellationToken cancellationToken = default) =>
        http.GetAsync<IReadOnlyList<DriftReport>>(Path(endpoint, "drift"), cancellationToken);

    private static ApiPath Path(string endpoint, string what) => ApiPath.Api("endpoints").Then(endpoint).Literal(what);
}
