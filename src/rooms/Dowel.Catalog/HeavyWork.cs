using Microsoft.Extensions.Options;

namespace Dowel.Catalog;

/// <summary>Limits what runs at once, so that many callers wait for each other instead of taking the machine's memory together.</summary>
internal sealed class HeavyWork(IOptions<CatalogOptions> options) : IDisposable
{
    private readonly SemaphoreSlim _jobs = new(options.Value.MaxConcurrentJobs);
    private readonly SemaphoreSlim _queries = new(options.Value.MaxConcurrentQueries);

    /// <summary>Runs a conversion or a profile.</summary>
    public Task<T> JobAsync<T>(Func<Task<T>> work, CancellationToken cancellationToken) => RunAsync(_jobs, work, cancellationToken);

    /// <summary>Runs a query.</summary>
    public Task<T> QueryAsync<T>(Func<Task<T>> work, CancellationToken cancellationToken) => RunAsync(_queries, work, cancellationToken);

    private static async Task<T> RunAsync<T>(SemaphoreSlim places, Func<Task<T>> work, CancellationToken cancellationToken)
    {
        await places.WaitAsync(cancellationToken);
        try
        {
            return await work();
        }
        finally
        {
            places.Release();
        }
    }

    public void Dispose()
    {
        _jobs.Dispose();
        _queries.Dispose();
    }
}
