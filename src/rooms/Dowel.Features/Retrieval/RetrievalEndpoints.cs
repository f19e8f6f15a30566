using Dowel.Contracts;
using Dowel.Kernel.Access;
using Dowel.Kernel.Http;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Dowel.Features.Retrieval;

/// <summary>The routes that read features of several views at once.</summary>
internal static class RetrievalEndpoints
{
    public static void MapRetrieval(this IEndpointRouteBuilder endpoints)
    {
        var group = endpoints.MapGroup("/api/v1/features").WithTags("Features");
        var rule = AccessRule.CheckedInside("use of each feature view");
        group.MapPost("/historical", Historical).Allow(rule).WithName("GetHistoricalFeatures").WithSummary("Features as they were at each row's time (point-in-time join)");
        group.MapPost("/online", Online).Allow(rule).WithName("GetOnlineFeatures").WithSummary("The newest features of entities");
    }

    private static async Task<ApiResult<HistoricalFeatures>> Historical(Actor actor, HistoricalFeaturesRequest request, HistoricalRetrieval features, CancellationToken cancellationToken)
        => await features.GetAsync(actor, request, cancellationToken);

    private static async Task<ApiResult<OnlineFeatures>> Online(Actor actor, OnlineFeaturesRequest request, OnlineRetrieval features, CancellationToken cancellationToken)
        => await features.GetAsync(actor, request, cancellationToken);
}
