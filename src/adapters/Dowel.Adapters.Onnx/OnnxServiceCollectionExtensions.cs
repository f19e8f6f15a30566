using Dowel.Kernel.Ports;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;

namespace Dowel.Adapters.Onnx;

/// <summary>Adds the ONNX runtime.</summary>
public static class OnnxServiceCollectionExtensions
{
    /// <summary>Adds the runtime of models of flavor <c>onnx</c>.</summary>
    /// <param name="services">The services.</param>
    /// <param name="configure">Sets how they run.</param>
    /// <returns>The services.</returns>
    public static IServiceCollection AddOnnxRuntime(this IServiceCollection services, Action<OnnxOptions>? configure = null)
    {
        var options = services.AddOptions<OnnxOptions>();
        if (configure is not null) options.Configure(configure);
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IModelRuntime, OnnxModelRuntime>(s => new OnnxModelRuntime(s.GetRequiredService<IOptions<OnnxOptions>>().Value)));
        return services;
    }
}
