using Dowel.Contracts;
using Dowel.Kernel.Access;
using Dowel.Kernel.Http;
using Dowel.Kernel.Resources;
using Dowel.Kernel.Results;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Dowel.Registry.History;

/// <summary>The route of a model's history.</summary>
internal static class HistoryEndpoints
{
    public static void MapHistory(this IEndpointRouteBuilder endpoints)
        => endpoints.MapGet("/api/v1/models/{model}/history", List).WithTags("Registry").AllowOn(ResourceKind.Model, Permission.Read)
            .WithName("ListModelHistory").WithSummary("Every change of a model and its versions, newest first: who, when, why, from what to what");

    private static async Task<ApiResult<Page<ModelChange>>> List(Resource resource, string? kind, int? version, string? cursor, int? limit, HistoryLog history, CancellationToken cancellationToken)
    {
        ModelChangeKind? wanted = null;
        if (!string.IsNullOrEmpty(kind))
        {
            if (!Enum.GetNames<ModelChangeKind>().Contains(kind, StringComparer.OrdinalIgnoreCase))
                return Failure.Invalid("kind", kind, $"one of {string.Join(", ", Enum.GetNames<ModelChangeKind>().Select(n => n.ToLowerInvariant()))}");
            wanted = Enum.Parse<ModelChangeKind>(kind, ignoreCase: true);
        }
        return await history.ListAsync(resource, new HistoryQuery { Kind = wanted, Version = version, Cursor = cursor, Limit = limit }, cancellationToken);
    }
}
