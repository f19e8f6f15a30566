using Dowel.Contracts;
using Dowel.Features.Push;
using Dowel.Features.Retrieval;
using Dowel.Kernel.Access;
using Dowel.Kernel.Hosting;
using Dowel.Kernel.Http;
using Dowel.Kernel.Resources;
using Dowel.Kernel.Results;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Options;

namespace Dowel.Features.Views;

/// <summary>The routes of feature views.</summary>
internal static class FeatureViewEndpoints
{
    public static void MapFeatureViews(this IEndpointRouteBuilder endpoints)
    {
        var group = endpoints.MapGroup("/api/v1/feature-views").WithTags("Features");
        group.MapGet("", List).Allow(AccessRule.SignedIn).WithName("ListFeatureViews").WithSummary("The feature views that you may see");
        group.MapPost("", Create).Allow(AccessRule.CheckedInside("contributor of the project")).WithName("CreateFeatureView").WithSummary("Makes a feature view");
        group.MapGet("/{view}", Get).AllowOn(ResourceKind.FeatureView, Permission.Read).WithName("GetFeatureView").WithSummary("One feature view");
        group.MapPatch("/{view}", Update).AllowOn(ResourceKind.FeatureView, Permission.Edit).WithName("UpdateFeatureView").WithSummary("Changes a feature view's state, adds features, or changes name, description, owner or tags");
        group.MapDelete("/{view}", Delete).AllowOn(ResourceKind.FeatureView, Permission.Manage).WithName("DeleteFeatureView").WithSummary("Deletes a feature view with its rows in both stores");
        group.MapPost("/{view}/push", Push).AllowOn(ResourceKind.FeatureView, Permission.Edit).WithName("PushFeatures").WithSummary("Pushes rows into both stores; the body is a table as JSON, or CSV with a header")
            // Any type comes in here, so that a wrong one is told what would do.
            .Accepts<TableData>("application/json", "text/csv", "*/*");
        group.MapGet("/{view}/values", Values).AllowOn(ResourceKind.FeatureView, Permission.Use).WithName("GetFeatureValues").WithSummary("The newest rows of the offline store");
    }

    private static async Task<ApiResult<Page<FeatureView>>> List(Actor actor, [AsParameters] ListQuery query, FeatureViewService views, CancellationToken cancellationToken)
        => await views.ListAsync(actor, query, cancellationToken);

    private static async Task<ApiResult<FeatureView>> Create(Actor actor, CreateFeatureView view, FeatureViewService views, CancellationToken cancellationToken)
        => await views.CreateAsync(actor, view, cancellationToken);

    private static async Task<ApiResult<FeatureView>> Get(Resource resource, FeatureViewService views, CancellationToken cancellationToken)
        => await views.GetAsync(resource, cancellationToken);

    private static async Task<ApiResult<FeatureView>> Update(Actor actor, Resource resource, PatchFeatureView patch, IfMatch ifMatch, FeatureViewService views, CancellationToken cancellationToken)
        => await views.UpdateAsync(actor, resource, patch, ifMatch.Revision, cancellationToken);

    private static async Task<ApiResult<Unit>> Delete(Actor actor, Resource resource, IfMatch ifMatch, FeatureViewService views, CancellationToken cancellationToken)
        => await views.DeleteAsync(actor, resource, ifMatch.Revision, cancellationToken);

    private static async Task<ApiResult<PushResult>> Push(Actor actor, Resource resource, HttpRequest request, PushService pushes, IOptions<DowelOptions> options, CancellationToken cancellationToken)
    {
        var media = request.ContentType?.Split(';', 2)[0].Trim().ToLowerInvariant();
        if (media is not ("application/json" or "text/csv"))
            return new Failure(ErrorCodes.Malformed with { Status = StatusCodes.Status415UnsupportedMediaType }, $"The content type '{media}' is not accepted here; send application/json or text/csv.");
        var isCsv = media == "text/csv";
        // Of CSV the service counts the bytes; JSON has the limit of all JSON bodies.
        if (request.HttpContext.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } limit) limit.MaxRequestBodySize = isCsv ? null : options.Value.MaxBodyBytes;
        return await pushes.PushAsync(actor, resource, request.Body, isCsv, cancellationToken);
    }

    private static async Task<ApiResult<TableData>> Values(Resource resource, int? limit, HistoricalRetrieval offline, CancellationToken cancellationToken)
        => await offline.ValuesAsync(resource, limit, cancellationToken);
}
