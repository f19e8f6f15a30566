using Dowel.Contracts;
using Dowel.Kernel.Access;
using Dowel.Kernel.Http;
using Dowel.Kernel.Resources;
using Dowel.Kernel.Results;
using Dowel.Observability.Drift;
using Dowel.Observability.GroundTruth;
using Dowel.Observability.Predictions;
using Dowel.Observability.Quality;
using Dowel.Observability.Traffic;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace Dowel.Observability;

/// <summary>The routes of the room.</summary>
internal static class ObservabilityEndpoints
{
    public static void MapObservability(this IEndpointRouteBuilder endpoints)
    {
        var group = endpoints.MapGroup("/api/v1/endpoints/{endpoint}").WithTags("Observability");
        group.MapGet("/predictions", List).AllowOn(ResourceKind.Endpoint, Permission.Read).WithName("ListPredictions").WithSummary("The predictions of an endpoint, newest first; with less than edit on it, your own alone");
        group.MapPost("/predictions", Log).AllowOn(ResourceKind.Endpoint, Permission.Edit).WithName("LogPredictions").WithSummary("Logs predictions of a model that runs elsewhere; all or none");
        group.MapPost("/ground-truth", SendGroundTruth).AllowOn(ResourceKind.Endpoint, Permission.Use).WithName("SendGroundTruth").WithSummary("Sends what turned out to be right; the last word on a prediction counts. With less than edit on the endpoint, for your own predictions alone");
        group.MapGet("/traffic", GetTraffic).AllowOn(ResourceKind.Endpoint, Permission.Read).WithName("GetTraffic").WithSummary("Requests, errors and latencies over a time; the last hour by default");
        group.MapGet("/quality", GetQuality).AllowOn(ResourceKind.Endpoint, Permission.Read).WithName("GetQuality").WithSummary("How right an endpoint was, where the ground truth is known");
        group.MapPost("/drift", TestDrift).AllowOn(ResourceKind.Endpoint, Permission.Use).WithName("TestDrift").WithSummary("Tests whether two windows come from the same distribution; the report is kept");
        group.MapGet("/drift", ListDrift).AllowOn(ResourceKind.Endpoint, Permission.Read).WithName("ListDrift").WithSummary("The newest 100 drift reports, newest first");

        endpoints.MapGet("/api/v1/predictions/{prediction}", Get).Allow(AccessRule.On(ResourceKind.Endpoint, Permission.Read, "prediction", LocateAsync) with { Description = "read on the endpoint; edit for somebody else's" })
            .WithTags("Observability").WithName("GetPrediction").WithSummary("One prediction; somebody else's takes edit on the endpoint");
    }

    private static ValueTask<string?> LocateAsync(IServiceProvider services, string prediction, CancellationToken cancellationToken)
        => services.GetRequiredService<PredictionLookup>().LocateAsync(prediction, cancellationToken);

    private static async Task<ApiResult<Page<Prediction>>> List(Actor actor, Resource resource, [AsParameters] PredictionQuery query, PredictionService predictions, CancellationToken cancellationToken)
        => await predictions.ListAsync(actor, resource, query, cancellationToken);

    private static async Task<ApiResult<Prediction>> Get(Actor actor, Resource resource, string prediction, PredictionLookup lookup, IResourceService resources, CancellationToken cancellationToken)
    {
        if (lookup.Found is not { } found) return Failure.NotFound("prediction", prediction);
        if (PredictionAccess.OnlyOf(actor, resource) is not { } own || own == found.CallerId) return found.Prediction;
        // Refused and recorded as everything that takes edit.
        return (await resources.FindAsync(actor, ResourceKind.Endpoint, resource.Id, Permission.Edit, cancellationToken)).Map(_ => found.Prediction);
    }

    private static async Task<ApiResult<LogPredictionsResult>> Log(Actor actor, Resource resource, LogPredictions body, ExternalPredictions predictions, CancellationToken cancellationToken)
        => await predictions.LogAsync(actor, resource, body, cancellationToken);

    private static async Task<ApiResult<GroundTruthResult>> SendGroundTruth(Actor actor, Resource resource, SendGroundTruth body, GroundTruthService truth, CancellationToken cancellationToken)
        => await truth.SendAsync(actor, resource, body, cancellationToken);

    private static async Task<ApiResult<EndpointTraffic>> GetTraffic(Resource resource, DateTimeOffset? from, DateTimeOffset? to, double? step, TrafficService traffic, CancellationToken cancellationToken)
        => await traffic.GetAsync(resource.Id, from, to, step, cancellationToken);

    private static async Task<ApiResult<LiveQuality>> GetQuality(Resource resource, DateTimeOffset? from, DateTimeOffset? to, string? output, QualityService quality, CancellationToken cancellationToken)
        => await quality.GetAsync(resource.Id, from, to, output, cancellationToken);

    private static async Task<ApiResult<DriftReport>> TestDrift(Actor actor, Resource resource, DriftRequest body, DriftService drift, CancellationToken cancellationToken)
        => await drift.TestAsync(actor, resource, body, cancellationToken);

    private static async Task<ApiResult<IReadOnlyList<DriftReport>>> ListDrift(Resource resource, DriftStore reports, CancellationToken cancellationToken)
        => Result.Ok(await reports.ListAsync(resource.Id, cancellationToken));
}
