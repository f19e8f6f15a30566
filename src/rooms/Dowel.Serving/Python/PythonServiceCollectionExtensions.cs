using Dowel.Kernel.Ports;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace Dowel.Serving.Python;

internal static class PythonServiceCollectionExtensions
{
    /// <summary>Adds the runtimes of models that run in Python workers, and the policy on who may deploy such.</summary>
    public static IServiceCollection AddPythonRuntimes(this IServiceCollection services)
    {
        services.TryAddSingleton(TimeProvider.System);
        services.TryAddSingleton<ICodePolicy, CodePolicy>();
        services.TryAddSingleton<PythonEnvironments>();
        foreach (var flavor in PythonRuntime.Flavors)
            services.AddSingleton<IModelRuntime>(p => ActivatorUtilities.CreateInstance<PythonRuntime>(p, flavor));
        return services;
    }
}
