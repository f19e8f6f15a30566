using Dowel.Catalog.Profiles;
using Dowel.Catalog.Uploads;
using Dowel.Contracts;
using Dowel.Kernel.Access;
using Dowel.Kernel.Http;
using Dowel.Kernel.Resources;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Routing;

namespace Dowel.Catalog.Datasets;

/// <summary>The routes of a dataset's versions and data.</summary>
internal static class DatasetVersionEndpoints
{
    public static void MapDatasetVersions(this IEndpointRouteBuilder endpoints)
    {
        var group = endpoints.MapGroup("/api/v1/datasets/{dataset}").WithTags("Catalog");
        group.MapGet("/versions", List).AllowOn(ResourceKind.Dataset, Permission.Read).WithName("ListDatasetVersions").WithSummary("The versions of a dataset, newest first");
        group.MapPost("/versions", Upload).AllowOn(ResourceKind.Dataset, Permission.Edit).WithName("UploadDatasetVersion")
            .WithSummary("Adds a version: the body is a CSV, Parquet or JSON-lines file; the same content as the newest version makes none")
            .Accepts<Stream>("text/csv", "application/vnd.apache.parquet", "application/jsonl", "*/*");
        group.MapGet("/sample", Sample).AllowOn(ResourceKind.Dataset, Permission.Use).WithName("GetDatasetSample").WithSummary("The first rows of a version");
        group.MapGet("/profile", Profile).AllowOn(ResourceKind.Dataset, Permission.Read).WithName("GetDatasetProfile").WithSummary("The profile of a version: figures for each column, and correlations");
        group.MapGet("/data", Data).AllowOn(ResourceKind.Dataset, Permission.Use).WithName("GetDatasetData").WithSummary("All rows of a version as CSV or Parquet")
            .Produces(StatusCodes.Status200OK, contentType: "text/csv").Produces(StatusCodes.Status206PartialContent, contentType: "application/vnd.apache.parquet");
    }

    private static async Task<ApiResult<Page<DatasetVersion>>> List(Resource resource, [AsParameters] ListQuery query, DatasetVersions versions, CancellationToken cancellationToken)
        => await versions.ListAsync(resource, query, cancellationToken);

    private static async Task<ApiResult<DatasetVersion>> Upload(Actor actor, Resource resource, string? format, string? source, HttpRequest request, DatasetUploads uploads, CancellationToken cancellationToken)
    {
        // The service counts, by the setting for uploads.
        if (request.HttpContext.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } limit) limit.MaxRequestBodySize = null;
        return await uploads.UploadAsync(actor, resource, new Upload(request.Body, request.ContentLength, format, request.ContentType, source), cancellationToken);
    }

    private static async Task<ApiResult<TableData>> Sample(Actor actor, Resource resource, int? version, int? limit, DatasetReader reader, CancellationToken cancellationToken)
        => await reader.SampleAsync(actor, resource, version, limit, cancellationToken);

    private static async Task<ApiResult<DatasetProfile>> Profile(Actor actor, Resource resource, int? version, DatasetProfiles profiles, CancellationToken cancellationToken)
        => await profiles.GetAsync(actor, resource, version, cancellationToken);

    private static Task<IResult> Data(HttpContext context, Resource resource, int? version, string? format, DatasetReader reader)
        => reader.DataAsync(context, resource, version, format);
}
