using System.Text.Json;
using Dowel.Contracts;
using Dowel.Kernel.Access;
using Dowel.Kernel.Http;
using Dowel.Kernel.Results;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Dowel.Kernel.Audit;

/// <summary>Reading the audit trail.</summary>
internal static class AuditEndpoints
{
    public static void MapAuditEndpoints(this IEndpointRouteBuilder endpoints)
    {
        var group = endpoints.MapGroup("/api/v1/audit").WithTags("Audit").Allow(AccessRule.Auditor);
        group.MapGet("", List).WithName("ListAudit").WithSummary("Records of the audit trail, newest first");
        group.MapGet("/verify", Verify).WithName("VerifyAudit").WithSummary("Check the hash chain of the whole trail");
        group.MapGet("/export", Export).WithName("ExportAudit").WithSummary("The whole trail as JSON lines, oldest first").Produces<string>(200, "application/jsonl");
    }

    private static async Task<ApiResult<Page<AuditRecord>>> List([AsParameters] AuditQuery query, IAuditTrail trail, CancellationToken cancellationToken)
    {
        try
        {
            return await trail.ListAsync(query, cancellationToken);
        }
        catch (FailureException e)
        {
            return e.Failure;
        }
    }

    private static async Task<ApiResult<AuditVerification>> Verify(IAuditTrail trail, CancellationToken cancellationToken)
        => await trail.VerifyAsync(cancellationToken);

    private static async Task Export(HttpContext context, IAuditTrail trail)
    {
        context.Response.ContentType = "application/jsonl";
        context.Response.Headers.ContentDisposition = "attachment; filename=\"audit.jsonl\"";
        await foreach (var record in trail.ExportAsync(context.RequestAborted))
            await context.Response.WriteAsync(JsonSerializer.Serialize(record, DowelJson.Options) + "\n", context.RequestAborted);
    }
}
