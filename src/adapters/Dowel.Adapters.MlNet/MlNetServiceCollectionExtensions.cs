using Dowel.Kernel.Ports;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;

namespace Dowel.Adapters.MlNet;

/// <summary>Adds the ML.NET runtime.</summary>
public static class MlNetServiceCollectionExtensions
{
    /// <summary>Adds the runtime of models of flavor <c>mlnet</c>: those that ML.NET saved as <c>model.zip</c>.</summary>
    /// <param name="services">The services.</param>
    /// <param name="configure">Sets its limits.</param>
    /// <returns>The services.</returns>
    public static IServiceCollection AddMlNetRuntime(this IServiceCollection services, Action<MlNetOptions>? configure = null)
    {
        var options = services.AddOptions<MlNetOptions>();
        if (configure is not null) options.Configure(configure);
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IModelRuntime, MlNetRuntime>(s => new MlNetRuntime(s.GetRequiredService<IOptions<MlNetOptions>>().Value)));
        return services;
    }
}
