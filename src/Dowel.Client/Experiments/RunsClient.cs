using Dowel.Contracts;

namespace Dowel.Client;

/// <summary>Runs, what they log and their artifacts.</summary>
public sealed class RunsClient
{
    private readonly DowelHttp http;

    internal RunsClient(DowelHttp http) => this.http = http;

    /// <summary>A page of an experiment's runs.</summary>
    public Task<Page<Run>> ListAsync(string experiment, RunQuery? query = null, CancellationToken cancellationToken = default) =>
        http.GetAsync<Page<Run>>(
            ApiPath.Api("experiments").Then(experiment).Literal("runs")
                .With("search", query?.Search).With("status", query?.Status).With("filter", query?.Filter).With("view", query is null or { View: LifecycleView.Active } ? null : query.View)
                .With("sort", query?.Sort).With("cursor", query?.Cursor).With("skip", query?.Skip).With("limit", query?.Limit),
            cancellationToken);

    /// <summary>A page of the runs of all experiments that the caller may see and that are not in the bin themselves.</summary>
    public Task<Page<Run>> ListAllAsync(RunQuery? query = null, CancellationToken cancellationToken = default) =>
        http.GetAsync<Page<Run>>(
            ApiPath.Api("runs")
                .With("search", query?.Search).With("status", query?.Status).With("filter", query?.Filter).With("view", query is null or { View: LifecycleView.Active } ? null : query.View)
                .With("cursor", query?.Cursor).With("limit", query?.Limit),
            cancellationToken);

    /// <summary>A logged model, in the bin or not.</summary>
    public Task<LoggedModelInfo> LoggedModelAsync(string model, CancellationToken cancellationToken = default) =>
        http.GetAsync<LoggedModelInfo>(ApiPath.Api("logged-models").Then(model), cancellationToken);

    /// <summary>How many runs of an experiment a query finds in all.</summary>
    public async Task<long> CountAsync(string experiment, RunQuery? query = null, CancellationToken cancellationToken = default) =>
        (await http.GetAsync<RunCount>(
            ApiPath.Api("experiments").Then(experiment).Literal("runs/count")
                .With("search", query?.Search).With("status", query?.Status).With("filter", query?.Filter).With("view", query is null or { View: LifecycleView.Active } ? null : query.View), cancellationToken)).Runs;

    /// <summary>Changes several runs of an experiment in one call; all of them, or none.</summary>
    public Task ChangeAsync(string experiment, ChangeRuns change, CancellationToken cancellationToken = default) =>
        http.SendAsync(HttpMethod.Post, ApiPath.Api("experiments").Then(experiment).Literal("runs/change"), change, null, cancellationToken);

    /// <summary>All runs of an experiment.</summary>
    public IAsyncEnumerable<Run> AllAsync(string experiment, RunQuery? query = null, CancellationToken cancellationToken = default) =>
        Paging.AllAsync((cursor, ct) => ListAsync(experiment, (query ?? new()) with { Cursor = cursor }, ct), cancellationToken);

    /// <summary>The runs of an experiment by the values of a param or tag; the largest groups first.</summary>
    public Task<IReadOnlyList<RunGroup>> GroupAsync(string experiment, RunGroupQuery query, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(query);
        var path = ApiPath.Api("experiments").Then(experiment).Literal("runs/groups").With("by", query.By);
        foreach (var metric in query.Metrics) path.With("metric", metric);
        return http.GetAsync<IReadOnlyList<RunGroup>>(
            path.With("status", query.Status).With("filter", query.Filter).With("view", query.View == LifecycleView.Active ? null : query.View).With("limit", query.Limit), cancellationToken);
    }

    /// <summary>Starts a run.</summary>
    public Task<Run> CreateAsync(string experiment, CreateRun run, CancellationToken cancellationToken = default) =>
        http.SendAsync<Run>(HttpMethod.Post, ApiPath.Api("experiments").Then(experiment).Literal("runs"), run, null, cancellationToken);

