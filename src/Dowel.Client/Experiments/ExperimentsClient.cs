using Dowel.Contracts;

namespace Dowel.Client;

/// <summary>Experiments.</summary>
public sealed class ExperimentsClient
{
    private readonly DowelHttp http;

    internal ExperimentsClient(DowelHttp http) => this.http = http;

    /// <summary>A page of the experiments that the caller may see.</summary>
    public Task<Page<Experiment>> ListAsync(ListQuery? query = null, CancellationToken cancellationToken = default) =>
        http.GetAsync<Page<Experiment>>(ApiPath.Api("experiments").With(query), cancellationToken);

    /// <summary>All experiments that the caller may see.</summary>
    public IAsyncEnumerable<Experiment> AllAsync(ListQuery? query = null, CancellationToken cancellationToken = default) =>
        Paging.AllAsync((cursor, ct) => ListAsync((query ?? new()) with { Cursor = cursor }, ct), cancellationToken);

    /// <summary>A page of the experiments that the caller may see, also of those in the bin.</summary>
    public Task<Page<Experiment>> ListAsync(ListQuery? query, LifecycleView view, CancellationToken cancellationToken = default) =>
        http.GetAsync<Page<Experiment>>(ApiPath.Api("experiments").With(query).With("view", view), cancellationToken);

    /// <summary>One experiment.</summary>
    public Task<Experiment> GetAsync(string experiment, CancellationToken cancellationToken = default) =>
        http.GetAsync<Experiment>(ApiPath.Api("experiments").Then(experiment), cancellationToken);

    /// <summary>Makes an experiment.</summary>
    public Task<Experiment> CreateAsync(CreateExperiment experiment, CancellationToken cancellationToken = default) =>
        http.SendAsync<Experiment>(HttpMethod.Post, ApiPath.Api("experiments"), experiment, null, cancellationToken);

    /// <summary>Changes an experiment.</summary>
    public Task<Experiment> UpdateAsync(string experiment, ResourcePatch change, long? ifRevision = null, CancellationToken cancellationToken = default) =>
        http.SendAsync<Experiment>(HttpMethod.Patch, ApiPath.Api("experiments").Then(experiment), change, ifRevision, cancellationToken);

    /// <summary>Puts an experiment with its runs into the bin.</summary>
    public Task<Experiment> TrashAsync(string experiment, CancellationToken cancellationToken = default) =>
        http.SendAsync<Experiment>(HttpMethod.Post, ApiPath.Api("experiments").Then(experiment).Literal("trash"), null, null, cancellationToken);

    /// <summary>Takes an experiment out of the bin, with the runs that went with it.</summary>
    public Task<Experiment> RestoreAsync(string experiment, CancellationToken cancellationToken = default) =>
        http.SendAsync<Experiment>(HttpMethod.Post, ApiPath.Api("experiments").Then(experiment).Literal("restore"), null, null, cancellationToken);

    /// <summary>The names of metrics, params and tags that its runs have, those of most runs first.</summary>
    /// <param name="experiment">The experiment.</param>
    /// <param name="search">Text that the names contain; null for all.</param>
    /// <param name="limit">How many of each kind at most; null for the server's default.</param>
    /// <param name="cancellationToken">Ends it.</param>
    public Task<LoggedNames> NamesAsync(string experiment, string? search = null, int? limit = null, CancellationToken cancellationToken = default) =>
        http.GetAsync<LoggedNames>(ApiPath.Api("experiments").Then(experiment).Literal("fields").With("search", search).With("limit", limit), cancellationToken);

    /// <summary>A metric of several runs over their steps, thinned out where it is long.</summary>
    /// <param name="experiment">The experiment.</param>
    /// <param name="key">The metric.</param>
    /// <param name="runs">Ids of the runs, at most 100.</param>
    /// <param name="points">About how many points of each run; null for the server's default.</param>
    /// <param name="cancellationToken">Ends it.</param>
    public Task<IReadOnlyList<MetricSeries>> MetricAsync(string experiment, string key, IEnumerable<string> runs, int? points = null, CancellationToken cancellationToken = default) =>
        http.GetAsync<IReadOnlyList<MetricSeries>>(
            ApiPath.Api("experiments").Then(experiment).Literal("metrics").ThenPath(key).With("runs", string.Join(',', runs)).With("points", points), cancellationToken);

    /// <summary>Deletes an experiment with its runs, for good.</summary>
    public Task DeleteAsync(string experiment, long? ifRevision = null, CancellationToken cancellationToken = default) =>
        http.SendAsync(HttpMethod.Delete, ApiPath.Api("experiments").Then(experiment), null, ifRevision, cancellationToken);
}
