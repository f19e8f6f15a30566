using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace Dowel.Tables.Queries;

/// <summary>Adds the query workers; rooms that are on share them.</summary>
public static class QueryHosting
{
    /// <summary>Adds <see cref="QueryWorkers"/>.</summary>
    public static IServiceCollection AddQueryWorkers(this IServiceCollection services)
    {
        services.TryAddSingleton<QueryWorkers>();
        return services;
    }
}
