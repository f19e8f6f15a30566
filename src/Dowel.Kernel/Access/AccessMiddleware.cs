using Dowel.Contracts;
using Dowel.Kernel.Audit;
using Dowel.Kernel.Hosting;
using Dowel.Kernel.Http;
using Dowel.Kernel.Identity;
using Dowel.Kernel.Relational;
using Dowel.Kernel.Resources;
using Dowel.Kernel.Results;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Options;

namespace Dowel.Kernel.Access;

/// <summary>Checks the <see cref="AccessRule"/> of the matched route before its body is read. A route without a rule is refused.</summary>
internal sealed class AccessMiddleware(RequestDelegate next, IResourceService resources, IProjectAccess projects, IDb db, IAuditTrail audit, IOptions<DowelOptions> options)
{
    private readonly ActorAtRemote? _guest = options.Value.AnonymousPredictions ? new(Actor.Guest) : null;

    public Task InvokeAsync(HttpContext context)
    {
        var endpoint = context.GetEndpoint();
        // What is no route is routing's own refusal of a method or content type (405, 415), which does nothing.
        if (endpoint is not RouteEndpoint) return next(context);
        var rule = endpoint.Metadata.GetMetadata<AccessRule>();
        if (rule is null)
            return Problems.WriteAsync(context, new Failure(ErrorCodes.Forbidden, $"The route '{(endpoint as RouteEndpoint)?.RoutePattern.RawText}' has no access rule."));
        if (rule.Kind == AccessRuleKind.Anonymous) return next(context);
        var actor = context.Actor();
        if (!actor.IsSignedIn && rule.Kind == AccessRuleKind.Page)
        {
            context.Response.Redirect($"/sign-in?returnUrl={Uri.EscapeDataString(context.Request.Path + context.Request.QueryString)}");
            return Task.CompletedTask;
        }
        if (!actor.IsSignedIn)
        {
            if (!rule.Guests || _guest is null) return RefuseAnonymousAsync(context);
            context.Features.Set(_guest.For(context.Connection.RemoteIpAddress));
        }
        return rule.Kind switch
        {
            AccessRuleKind.SignedIn or AccessRuleKind.Page => next(context),
            AccessRuleKind.Admin => actor.IsAdmin ? next(context) : RefuseAsync(context, actor, rule),
            AccessRuleKind.Auditor => actor.IsAdmin || actor.IsAuditor ? next(context) : RefuseAsync(context, actor, rule),
            AccessRuleKind.Project => CheckProjectAsync(context, actor, rule),
            _ => CheckResourceAsync(context, actor, rule),
        };
    }

    private async Task CheckResourceAsync(HttpContext context, Actor actor, AccessRule rule)
    {
        var reference = context.GetRouteValue(rule.Parameter)?.ToString() ?? "";
        if (rule.Locator is { } locate)
        {
            var id = await locate(context.RequestServices, reference, context.RequestAborted);
            if (id is null)
            {
                await Problems.WriteAsync(context, Failure.NotFound(rule.Parameter, reference));
                return;
            }
            reference = id;
        }
        var found = rule.Resource is { } kind
            ? await resources.FindAsync(actor, kind, reference, rule.Permission, context.RequestAborted)
            : await resources.FindByIdAsync(actor, reference, rule.Permission, context.RequestAborted);
        if (!found.TryGet(out var resource, out var failure))
        {
            await Problems.WriteAsync(context, failure);
            return;
        }
        context.Features.Set(resource);
        await next(context);
    }

    private async Task CheckProjectAsync(HttpContext context, Actor actor, AccessRule rule)
    {
        var reference = context.GetRouteValue(rule.Parameter)?.ToString() ?? "";
        var found = await db.ReadAsync(s => projects.RequireAsync(s, actor, reference, rule.Role), context.RequestAborted);
        if (!found.TryGet(out var project, out var failure))
        {
            await Problems.WriteAsync(context, failure);
            return;
        }
        context.Features.Set(project);
        await next(context);
    }

    private Task RefuseAsync(HttpContext context, Actor actor, AccessRule rule)
    {
        audit.Denied(new AuditEntry { Actor = actor, Action = $"{context.Request.Method.ToLowerInvariant()} {Pattern(context)}", Denied = true });
        var who = rule.Kind == AccessRuleKind.Admin ? "administrators" : "auditors and administrators";
        return Problems.WriteAsync(context, new Failure(ErrorCodes.Forbidden, $"This is for {who}.") { Remedy = "Ask an administrator for that role." });
    }

    private Task RefuseAnonymousAsync(HttpContext context)
    {
        audit.Denied(new AuditEntry { Actor = context.Actor() with { Remote = context.Connection.RemoteIpAddress?.ToString() ?? "" }, Action = $"{context.Request.Method.ToLowerInvariant()} {Pattern(context)}", Denied = true });
        return Problems.WriteAsync(context, new Failure(ErrorCodes.Unauthenticated, "Sign in, or send a token."));
    }

    private static string Pattern(HttpContext context)
    {
        var pattern = "/" + (context.GetEndpoint() as RouteEndpoint)?.RoutePattern.RawText?.Trim('/');
        return pattern.Length > 56 ? pattern[..56] : pattern;
    }
}
