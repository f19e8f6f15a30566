using Dowel.Adapters.Trees.LightGbm;
using Dowel.Adapters.Trees.Xgboost;
using Dowel.Kernel.Ports;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;

namespace Dowel.Adapters.Trees;

/// <summary>Adds the runtimes of LightGBM and XGBoost.</summary>
public static class TreesServiceCollectionExtensions
{
    /// <summary>Adds the runtimes of models of the flavors <c>lightgbm</c> and <c>xgboost</c>.</summary>
    /// <param name="services">The services.</param>
    /// <param name="configure">Sets how they are loaded.</param>
    /// <returns>The services.</returns>
    public static IServiceCollection AddTreeRuntimes(this IServiceCollection services, Action<TreeOptions>? configure = null)
    {
        var options = services.AddOptions<TreeOptions>();
        if (configure is not null) options.Configure(configure);
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IModelRuntime, LightGbmModelRuntime>(s => new LightGbmModelRuntime(s.GetRequiredService<IOptions<TreeOptions>>().Value)));
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IModelRuntime, XgboostModelRuntime>(s => new XgboostModelRuntime(s.GetRequiredService<IOptions<TreeOptions>>().Value)));
        return services;
    }
}
