using System.Security.Claims;
using Dowel.Kernel.Access;
using Microsoft.AspNetCore.Http;

namespace Dowel.Kernel.Identity;

/// <summary>Actors as ASP.NET Core knows people: for the pages and for antiforgery.</summary>
internal static class Principals
{
    /// <summary>API calls need none: they would only pay for it.</summary>
    public static bool IsWanted(HttpContext context) => !context.Request.Path.StartsWithSegments("/v2") && !context.Request.Path.StartsWithSegments("/api");

    public static ClaimsPrincipal Of(Actor actor) => new(new ClaimsIdentity([new Claim(ClaimTypes.NameIdentifier, actor.UserId), new Claim(ClaimTypes.Name, actor.UserName)], "Dowel"));
}
