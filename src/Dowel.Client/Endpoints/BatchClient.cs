using Dowel.Contracts;

namespace Dowel.Client;

/// <summary>Batch runs: an endpoint or a model version over a dataset into another.</summary>
public sealed class BatchClient
{
    private readonly DowelHttp http;

    internal BatchClient(DowelHttp http) => this.http = http;

    /// <summary>A page of the runs of the caller's projects, newest first.</summary>
    /// <param name="query">Which page.</param>
    /// <param name="endpoint">Only those of this endpoint.</param>
    /// <param name="cancellationToken">Ends it.</param>
    public Task<Page<BatchRun>> ListAsync(ListQuery? query = null, string? endpoint = null, CancellationToken cancellationToken = default) =>
        http.GetAsync<Page<BatchRun>>(ApiPath.Api("batch").With(query).With("endpoint", endpoint), cancellationToken);

    /// <summary>All runs of the caller's projects, newest first.</summary>
    /// <param name="query">Which of them.</param>
    /// <param name="endpoint">Only those of this endpoint.</param>
    /// <param name="cancellationToken">Ends it.</param>
    public IAsyncEnumerable<BatchRun> AllAsync(ListQuery? query = null, string? endpoint = null, CancellationToken cancellationToken = default) =>
        Paging.AllAsync((cursor, ct) => ListAsync((query ?? new()) with { Cursor = cursor }, endpoint, ct), cancellationToken);

    /// <summary>One run with its progress.</summary>
    public Task<BatchRun> GetAsync(string run, CancellationToken cancellationToken = default) =>
        http.GetAsync<BatchRun>(ApiPath.Api("batch").Then(run), cancellationToken);

    /// <summary>Starts a run.</summary>
    public Task<BatchRun> CreateAsync(CreateBatchRun run, CancellationToken cancellationToken = default) =>
        http.SendAsync<BatchRun>(HttpMethod.Post, ApiPath.Api("batch"), run, null, cancellationToken);

    /// <summary>Stops a run; what is done is kept for it to be resumed.</summary>
    public Task<BatchRun> CancelAsync(string run, CancellationToken cancellationToken = default) =>
        http.SendAsync<BatchRun>(HttpMethod.Post, ApiPath.Api("batch").Then(run).Literal("cancel"), null, null, cancellationToken);

    /// <summary>Goes on with a run that failed or was cancelled, in the caller's name; rows that failed are tried again.</summary>
    public Task<BatchRun> ResumeAsync(string run, CancellationToken cancellationToken = default) =>
        http.SendAsync<BatchRun>(HttpMethod.Post, ApiPath.Api("batch").Then(run).Literal("resume"), null, null, cancellationToken);

    /// <summary>Forgets a run that has ended; the datasets that it made stay.</summary>
    public Task DeleteAsync(string run, CancellationToken cancellationToken = default) =>
        http.SendAsync(HttpMethod.Delete, ApiPath.Api("batch").Then(run), null, null, cancellationToken);

    /// <summary>Waits until a run has ended, whichever way.</summary>
    /// <param name="run">The run.</param>
    /// <param name="progress">Told how far it is, about twice a second.</param>
    /// <param name="cancellationToken">Ends the waiting; the run goes on.</param>
    public async Task<BatchRun> WaitAsync(string run, Action<BatchRun>? progress = null, CancellationToken cancellationToken = default)
    {
        while (true)
        {
            var current = await GetAsync(run, cancellationToken);
            progress?.Invoke(current);
            if (current.State is not (BatchState.Queued or BatchState.Running)) return current;
            await Task.Delay(TimeSpan.FromMilliseconds(500), cancellationToken);
        }
    }
}
