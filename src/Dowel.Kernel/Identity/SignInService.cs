using Dowel.Contracts;
using Dowel.Kernel.Access;
using Dowel.Kernel.Audit;
using Dowel.Kernel.Relational;
using Dowel.Kernel.Results;
using Microsoft.AspNetCore.Http;

namespace Dowel.Kernel.Identity;

/// <inheritdoc cref="ISignIn"/>
internal sealed class SignInService(
    IDb db, PasswordCheck passwords, PasswordHashing hashing, SignInLimiter limiter, SignInLinks links, Sessions sessions, TokenService tokens,
    FirstAdmin firstAdmin, IAuditTrail audit, IdentityCaches caches) : ISignIn
{
    private static readonly Failure SpentLink = new(ErrorCodes.Unauthenticated, "The sign-in link was used already, has expired or never was; ask an administrator for a new one.");

    public async Task<Result<CreatedToken>> ByPasswordAsync(HttpContext context, SignIn signIn, CancellationToken cancellationToken)
    {
        if (string.IsNullOrEmpty(signIn.User)) return Failure.Invalid("user", null, "a user name");
        if (string.IsNullOrEmpty(signIn.Password)) return Failure.Invalid("password", null, "a password");
        var verified = await passwords.VerifyAsync(context, signIn.User, signIn.Password, cancellationToken);
        if (!verified.TryGet(out var user, out var failure)) return failure;
        return await db.WriteAsync<CreatedToken>(async s =>
        {
            await Accounts.LineUpAsync(s);
            return await sessions.OpenAsync(s, user, context.Remote(), "password");
        }, cancellationToken);
    }

    public async Task<Result<CreatedToken>> ByLinkAsync(HttpContext context, RedeemLink link, CancellationToken cancellationToken)
    {
        if (string.IsNullOrEmpty(link.Code)) return Failure.Invalid("code", null, "the code of a sign-in link");
        if (link.NewPassword is not null && PasswordHashing.Check("newPassword", link.NewPassword) is { } bad) return bad;
        if (passwords.Begin(context, null) is { } limited) return limited;
        // Looked at before hashing, so that strangers cannot make the server hash for nothing.
        if (!await IsLinkGoodAsync(link.Code, cancellationToken)) return Spent(context);
        var hash = link.NewPassword is null ? null : await hashing.HashAsync(link.NewPassword, cancellationToken);
        var redeemed = await db.WriteAsync<CreatedToken>(async s =>
        {
            await Accounts.LineUpAsync(s);
            if (await links.UseAsync(s, link.Code) is not { } userId) return SpentLink;
            var user = await s.FirstAsync<UserRow>("SELECT * FROM kernel_users WHERE id = @userId", new { userId });
            if (user is null or { Disabled: true }) return SpentLink;
            if (hash is not null) await SetPasswordAsync(s, user.ToActor(context.Remote()), user, hash, null);
            var session = await sessions.OpenAsync(s, user, context.Remote(), "link");
            await firstAdmin.RedeemedAsync(s, user.Id);
            return session;
        }, cancellationToken);
        if (!redeemed.IsOk) return Spent(context);
        limiter.Succeeded(context.Connection.RemoteIpAddress, null);
        return redeemed;
    }

    public Task<bool> IsLinkGoodAsync(string code, CancellationToken cancellationToken) => db.ReadAsync(s => links.IsGoodAsync(s, code), cancellationToken);

    public async Task<Result<Unit>> ChangePasswordAsync(HttpContext context, Actor actor, ChangePassword change, CancellationToken cancellationToken)
    {
        if (actor.ProjectScope is not null)
        {
            audit.Denied(new AuditEntry { Actor = actor, Action = "user.password" });
            return new Failure(ErrorCodes.Forbidden, "This token is limited to a project and cannot manage its owner's account.");
        }
        if (PasswordHashing.Check("new", change.New) is { } bad) return bad;
        var user = await db.ReadAsync(s => s.FirstAsync<UserRow>("SELECT * FROM kernel_users WHERE id = @id", new { id = actor.UserId }), cancellationToken);
        if (user is null) return Failure.NotFound("user", actor.UserName);
        if (user.PasswordHash is not null)
        {
            if (string.IsNullOrEmpty(change.Current)) return Failure.Invalid("current", null, "your present password");
            if (passwords.Begin(context, user.Name) is { } limited) return limited;
            if (!await passwords.IsCurrentAsync(context, user, change.Current, cancellationToken))
            {
                audit.Denied(new AuditEntry { Actor = actor, Action = "user.password", ResourceId = user.Id, Resource = user.Name });
                return Failure.Invalid("current", "a wrong password", "your present password");
            }
        }
        var hash = await hashing.HashAsync(change.New, cancellationToken);
        return await db.WriteAsync<Unit>(async s =>
        {
            await Accounts.LineUpAsync(s);
            await SetPasswordAsync(s, actor, user, hash, actor.TokenId);
            return Result.Done;
        }, cancellationToken);
    }

    public Task<Result<Unit>> SignOutAsync(Actor actor, CancellationToken cancellationToken) => db.WriteAsync<Unit>(async s =>
    {
        await Accounts.LineUpAsync(s);
        if (actor.TokenId is { } id && await s.FirstAsync<TokenRow>("SELECT * FROM kernel_tokens WHERE id = @id", new { id }) is { } row)
            await tokens.RevokeAsync(s, actor, row);
        return Result.Done;
    }, cancellationToken);

    private async Task SetPasswordAsync(DbSession session, Actor actor, UserRow user, string hash, string? keepSession)
    {
        await session.ExecuteAsync("UPDATE kernel_users SET password_hash = @hash WHERE id = @id", new { id = user.Id, hash });
        await sessions.EndAllAsync(session, user.Id, keepSession);
        await links.WithdrawAsync(session, user.Id);
        await audit.AppendAsync(session, new AuditEntry { Actor = actor, Action = "user.password", ResourceId = user.Id, Resource = user.Name });
        session.AfterCommit(caches.Clear);
    }

    private Failure Spent(HttpContext context)
    {
        passwords.AuditFailure(context.Connection.RemoteIpAddress, "");
        return SpentLink;
    }
}
