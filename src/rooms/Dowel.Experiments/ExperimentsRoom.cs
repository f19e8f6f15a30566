using Dowel.Experiments.Artifacts;
using Dowel.Experiments.Datasets;
using Dowel.Experiments.Import;
using Dowel.Experiments.LoggedModels;
using Dowel.Experiments.Logging;
using Dowel.Experiments.Runs;
using Dowel.Experiments.Search;
using Dowel.Kernel.Imports;
using Dowel.Kernel.Objects;
using Dowel.Kernel.Ports;
using Dowel.Kernel.Rooms;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace Dowel.Experiments;

/// <summary>Experiment tracking: experiments, runs, what they log, and their files.</summary>
public sealed class ExperimentsRoom : IRoom
{
    /// <inheritdoc/>
    public string Name => "Experiments";

    /// <inheritdoc/>
    public IReadOnlyList<string> Routes { get; } = ["/api/v1/experiments", "/api/v1/experiments/{**rest}", "/api/v1/runs", "/api/v1/runs/{**rest}", "/api/v1/logged-models/{**rest}",
        ImportScope.Root + "/experiments/{**rest}", ImportScope.Root + "/runs/{**rest}", ImportScope.Root + "/metrics", ImportScope.Root + "/logged-models/{**rest}", ImportScope.Root + "/files/{**rest}"];

    /// <inheritdoc/>
    public void AddServices(IServiceCollection services, IConfiguration configuration)
    {
        services.AddSingleton<ExperimentService>();
        services.AddSingleton<RunService>();
        services.AddSingleton<RunChanges>();
        services.AddSingleton<RunSearch>();
        services.AddSingleton<ExperimentSearch>();
        services.AddSingleton<LoggedNameQuery>();
        services.AddSingleton<RunDirectory>();
        services.AddSingleton<NameTable>();
        services.AddSingleton<MetricJournal>();
        services.AddHostedService(p => p.GetRequiredService<MetricJournal>());
        services.AddSingleton<RunLog>();
        services.AddSingleton<MetricSampler>();
        services.AddSingleton<ArtifactService>();
        services.AddSingleton<ArtifactPlaces>();
        services.AddSingleton<ArtifactUploads>();
        services.AddHostedService<UploadExpiry>();
        services.AddSingleton<LoggedModelDirectory>();
        services.AddSingleton<LoggedModelService>();
        services.AddSingleton<LoggedModelSearch>();
        services.AddSingleton<ModelHistory>();
        services.AddSingleton<InputLog>();
        services.AddObjectReferences("SELECT hash FROM experiments_artifacts UNION ALL SELECT hash FROM experiments_upload_parts");
        services.AddSingleton<ExperimentImport>();
        services.AddSingleton<RunImport>();
        services.AddSingleton<MetricImport>();
        services.AddSingleton<LoggedModelImport>();
        services.AddSingleton<FileImport>();
        services.AddSingleton<IRunSource, RunSource>();
    }

    /// <inheritdoc/>
    public void MapEndpoints(IEndpointRouteBuilder endpoints)
    {
        endpoints.MapExperiments();
        endpoints.MapRuns();
        endpoints.MapArtifacts();
        endpoints.MapLoggedModels();
        endpoints.MapImport();
    }
}
