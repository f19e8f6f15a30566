using Dowel.Catalog.Datasets;
using Dowel.Catalog.Profiles;
using Dowel.Catalog.Queries;
using Dowel.Catalog.Uploads;
using Dowel.Kernel.Objects;
using Dowel.Kernel.Ports;
using Dowel.Kernel.Rooms;
using Dowel.Tables.Workers;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace Dowel.Catalog;

/// <summary>The data catalog: datasets with immutable versions, their samples and profiles, and SQL over all of them.</summary>
public sealed class CatalogRoom : IRoom
{
    /// <inheritdoc/>
    public string Name => "Catalog";

    /// <inheritdoc/>
    public IReadOnlyList<string> Routes { get; } = ["/api/v1/datasets", "/api/v1/datasets/{**rest}", "/api/v1/query"];

    /// <inheritdoc/>
    public void AddServices(IServiceCollection services, IConfiguration configuration)
    {
        services.AddOptions<CatalogOptions>().Bind(configuration.GetSection(Name), o => o.ErrorOnUnknownConfiguration = true)
            .Validate(o => o.MaxConcurrentQueries is >= 1 and <= 1000, "Catalog:MaxConcurrentQueries must be from 1 to 1000.")
            .Validate(o => o.MaxConcurrentJobs is >= 1 and <= 100, "Catalog:MaxConcurrentJobs must be from 1 to 100.")
            .Validate(o => o.QueryTimeoutSeconds is >= 1 and <= 3600, "Catalog:QueryTimeoutSeconds must be from 1 to 3600.")
            .Validate(o => o.QueryMemoryMegabytes >= 64, "Catalog:QueryMemoryMegabytes must be at least 64.")
            .Validate(o => o.JobTimeoutSeconds is >= 1 and <= 86_400, "Catalog:JobTimeoutSeconds must be from 1 to 86400.")
            .Validate(o => o.JobMemoryMegabytes >= 1024, "Catalog:JobMemoryMegabytes must be at least 1024.")
            .ValidateOnStart();
        services.AddSingleton<WorkFolder>();
        services.AddHostedService(p => p.GetRequiredService<WorkFolder>());
        services.AddTableWorkers();
        services.AddSingleton<HeavyWork>();
        services.AddObjectReferences("SELECT hash FROM catalog_versions");
        services.AddSingleton<DatasetVersions>();
        services.AddSingleton<VersionWriter>();
        services.AddSingleton<DatasetService>();
        services.AddSingleton<IDatasetFiles, DatasetFiles>();
        services.AddSingleton<DatasetReader>();
        services.AddSingleton<DatasetUploads>();
        services.AddSingleton<DatasetProfiles>();
        services.AddSingleton<QueryService>();
    }

    /// <inheritdoc/>
    public void MapEndpoints(IEndpointRouteBuilder endpoints)
    {
        endpoints.MapDatasets();
        endpoints.MapDatasetVersions();
        endpoints.MapQueries();
    }
}
