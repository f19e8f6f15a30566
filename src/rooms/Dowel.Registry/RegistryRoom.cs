using Dowel.Kernel.Imports;
using Dowel.Kernel.Objects;
using Dowel.Kernel.Ports;
using Dowel.Kernel.Rooms;
using Dowel.Registry.Aliases;
using Dowel.Registry.Approvals;
using Dowel.Registry.Gates;
using Dowel.Registry.History;
using Dowel.Registry.Import;
using Dowel.Registry.Models;
using Dowel.Registry.Search;
using Dowel.Registry.Sources;
using Dowel.Registry.Stages;
using Dowel.Registry.Versions;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace Dowel.Registry;

/// <summary>The model registry: models, versions, aliases and the gates before them.</summary>
public sealed class RegistryRoom : IRoom
{
    /// <inheritdoc/>
    public string Name => "Registry";

    /// <inheritdoc/>
    public IReadOnlyList<string> Routes { get; } = ["/api/v1/models", "/api/v1/models/{**rest}", ImportScope.Root + "/models/{**rest}"];

    /// <inheritdoc/>
    public void AddServices(IServiceCollection services, IConfiguration configuration)
    {
        services.AddOptions<RegistryOptions>().Bind(configuration.GetSection(RegistryOptions.Section), o => o.ErrorOnUnknownConfiguration = true).ValidateDataAnnotations().ValidateOnStart();
        services.AddSingleton<ModelService>();
        services.AddSingleton<ModelEdits>();
        services.AddSingleton<VersionService>();
        services.AddSingleton<VersionEdits>();
        services.AddSingleton<VersionFiles>();
        services.AddSingleton<VersionSources>();
        services.AddSingleton<MlModelReader>();
        services.AddSingleton<StageService>();
        services.AddSingleton<RegistrySearch>();
        services.AddSingleton<HistoryLog>();
        services.AddSingleton<ApprovalService>();
        services.AddSingleton<GateKeeper>();
        services.AddSingleton<ModelImport>();
        services.AddSingleton<VersionImport>();
        services.AddSingleton<ModelFiles>();
        services.AddObjectReferences("SELECT hash FROM registry_files");
        services.AddSingleton<Gate>();
        services.AddSingleton<ModelTrial>();
        services.AddSingleton<GateService>();
        services.AddSingleton<AliasService>();
        services.AddSingleton<ModelSource>();
        services.AddSingleton<IModelSource>(p => p.GetRequiredService<ModelSource>());
        services.TryAddSingleton<IRunSource, NoRunSource>();
    }

    /// <inheritdoc/>
    public void MapEndpoints(IEndpointRouteBuilder endpoints)
    {
        endpoints.MapModels();
        endpoints.MapVersions();
        endpoints.MapAliases();
        endpoints.MapHistory();
        endpoints.MapApprovals();
        endpoints.MapImport();
    }
}
