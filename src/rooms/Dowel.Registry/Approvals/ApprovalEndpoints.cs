using Dowel.Contracts;
using Dowel.Kernel.Access;
using Dowel.Kernel.Http;
using Dowel.Kernel.Resources;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Dowel.Registry.Approvals;

/// <summary>The routes of approvals. Who may approve is said by the gate, and checked inside.</summary>
internal static class ApprovalEndpoints
{
    public static void MapApprovals(this IEndpointRouteBuilder endpoints)
    {
        var group = endpoints.MapGroup("/api/v1/models/{model}/versions/{version}/approvals").WithTags("Registry");
        group.MapGet("", List).AllowOn(ResourceKind.Model, Permission.Read).WithName("ListApprovals").WithSummary("What people said of a version before its protected aliases, newest first");
        group.MapPost("", Set).AllowOn(ResourceKind.Model, Permission.Read).WithName("ApproveModelVersion").WithSummary("Approves or rejects a version for a protected alias; the gate says who may");
    }

    private static async Task<ApiResult<IReadOnlyList<Approval>>> List(Resource resource, string version, ApprovalService approvals, CancellationToken cancellationToken)
        => await approvals.ListAsync(resource, version, cancellationToken);

    private static async Task<ApiResult<Approval>> Set(Actor actor, Resource resource, string version, SetApproval body, ApprovalService approvals, CancellationToken cancellationToken)
        => await approvals.SetAsync(actor, resource, version, body, cancellationToken);
}
