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

    /// <summary>One experiment.</summary>
    public Task<Experiment> GetAsync(string experiment, CancellationToken cancellationToken = default) =>
        http.GetAsync<Experiment>(ApiPath.Api("experiments").Then(experiment), cancellationToken);

    /// <summary>Makes an experiment.</summary>
    public Task<Experiment> CreateAsync(CreateExperiment experiment, CancellationToken cancellationToken = default) =>
        http.SendAsync<Experiment>(HttpMethod.Post, ApiPath.Api("experiments"), experiment, null, cancellationToken);

    /// <summary>Changes an experiment.</summary>
    public Task<Experiment> UpdateAsync(string experiment, ResourcePatch change, long? ifRevision = null, CancellationToken cancellationToken = default) =>
        http.SendAsync<Experiment>(HttpMethod.Patch, ApiPath.Api("experiments").Then(experiment), change, ifRevision, cancellationToken);

    /// <summary>Deletes an experiment with its runs.</summary>
    public Task DeleteAsync(string experiment, long? ifRevision = null, CancellationToken cancellationToken = default) =>
        http.SendAsync(HttpMethod.Delete, ApiPath.Api("experiments").Then(experiment), null, ifRevision, cancellationToken);
}
