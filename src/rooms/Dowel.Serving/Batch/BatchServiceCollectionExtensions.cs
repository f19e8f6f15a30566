using Dowel.Kernel.Ports;
using Dowel.Serving.Models;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace Dowel.Serving.Batch;

/// <summary>Adds batch inference.</summary>
internal static class BatchServiceCollectionExtensions
{
    public static void AddBatchInference(this IServiceCollection services)
    {
        services.TryAddSingleton<IDatasetFiles, NoDatasetFiles>();
        services.TryAddSingleton<BatchStore>();
        services.TryAddSingleton<BatchRunner>();
        services.TryAddSingleton<BatchService>();
        services.TryAddSingleton<BatchWorker>();
        services.AddHostedService(p => p.GetRequiredService<BatchWorker>());
    }
}
