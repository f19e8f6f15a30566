using Dowel.Contracts;
using Dowel.Kernel.Resources;
using Microsoft.AspNetCore.Builder;

namespace Dowel.Kernel.Access;

/// <summary>Finds the resource that a route value belongs to, such as a run's experiment.</summary>
/// <param name="services">The request's services.</param>
/// <param name="value">The route value.</param>
/// <param name="cancellationToken">Cancels it.</param>
/// <returns>The resource's id, or null if there is no such thing.</returns>
public delegate ValueTask<string?> ResourceLocator(IServiceProvider services, string value, CancellationToken cancellationToken);

/// <summary>Who may call a route. Every route has one; a route without is refused by the middleware and fails a test.</summary>
/// <param name="Kind">How it is checked.</param>
/// <param name="Description">The rule in words, for the written table of access.</param>
public sealed record AccessRule(AccessRuleKind Kind, string Description)
{
    /// <summary>The route value that names the thing.</summary>
    public string Parameter { get; init; } = "";
    /// <summary>The kind of thing; null for any kind, named by id.</summary>
    public ResourceKind? Resource { get; init; }
    /// <summary>What it takes on it.</summary>
    public Permission Permission { get; init; }
    /// <summary>What it takes in the project.</summary>
    public ProjectRole Role { get; init; }
    /// <summary>Finds the thing where the route value is not its name.</summary>
    public ResourceLocator? Locator { get; init; }
    /// <summary>Whether a caller who is not signed in passes as <see cref="Actor.Guest"/>, where the server lets guests in.</summary>
    public bool Guests { get; init; }

    /// <summary>Anybody, signed in or not.</summary>
    public static AccessRule Anonymous(string why) => new(AccessRuleKind.Anonymous, $"anyone: {why}");

    /// <summary>Anybody signed in; the service narrows it to what the caller may see.</summary>
    public static AccessRule SignedIn { get; } = new(AccessRuleKind.SignedIn, "signed in");

    /// <summary>As <see cref="SignedIn"/>; guests pass as well where the server answers predictions without sign-in.</summary>
    public static AccessRule SignedInOrGuest { get; } = new(AccessRuleKind.SignedIn, "signed in, or a guest") { Guests = true };

    /// <summary>A page: somebody who is not signed in is sent to the sign-in page.</summary>
    public static AccessRule Page { get; } = new(AccessRuleKind.Page, "signed in (page)");

    /// <summary>Platform administrators.</summary>
    public static AccessRule Admin { get; } = new(AccessRuleKind.Admin, "admin");

    /// <summary>Platform auditors and administrators.</summary>
    public static AccessRule Auditor { get; } = new(AccessRuleKind.Auditor, "auditor or admin");

    /// <summary>Signed in, and the service itself checks <paramref name="what"/> before anything is done (a body names the project, or a hot path that must not read a database).</summary>
    public static AccessRule CheckedInside(string what) => new(AccessRuleKind.SignedIn, $"signed in; checked inside: {what}");

    /// <summary>As <see cref="CheckedInside"/>; where the server answers predictions without sign-in, guests pass as well and may use what is public.</summary>
    public static AccessRule CheckedInsideForGuests(string what) => new(AccessRuleKind.SignedIn, $"signed in, or a guest; checked inside: {what}") { Guests = true };

    /// <summary>Those who have <paramref name="permission"/> on the thing that the route names.</summary>
    public static AccessRule On(ResourceKind kind, Permission permission, string? parameter = null, ResourceLocator? locator = null)
        => new(AccessRuleKind.Resource, $"{permission.ToString().ToLowerInvariant()} on the {kind.Name}")
        { Resource = kind, Permission = permission, Parameter = parameter ?? kind.RouteParameter, Locator = locator };

    /// <summary>Those who have <paramref name="permission"/> on the thing of any kind whose id the route gives.</summary>
    public static AccessRule OnAnyKind(Permission permission)
        => new(AccessRuleKind.Resource, $"{permission.ToString().ToLowerInvariant()} on the thing") { Permission = permission, Parameter = "resource" };

    /// <summary>Those who have at least <paramref name="role"/> in the project that the route names.</summary>
    public static AccessRule InProject(ProjectRole role, string parameter = "project")
        => new(AccessRuleKind.Project, $"{role.ToString().ToLowerInvariant()} of the project") { Role = role, Parameter = parameter };
}

/// <summary>How an <see cref="AccessRule"/> is checked.</summary>
public enum AccessRuleKind
{
    /// <summary>Not at all.</summary>
    Anonymous,
    /// <summary>Somebody must be signed in.</summary>
    SignedIn,
    /// <summary>As <see cref="SignedIn"/>, but sends people to the sign-in page instead of refusing.</summary>
    Page,
    /// <summary>Administrator.</summary>
    Admin,
    /// <summary>Auditor or administrator.</summary>
    Auditor,
    /// <summary>A permission on a resource.</summary>
    Resource,
    /// <summary>A role in a project.</summary>
    Project,
}

/// <summary>Puts rules on routes.</summary>
public static class AccessRouteExtensions
{
    /// <summary>Says who may call these routes. The last rule put on a route counts.</summary>
    public static TBuilder Allow<TBuilder>(this TBuilder builder, AccessRule rule) where TBuilder : IEndpointConventionBuilder
    {
        builder.Add(b => b.Metadata.Add(rule));
        return builder;
    }

    /// <summary>Shorthand for <see cref="AccessRule.On"/>.</summary>
    public static TBuilder AllowOn<TBuilder>(this TBuilder builder, ResourceKind kind, Permission permission) where TBuilder : IEndpointConventionBuilder
        => builder.Allow(AccessRule.On(kind, permission));
}
