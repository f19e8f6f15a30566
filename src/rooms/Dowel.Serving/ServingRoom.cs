using Dowel.Kernel.Ports;
using Dowel.Kernel.Rooms;
using Dowel.Serving.Endpoints;
using Dowel.Serving.Gateway;
using Dowel.Serving.Models;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace Dowel.Serving;

/// <summary>Endpoints and the gateway that answers their predictions.</summary>
public sealed class ServingRoom : IRoom
{
    /// <inheritdoc/>
    public string Name => "Serving";

    /// <inheritdoc/>
    public IReadOnlyList<string> Routes { get; } = ["/api/v1/endpoints", "/api/v1/endpoints/{endpoint}", "/v2/{**rest}", "/serving-endpoints/{**rest}", "/seldon/{**rest}"];

    /// <inheritdoc/>
    public void AddServices(IServiceCollection services, IConfiguration configuration)
    {
        services.AddOptions<ServingOptions>().Bind(configuration.GetSection(ServingOptions.Section), o => o.ErrorOnUnknownConfiguration = true)
            .Validate(o => o.TimeoutSeconds is > 0 and <= 3600, "Serving:TimeoutSeconds must be from 1 to 3600.")
            .Validate(o => o.MaxRows is > 0 and <= 1_000_000, "Serving:MaxRows must be from 1 to 1000000.")
            .ValidateOnStart();
        services.TryAddSingleton<IModelSource, FolderModelSource>();
        services.TryAddSingleton<IFeatureReader, NoFeatureReader>();
        services.TryAddSingleton<IPredictionSink, NoPredictionSink>();
        services.TryAddSingleton<IGroundTruth, NoGroundTruth>();
        services.TryAddSingleton<EndpointStore>();
        services.TryAddSingleton<EndpointTable>();
        services.TryAddSingleton<EndpointLoader>();
        services.TryAddSingleton<EndpointService>();
        services.TryAddSingleton<ServingMetrics>();
        services.TryAddSingleton<IGateway, InferenceGateway>();
        services.TryAddSingleton<IModelRepository, EndpointRepository>();
        services.TryAddSingleton<EndpointSupervisor>();
        services.AddHostedService(p => p.GetRequiredService<EndpointSupervisor>());
        services.AddHealthChecks().AddCheck<EndpointsLoaded>("endpoints", tags: ["ready"]);
    }

    /// <inheritdoc/>
    public void MapEndpoints(IEndpointRouteBuilder endpoints) => endpoints.MapServingEndpoints();
}
