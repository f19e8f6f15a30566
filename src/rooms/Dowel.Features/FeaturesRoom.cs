using Dowel.Features.Joins;
using Dowel.Features.Online;
using Dowel.Features.Push;
using Dowel.Features.Retrieval;
using Dowel.Features.Views;
using Dowel.Kernel.Objects;
using Dowel.Kernel.Ports;
using Dowel.Kernel.Rooms;
using Dowel.Tables.Workers;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace Dowel.Features;

/// <summary>The feature store: feature views with their history offline and their newest values online.</summary>
public sealed class FeaturesRoom : IRoom
{
    /// <inheritdoc/>
    public string Name => "Features";

    /// <inheritdoc/>
    public IReadOnlyList<string> Routes { get; } = ["/api/v1/feature-views", "/api/v1/feature-views/{**rest}", "/api/v1/features/{**rest}"];

    /// <inheritdoc/>
    public void AddServices(IServiceCollection services, IConfiguration configuration)
    {
        services.AddOptions<FeaturesOptions>().Bind(configuration.GetSection(Name), o => o.ErrorOnUnknownConfiguration = true)
            .Validate(o => o.MaxPushRows is >= 1 and <= 1_000_000, "Features:MaxPushRows must be from 1 to 1000000.")
            .Validate(o => o.MaxPushValues is >= 10_000 and <= 1_000_000_000, "Features:MaxPushValues must be from 10000 to 1000000000.")
            .Validate(o => o.MaxPushBytes is >= 1 and <= 4L << 30, "Features:MaxPushBytes must be from 1 to 4294967296.")
            .Validate(o => o.MaxConcurrentJobs is >= 1 and <= 100, "Features:MaxConcurrentJobs must be from 1 to 100.")
            .Validate(o => o.MergeSegments is >= 2 and <= 1000, "Features:MergeSegments must be from 2 to 1000.")
            .ValidateOnStart();
        services.AddObjectReferences("SELECT hash FROM features_segments UNION ALL SELECT hash FROM features_pushes WHERE status = 'pending'");
        services.AddSingleton<ViewCatalog>();
        services.AddSingleton<ViewLocks>();
        services.AddSingleton<FeatureViewService>();
        services.AddSingleton<OnlineStore>();
        services.AddSingleton<OfflineStore>();
        services.AddSingleton<PushJournal>();
        services.AddSingleton<PushService>();
        services.AddSingleton<SegmentMerger>();
        services.AddSingleton<FeatureStartup>();
        services.AddHostedService(p => p.GetRequiredService<FeatureStartup>());
        services.AddSingleton<FeatureReferences>();
        services.AddTableWorkers();
        services.AddSingleton<HistoricalRetrieval>();
        services.AddSingleton<OnlineRetrieval>();
        services.AddSingleton<IFeatureReader, FeatureReader>();
    }

    /// <inheritdoc/>
    public void MapEndpoints(IEndpointRouteBuilder endpoints)
    {
        endpoints.MapFeatureViews();
        endpoints.MapRetrieval();
    }
}
