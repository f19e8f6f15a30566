using Dowel.Kernel.Access;
using Microsoft.Extensions.Options;

namespace Dowel.Catalog;

/// <summary>Limits what runs at once, so that many callers wait for each other instead of taking the machine's memory together.</summary>
internal sealed class HeavyWork(IOptions<CatalogOptions> options) : IDisposable
{
    private readonly SemaphoreSlim _jobs = new(options.Value.MaxConcurrentJobs);
    private readonly FairPlaces _queries = new(options.Value.MaxConcurrentQueries);

    /// <summary>Runs a conversion or a profile.</summary>
    public async Task<T> JobAsync<T>(Func<Task<T>> work, CancellationToken cancellationToken)
    {
        await _jobs.WaitAsync(cancellationToken);
        try
        {
            return await work();
        }
        finally
        {
            _jobs.Release();
        }
    }

    /// <summary>Runs a query.</summary>
    public async Task<T> QueryAsync<T>(Actor actor, Func<Task<T>> work, CancellationToken cancellationToken)
    {
        await _queries.EnterAsync(actor.UserId, cancellationToken);
        try
        {
            return await work();
        }
        finally
        {
            _queries.Leave(actor.UserId);
        }
    }

    public void Dispose() => _jobs.Dispose();
}
