using Dowel.Contracts;
using Dowel.Kernel.Access;
using Dowel.Kernel.Http;
using Dowel.Kernel.Results;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Routing;

namespace Dowel.Kernel.Identity;

/// <summary>Users, tokens and signing in.</summary>
public static class IdentityEndpoints
{
    /// <summary>Bodies here are small, and some come from strangers.</summary>
    internal const long MaxBody = 64 * 1024;

    /// <summary>Maps the identity API below <c>/api/v1</c> and the forms of the sign-in pages.</summary>
    public static void MapIdentityEndpoints(this IEndpointRouteBuilder endpoints)
    {
        var api = endpoints.MapGroup("/api/v1").WithTags("Identity").WithMetadata(new RequestSizeLimitAttribute(MaxBody));
        api.MapGet("/me", GetMe).Allow(AccessRule.SignedIn).WithName("GetMe").WithSummary("Who you are, your projects, and what this server has");

        var users = api.MapGroup("/users");
        users.MapGet("", ListUsers).Allow(AccessRule.SignedIn).WithName("ListUsers").WithSummary("Users; e-mail and disabled ones for administrators and auditors only");
        users.MapPost("", CreateUser).Allow(AccessRule.Admin).WithName("CreateUser").WithSummary("Make a user, with a password or with a one-time sign-in link");
        users.MapGet("/{user}", GetUser).Allow(AccessRule.SignedIn).WithName("GetUser").WithSummary("One user, by name or id");
        users.MapPatch("/{user}", PatchUser).Allow(AccessRule.CheckedInside("oneself, for names and address; admin for everything")).WithName("PatchUser").WithSummary("Change a user");
        users.MapPost("/{user}/sign-in-link", CreateLink).Allow(AccessRule.Admin).WithName("CreateSignInLink").WithSummary("Make a one-time sign-in link, good for 24 hours");

        var auth = api.MapGroup("/auth");
        auth.MapPost("/sign-in", SignInByPassword).Allow(AccessRule.Anonymous("signing in")).WithName("SignIn").WithSummary("Sign in by user name and password; the answer's secret is a session token");
        auth.MapPost("/link", SignInByLink).Allow(AccessRule.Anonymous("signing in")).WithName("RedeemLink").WithSummary("Sign in by a one-time link's code");
        auth.MapPost("/password", ChangePassword).Allow(AccessRule.CheckedInside("the present password")).WithName("ChangePassword").WithSummary("Change your password; other sessions end");
        auth.MapPost("/sign-out", SignOut).Allow(AccessRule.SignedIn).WithName("SignOut").WithSummary("Revoke the token that this request carries");

        var tokens = api.MapGroup("/tokens").Allow(AccessRule.CheckedInside("one's own tokens; not by a token limited to a project"));
        tokens.MapGet("", ListTokens).WithName("ListTokens").WithSummary("Your tokens and sessions, without their secrets");
        tokens.MapPost("", CreateToken).WithName("CreateToken").WithSummary("Make a token; its secret is shown this once");
        tokens.MapDelete("/{id}", RevokeToken).WithName("RevokeToken").WithSummary("Revoke a token at once");

        endpoints.MapSignInForms();
        endpoints.MapOidc();
    }

    private static async Task<ApiResult<Me>> GetMe(Actor actor, MeQuery query, CancellationToken cancellationToken)
        => await query.GetAsync(actor, cancellationToken);

    private static async Task<ApiResult<Page<User>>> ListUsers(Actor actor, [AsParameters] ListQuery query, IUserService users, CancellationToken cancellationToken)
        => await users.ListAsync(actor, query, cancellationToken);

    private static async Task<ApiResult<CreatedUser>> CreateUser(Actor actor, CreateUser body, IUserService users, CancellationToken cancellationToken)
        => await users.CreateAsync(actor, body, cancellationToken);

    private static async Task<ApiResult<User>> GetUser(Actor actor, string user, IUserService users, CancellationToken cancellationToken)
        => await users.GetAsync(actor, user, cancellationToken);

    private static async Task<ApiResult<User>> PatchUser(Actor actor, string user, PatchUser body, IUserService users, CancellationToken cancellationToken)
        => await users.PatchAsync(actor, user, body, cancellationToken);

    private static async Task<ApiResult<SignInLink>> CreateLink(Actor actor, string user, IUserService users, CancellationToken cancellationToken)
        => await users.CreateLinkAsync(actor, user, cancellationToken);

    private static async Task<ApiResult<CreatedToken>> SignInByPassword(HttpContext context, SignIn body, ISignIn signIn)
        => await signIn.ByPasswordAsync(context, body, context.RequestAborted);

    private static async Task<ApiResult<CreatedToken>> SignInByLink(HttpContext context, RedeemLink body, ISignIn signIn)
        => await signIn.ByLinkAsync(context, body, context.RequestAborted);

    private static async Task<ApiResult<Unit>> ChangePassword(HttpContext context, Actor actor, ChangePassword body, ISignIn signIn)
        => await signIn.ChangePasswordAsync(context, actor, body, context.RequestAborted);

    private static async Task<ApiResult<Unit>> SignOut(Actor actor, ISignIn signIn, CancellationToken cancellationToken)
        => await signIn.SignOutAsync(actor, cancellationToken);

    private static async Task<ApiResult<Page<Token>>> ListTokens(Actor actor, [AsParameters] ListQuery query, ITokenService tokens, CancellationToken cancellationToken)
        => await tokens.ListAsync(actor, query, cancellationToken);

    private static async Task<ApiResult<CreatedToken>> CreateToken(Actor actor, CreateToken body, ITokenService tokens, CancellationToken cancellationToken)
        => await tokens.CreateAsync(actor, body, cancellationToken);

    private static async Task<ApiResult<Unit>> RevokeToken(Actor actor, string id, ITokenService tokens, CancellationToken cancellationToken)
        => await tokens.RevokeAsync(actor, id, cancellationToken);
}
