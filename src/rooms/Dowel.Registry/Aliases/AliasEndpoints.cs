using Dowel.Contracts;
using Dowel.Kernel.Access;
using Dowel.Kernel.Http;
using Dowel.Kernel.Resources;
using Dowel.Kernel.Results;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Dowel.Registry.Aliases;

/// <summary>The routes of aliases.</summary>
internal static class AliasEndpoints
{
    public static void MapAliases(this IEndpointRouteBuilder endpoints)
    {
        var group = endpoints.MapGroup("/api/v1/models/{model}/aliases").WithTags("Registry");
        group.MapPut("/{alias}", Set).AllowOn(ResourceKind.Model, Permission.Edit).WithName("SetModelAlias").WithSummary("Points an alias at a version; a protected alias moves only past the gate");
        group.MapDelete("/{alias}", Delete).AllowOn(ResourceKind.Model, Permission.Edit).WithName("DeleteModelAlias").WithSummary("Removes an alias; its history stays");
    }

    private static async Task<ApiResult<Unit>> Set(Actor actor, Resource resource, string alias, SetAlias body, AliasService aliases, CancellationToken cancellationToken)
        => await aliases.SetAsync(actor, resource, alias, body, cancellationToken);

    private static async Task<ApiResult<Unit>> Delete(Actor actor, Resource resource, string alias, string? reason, AliasService aliases, CancellationToken cancellationToken)
        => await aliases.DeleteAsync(actor, resource, alias, reason, cancellationToken);
}
