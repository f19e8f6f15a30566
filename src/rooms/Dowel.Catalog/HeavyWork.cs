using Dowel.Kernel.Access;
using Dowel.Tables.Workers;
using Microsoft.Extensions.Options;

namespace Dowel.Catalog;

/// <summary>Limits what runs at once, so that many callers wait for each other instead of taking the machine's memory together.</summary>
internal sealed class HeavyWork(IOptions<CatalogOptions> options)
{
    private readonly FairPlaces _jobs = new(options.Value.MaxConcurrentJobs);
    private readonly FairPlaces _queries = new(options.Value.MaxConcurrentQueries);

    /// <summary>What a conversion or a profile may use.</summary>
    public JobLimits JobLimits { get; } = new() { MemoryMegabytes = options.Value.JobMemoryMegabytes, Timeout = TimeSpan.FromSeconds(options.Value.JobTimeoutSeconds) };

    /// <summary>Runs a conversion or a profile.</summary>
    public Task<T> JobAsync<T>(Actor actor, Func<Task<T>> work, CancellationToken cancellationToken) => RunAsync(_jobs, actor, work, cancellationToken);

    /// <summary>Runs a query.</summary>
    public Task<T> QueryAsync<T>(Actor actor, Func<Task<T>> work, CancellationToken cancellationToken) => RunAsync(_queries, actor, work, cancellationToken);

    private static async Task<T> RunAsync<T>(FairPlaces places, Actor actor, Func<Task<T>> work, CancellationToken cancellationToken)
    {
        await places.EnterAsync(actor.UserId, cancellationToken);
        try
        {
            return await work();
        }
        finally
        {
            places.Leave(actor.UserId);
        }
    }
}
