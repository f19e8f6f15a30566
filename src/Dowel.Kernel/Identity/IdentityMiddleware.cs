using Dowel.Contracts;
using Dowel.Kernel.Access;
using Dowel.Kernel.Audit;
using Dowel.Kernel.Http;
using Dowel.Kernel.Results;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace Dowel.Kernel.Identity;

/// <summary>Says who asks: by the Authorization header, else by the session cookie, else nobody. A wrong header is refused on every route.</summary>
internal sealed class IdentityMiddleware(RequestDelegate next, Authenticator authenticator, SessionCookies cookies, IAuditTrail audit)
{
    public Task InvokeAsync(HttpContext context)
    {
        var header = context.Request.Headers.Authorization;
        if (authenticator.TryFast(header, context.Connection.RemoteIpAddress, out var actor))
        {
            Set(context, actor);
            return next(context);
        }
        return header.Count > 0 ? ByHeaderAsync(context) : context.Request.Headers.Cookie.Count > 0 ? ByCookieAsync(context) : next(context);
    }

    private async Task ByHeaderAsync(HttpContext context)
    {
        var found = await authenticator.ByHeaderAsync(context, context.Request.Headers.Authorization);
        if (!found.TryGet(out var actor, out var failure))
        {
            await Problems.WriteAsync(context, failure);
            return;
        }
        Set(context, actor);
        await next(context);
    }

    private async Task ByCookieAsync(HttpContext context)
    {
        if (cookies.Read(context) is { } token && await authenticator.BySessionAsync(context, token) is { } actor)
        {
            if (NeedsOwnOrigin(context) && !SameSite.IsOwn(context.Request))
            {
                audit.Denied(new AuditEntry { Actor = actor, Action = "auth.cross_site" });
                await Problems.WriteAsync(context, new Failure(ErrorCodes.CrossSite, "A change with the session cookie must come from this server's own pages; its Origin header says otherwise or is missing."));
                return;
            }
            context.Features.Set(new SessionFeature(token));
            context.Features.Set(actor);
            context.User = Principals.Of(actor);
        }
        await next(context);
    }

    private static void Set(HttpContext context, Actor actor)
    {
        context.Features.Set(actor);
        if (Principals.IsWanted(context)) context.User = Principals.Of(actor);
    }

    /// <summary>Changes, and connections by which changes come (the pages' websocket). The sign-in forms have an antiforgery token instead.</summary>
    private static bool NeedsOwnOrigin(HttpContext context)
    {
        var method = context.Request.Method;
        var safe = HttpMethods.IsGet(method) || HttpMethods.IsHead(method) || HttpMethods.IsOptions(method);
        var upgrade = context.Features.Get<IHttpUpgradeFeature>() is { IsUpgradableRequest: true };
        return (!safe || upgrade) && context.GetEndpoint()?.Metadata.GetMetadata<AntiforgeryForm>() is null;
    }
}

/// <summary>Route metadata of the forms that check an antiforgery token themselves.</summary>
internal sealed class AntiforgeryForm
{
    public static readonly AntiforgeryForm Instance = new();
}

/// <summary>Where a request comes from, as browsers tell and pages cannot change.</summary>
internal static class SameSite
{
    /// <summary>Whether Origin, or Referer without it, names the host that was called.</summary>
    public static bool IsOwn(HttpRequest request)
    {
        var said = request.Headers.Origin.Count > 0 ? request.Headers.Origin : request.Headers.Referer;
        // The scheme is left out: a proxy in front may end TLS.
        return said.Count == 1 && Uri.TryCreate(said[0], UriKind.Absolute, out var from) && (from.Scheme == "http" || from.Scheme == "https")
            && string.Equals(Authority(from), Authority(request, from), StringComparison.OrdinalIgnoreCase);
    }

    private static string Authority(Uri uri) => $"{uri.Host}:{uri.Port}";

    private static string Authority(HttpRequest request, Uri like) => request.Host.Port is { } port ? $"{request.Host.Host}:{port}" : $"{request.Host.Host}:{(like.Scheme == "https" ? 443 : 80)}";
}