    /// <summary>One run, by id.</summary>
    public Task<Run> GetAsync(string run, CancellationToken cancellationToken = default) => http.GetAsync<Run>(ApiPath.Api("runs").Then(run), cancellationToken);

    /// <summary>Changes a run: its name or status; a final status ends it.</summary>
    public Task<Run> UpdateAsync(string run, PatchRun change, CancellationToken cancellationToken = default) =>
        http.SendAsync<Run>(HttpMethod.Patch, ApiPath.Api("runs").Then(run), change, null, cancellationToken);

    /// <summary>Deletes a run with its artifacts, for good.</summary>
    public Task DeleteAsync(string run, CancellationToken cancellationToken = default) =>
        http.SendAsync(HttpMethod.Delete, ApiPath.Api("runs").Then(run), null, null, cancellationToken);

    /// <summary>Puts a run into the bin.</summary>
    public Task TrashAsync(string run, CancellationToken cancellationToken = default) =>
        http.SendAsync(HttpMethod.Post, ApiPath.Api("runs").Then(run).Literal("trash"), null, null, cancellationToken);

    /// <summary>Takes a run out of the bin.</summary>
    public Task RestoreAsync(string run, CancellationToken cancellationToken = default) =>
        http.SendAsync(HttpMethod.Post, ApiPath.Api("runs").Then(run).Literal("restore"), null, null, cancellationToken);

    /// <summary>Takes a tag off a run.</summary>
    public Task DeleteTagAsync(string run, string key, CancellationToken cancellationToken = default) =>
        http.SendAsync(HttpMethod.Delete, ApiPath.Api("runs").Then(run).Literal("tags").ThenPath(key), null, null, cancellationToken);

    /// <summary>Logs metrics, parameters and tags; all or nothing.</summary>
    public Task LogAsync(string run, LogToRun log, CancellationToken cancellationToken = default) =>
        http.SendAsync(HttpMethod.Post, ApiPath.Api("runs").Then(run).Literal("log"), log, null, cancellationToken);

    /// <summary>Logs one value of a metric.</summary>
    public Task LogMetricAsync(string run, string key, double value, long step = 0, CancellationToken cancellationToken = default) =>
        LogAsync(run, new LogToRun { Metrics = [new MetricPoint(key, value, step)] }, cancellationToken);

    /// <summary>Every value of a metric, in order.</summary>
    public Task<IReadOnlyList<MetricPoint>> MetricAsync(string run, string key, CancellationToken cancellationToken = default) =>
        http.GetAsync<IReadOnlyList<MetricPoint>>(ApiPath.Api("runs").Then(run).Literal("metrics").ThenPath(key), cancellationToken);

    /// <summary>The files and folders in a folder of a run's artifacts (its root, if none is named).</summary>
    public Task<IReadOnlyList<ArtifactInfo>> ArtifactsAsync(string run, string? path = null, CancellationToken cancellationToken = default) =>
        http.GetAsync<IReadOnlyList<ArtifactInfo>>(ApiPath.Api("runs").Then(run).Literal("artifacts").With("path", path), cancellationToken);

    /// <summary>Stores a file among a run's artifacts; the content is sent as it is read, and closed.</summary>
    public Task<ArtifactInfo> UploadArtifactAsync(string run, string path, Stream content, string contentType = "application/octet-stream", CancellationToken cancellationToken = default) =>
        http.UploadAsync<ArtifactInfo>(HttpMethod.Put, ApiPath.Api("runs").Then(run).Literal("artifacts").ThenPath(path), content, contentType, cancellationToken);

    /// <summary>Opens a file of a run's artifacts; dispose the stream.</summary>
    /// <param name="run">The run.</param>
    /// <param name="path">The file's path.</param>
    /// <param name="from">Begin at this byte, to go on with a broken transfer.</param>
    /// <param name="cancellationToken">Ends it.</param>
    public Task<Stream> DownloadArtifactAsync(string run, string path, long? from = null, CancellationToken cancellationToken = default) =>
        http.DownloadAsync(ApiPath.Api("runs").Then(run).Literal("artifacts").ThenPath(path), from, cancellationToken);
}
