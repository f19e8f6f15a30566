using Dowel.Kernel.Ports;
using Dowel.Kernel.Rooms;
using Dowel.Observability.Drift;
using Dowel.Observability.GroundTruth;
using Dowel.Observability.Log;
using Dowel.Observability.Predictions;
using Dowel.Observability.Quality;
using Dowel.Observability.Traffic;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace Dowel.Observability;

/// <summary>Watching: the prediction log, ground truth, traffic, live quality and drift.</summary>
public sealed class ObservabilityRoom : IRoom
{
    /// <inheritdoc/>
    public string Name => "Observability";

    /// <inheritdoc/>
    public IReadOnlyList<string> Routes { get; } =
    [
        "/api/v1/predictions/{**rest}", "/api/v1/endpoints/{endpoint}/predictions", "/api/v1/endpoints/{endpoint}/ground-truth",
        "/api/v1/endpoints/{endpoint}/traffic", "/api/v1/endpoints/{endpoint}/quality", "/api/v1/endpoints/{endpoint}/drift",
    ];

    /// <inheritdoc/>
    public void AddServices(IServiceCollection services, IConfiguration configuration)
    {
        services.AddOptions<ObservabilityOptions>().Bind(configuration.GetSection(ObservabilityOptions.Section), o => o.ErrorOnUnknownConfiguration = true)
            .Validate(o => o.RetentionDays is >= 0 and <= 36_500, "Observability:RetentionDays must be from 0 (keep for ever) to 36500.")
            .Validate(o => o.DriftRows is >= 500 and <= 5_000_000, "Observability:DriftRows must be from 500 to 5000000.")
            .Validate(o => o.QueriesAtOnce is >= 1 and <= 64, "Observability:QueriesAtOnce must be from 1 to 64.")
            .ValidateOnStart();
        services.AddMetrics();
        services.AddSingleton<ObservabilityMetrics>();
        services.AddSingleton<PredictionLog>();
        services.AddSingleton<IPredictionSink>(p => p.GetRequiredService<PredictionLog>());
        services.AddSingleton<Retention>();
        services.AddHostedService(p => p.GetRequiredService<Retention>());
        services.AddSingleton<PredictionService>();
        services.AddScoped<PredictionLookup>();
        services.AddSingleton<ExternalPredictions>();
        services.AddSingleton<GroundTruthService>();
        services.AddSingleton<IGroundTruth, GroundTruthPort>();
        services.AddSingleton<TrafficService>();
        services.AddSingleton<QualityService>();
        services.AddSingleton<DriftStore>();
        services.AddSingleton<DriftService>();
        services.AddHealthChecks().AddCheck<PredictionLogIsWhole>("prediction-log", tags: ["ready"]);
    }

    /// <inheritdoc/>
    public void MapEndpoints(IEndpointRouteBuilder endpoints) => endpoints.MapObservability();
}
