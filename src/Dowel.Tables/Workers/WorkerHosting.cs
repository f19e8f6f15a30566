using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace Dowel.Tables.Workers;

/// <summary>Adds the workers; rooms that are on share them.</summary>
public static class WorkerHosting
{
    /// <summary>Adds <see cref="TableWorkers"/>.</summary>
    public static IServiceCollection AddTableWorkers(this IServiceCollection services)
    {
        services.TryAddSingleton<TableWorkers>();
        return services;
    }
}
