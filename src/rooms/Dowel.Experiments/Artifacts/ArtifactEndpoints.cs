using Dowel.Contracts;
using Dowel.Experiments.Runs;
using Dowel.Kernel.Access;
using Dowel.Kernel.Http;
using Dowel.Kernel.Objects;
using Dowel.Kernel.Resources;
using Dowel.Kernel.Results;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Routing;

namespace Dowel.Experiments.Artifacts;

/// <summary>The routes of runs' files.</summary>
internal static class ArtifactEndpoints
{
    public static void MapArtifacts(this IEndpointRouteBuilder endpoints)
    {
        var group = endpoints.MapGroup("/api/v1/runs/{run}/artifacts").WithTags("Experiments");
        group.MapGet("", List).Allow(RunEndpoints.MayRead).WithName("ListArtifacts").WithSummary("The files and folders in a folder of a run's artifacts");
        group.MapPut("/{**path}", Put).Allow(RunEndpoints.MayEdit).WithName("PutArtifact").WithSummary("Stores the body as a file of the run; a file of that path is replaced");
        group.MapGet("/{**path}", Get).Allow(RunEndpoints.MayUse).WithName("GetArtifact").WithSummary("The content of a file; honours Range")
            .Produces(StatusCodes.Status200OK, contentType: "application/octet-stream").Produces(StatusCodes.Status206PartialContent, contentType: "application/octet-stream");
    }

    private static async Task<ApiResult<IReadOnlyList<ArtifactInfo>>> List(string run, string? path, ArtifactService artifacts, CancellationToken cancellationToken)
        => await artifacts.ListAsync(run, path, cancellationToken);

    private static async Task<ApiResult<ArtifactInfo>> Put(Actor actor, Resource resource, string run, string? path, HttpRequest request, ArtifactService artifacts, CancellationToken cancellationToken)
    {
        // The service counts, by the setting for uploads.
        if (request.HttpContext.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } limit) limit.MaxRequestBodySize = null;
        return await artifacts.PutAsync(actor, resource, run, path ?? "", request.Body, request.ContentLength, cancellationToken);
    }

    private static async Task<IResult> Get(HttpContext context, string run, string? path, ArtifactService artifacts, IObjectStore store)
        => (await artifacts.GetAsync(run, path ?? "", context.RequestAborted)).TryGet(out var file, out var failure)
            ? await SafeDownload.FromStoreAsync(context, store, file.Path, file.Hash!)
            : new ApiResult<Unit>(failure);
}
