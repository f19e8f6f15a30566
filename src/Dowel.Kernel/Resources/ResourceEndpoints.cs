using Dowel.Contracts;
using Dowel.Kernel.Access;
using Dowel.Kernel.Http;
using Dowel.Kernel.Lineage;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Dowel.Kernel.Resources;

/// <summary>Sharing and lineage, the same for every kind of thing.</summary>
internal static class ResourceEndpoints
{
    public static void MapResourceEndpoints(this IEndpointRouteBuilder endpoints)
    {
        var group = endpoints.MapGroup("/api/v1/resources/{resource}").WithTags("Resources");
        group.MapGet("/sharing", GetSharing).Allow(AccessRule.OnAnyKind(Permission.Read)).WithName("GetSharing").WithSummary("Who a thing is shared with");
        group.MapPut("/sharing", SetSharing).Allow(AccessRule.OnAnyKind(Permission.Manage)).WithName("SetSharing").WithSummary("Share a thing with people, or make it public or private");
        group.MapGet("/lineage", GetLineage).Allow(AccessRule.OnAnyKind(Permission.Read)).WithName("GetLineage").WithSummary("What a thing, or one version of it (a run, for an experiment), was made from and what was made from it");
    }

    private static async Task<ApiResult<Sharing>> GetSharing(Resource found, IResourceService service, CancellationToken cancellationToken)
        => await service.GetSharingAsync(found, cancellationToken);

    private static async Task<ApiResult<Sharing>> SetSharing(Resource found, Sharing body, Actor actor, IResourceService service, CancellationToken cancellationToken)
        => await service.SetSharingAsync(actor, found, body, cancellationToken);

    private static async Task<ApiResult<IReadOnlyList<LineageEdge>>> GetLineage(Resource found, Actor actor, ILineage lineage, string? version, int? depth, CancellationToken cancellationToken)
        => new(Results.Result.Ok(await lineage.AroundAsync(actor, found.Id, version, Math.Clamp(depth ?? 4, 1, 10), cancellationToken)));
}
