using Dowel.Serving.Models;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace Dowel.Adapters.Docker;

/// <summary>Adds Docker images as deployments.</summary>
public static class DockerServiceCollectionExtensions
{
    /// <summary>Adds what runs deployments of Docker images; settings in section <c>Serving:Docker</c>.</summary>
    /// <param name="services">The services.</param>
    /// <returns>The services.</returns>
    public static IServiceCollection AddDockerRuntime(this IServiceCollection services)
    {
        services.TryAddSingleton<DockerEngine>();
        services.TryAddSingleton<EgressProxy>();
        services.TryAddSingleton<ContainerNetworks>();
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IServerRuntime, DockerRuntime>());
        return services;
    }
}
