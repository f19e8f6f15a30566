using Dowel.Kernel.Ports;
using Dowel.Kernel.Rooms;
using Dowel.Serving.Batch;
using Dowel.Serving.Deployments;
using Dowel.Serving.Endpoints;
using Dowel.Serving.Gateway;
using Dowel.Serving.Graphs;
using Dowel.Serving.Models;
using Dowel.Serving.Python;
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
    public IReadOnlyList<string> Routes { get; } = ["/api/v1/endpoints", "/api/v1/endpoints/{endpoint}", "/api/v1/batch", "/api/v1/batch/{run}", "/v2/{**rest}", "/serving-endpoints/{**rest}", "/seldon/{**rest}", "/raw/{**rest}"];

    /// <inheritdoc/>
    public void AddServices(IServiceCollection services, IConfiguration configuration)
    {
        services.AddOptions<ServingOptions>().Bind(configuration.GetSection(ServingOptions.Section), o => o.ErrorOnUnknownConfiguration = true)
            .Validate(o => o.TimeoutSeconds is > 0 and <= 3600, "Serving:TimeoutSeconds must be from 1 to 3600.")
            .Validate(o => o.MaxRows is > 0 and <= 1_000_000, "Serving:MaxRows must be from 1 to 1000000.")
            .Validate(o => o.Python.Interpreter.Length > 0, "Serving:Python:Interpreter must name an interpreter.")
            .Validate(o => o.Python.StartSeconds is > 0 and <= 3600, "Serving:Python:StartSeconds must be from 1 to 3600.")
            .Validate(o => o.Python.InstallSeconds is > 0 and <= 7200, "Serving:Python:InstallSeconds must be from 1 to 7200.")
            .Validate(o => o.Python.Threads is > 0 and <= 1024, "Serving:Python:Threads must be from 1 to 1024.")
            .Validate(o => o.MaxReplicasPerProject is > 0 and <= 10_000, "Serving:MaxReplicasPerProject must be from 1 to 10000.")
            .Validate(o => o.MaxMemoryMb is null or >= 64, "Serving:MaxMemoryMb must be at least 64.")
            .Validate(o => o.Batch.MaxRuns is > 0 and <= 100, "Serving:Batch:MaxRuns must be from 1 to 100.")
            .ValidateOnStart();
        services.AddPythonRuntimes();
        services.TryAddSingleton<IModelSource, FolderModelSource>();
        services.TryAddSingleton<IFeatureReader, NoFeatureReader>();
        services.TryAddSingleton<IPredictionSink, NoPredictionSink>();
        services.TryAddSingleton<IGroundTruth, NoGroundTruth>();
        services.TryAddSingleton<EndpointStore>();
        services.TryAddSingleton<EndpointTable>();
        services.TryAddSingleton<SharedModels>();
        services.TryAddSingleton<EndpointLoader>();
        services.TryAddSingleton<EndpointService>();
        services.TryAddSingleton<DeploymentPlanner>();
        services.TryAddSingleton<DeploymentLogs>();
        services.TryAddSingleton<GraphPlanner>();
        services.TryAddSingleton<ServingMetrics>();
        services.TryAddSingleton<IGateway, InferenceGateway>();
        services.TryAddSingleton<IModelRepository, EndpointRepository>();
        services.TryAddSingleton<EndpointSupervisor>();
        services.AddHostedService(p => p.GetRequiredService<EndpointSupervisor>());
        services.AddHostedService<Autoscaler>();
        services.AddBatchInference();
        services.AddHealthChecks().AddCheck<EndpointsLoaded>("endpoints", tags: ["ready"]);
    }

    /// <inheritdoc/>
    public void MapEndpoints(IEndpointRouteBuilder endpoints)
    {
        endpoints.MapServingEndpoints();
        endpoints.MapBatch();
    }
}
