using Microsoft.AspNetCore.Http;

namespace Dowel.Kernel.Access;

/// <summary>Who asks: a signed-in user, nobody, or the server itself.</summary>
public sealed record Actor
{
    /// <summary>Nobody signed in.</summary>
    public static readonly Actor Anonymous = new() { UserId = "", UserName = "" };

    /// <summary>A caller who is not signed in, where <see cref="Hosting.DowelOptions.AnonymousPredictions"/> lets them ask public endpoints: a user of no project, with no share. No real user may have the name.</summary>
    public static readonly Actor Guest = new() { UserId = "anonymous", UserName = "anonymous" };

    /// <summary>The server itself, in background work.</summary>
    public static readonly Actor System = new() { UserId = "system", UserName = "system", IsAdmin = true };

    /// <summary>User id.</summary>
    public required string UserId { get; init; }
    /// <summary>User name.</summary>
    public required string UserName { get; init; }
    /// <summary>Platform administrator.</summary>
    public bool IsAdmin { get; init; }
    /// <summary>Platform auditor.</summary>
    public bool IsAuditor { get; init; }
    /// <summary>The project that the token is limited to, by id. Such an actor has no platform role.</summary>
    public string? ProjectScope { get; init; }
    /// <summary>The token that was used.</summary>
    public string? TokenId { get; init; }
    /// <summary>The remote address.</summary>
    public string Remote { get; init; } = "";

    /// <summary>Whether somebody is signed in.</summary>
    public bool IsSignedIn => UserId.Length > 0;

    /// <summary>Binds the caller in endpoint handlers.</summary>
    public static ValueTask<Actor> BindAsync(HttpContext context) => ValueTask.FromResult(context.Actor());
}

/// <summary>The actor of a request.</summary>
public static class ActorHttpExtensions
{
    /// <summary>Who asks. Set by the identity middleware.</summary>
    public static Actor Actor(this HttpContext context) => context.Features.Get<Actor>() ?? Access.Actor.Anonymous;
}
