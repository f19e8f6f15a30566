using System.Collections.Concurrent;
using System.Net;
using Dowel.Contracts;
using Dowel.Kernel.Access;
using Dowel.Kernel.Audit;
using Dowel.Kernel.Relational;
using Dowel.Kernel.Results;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Identity;

namespace Dowel.Kernel.Identity;

/// <summary>Checks user names with passwords: limited, audited, and in the same time whether or not there is such a user.</summary>
internal sealed class PasswordCheck(IDb db, PasswordHashing hashing, SignInLimiter limiter, PasswordCache cache, IAuditTrail audit)
{
    private static readonly Failure Wrong = new(ErrorCodes.Unauthenticated, "User name or password is wrong.");
    private readonly ConcurrentDictionary<SecretKey, Lazy<Task<Result<UserRow>>>> _running = new();

    /// <summary>Begins an attempt to sign in; null if it may go on, otherwise the refusal, recorded, with Retry-After set on the response.</summary>
    public Failure? Begin(HttpContext context, string? user)
    {
        if (limiter.Begin(context.Connection.RemoteIpAddress, user) is not { } wait) return null;
        // Without the name: thousands of them could be made up, and each would be a record.
        audit.Denied(new AuditEntry { Actor = Actor.Anonymous with { Remote = context.Remote() }, Action = "auth.limited" });
        var seconds = Math.Max(1, (int)Math.Ceiling(wait.TotalSeconds));
        context.Response.Headers.RetryAfter = seconds.ToString(System.Globalization.CultureInfo.InvariantCulture);
        return new Failure(ErrorCodes.RateLimited, $"Too many failed attempts to sign in; try again in {seconds} seconds.");
    }

    /// <summary>Checks a sign-in.</summary>
    public async Task<Result<UserRow>> VerifyAsync(HttpContext context, string user, string password, CancellationToken cancellationToken)
    {
        if (Begin(context, user) is { } limited) return limited;
        return await VerifyAsync(context.Connection.RemoteIpAddress, user, password, cancellationToken);
    }

    /// <summary>Checks the password of HTTP Basic, which comes with every request: remembered for five minutes, and equal ones at the same time are checked once.</summary>
    public async Task<Result<UserRow>> VerifyBasicAsync(HttpContext context, string user, string password)
    {
        var key = cache.KeyOf(user, password);
        if (cache.Find(key) is { } known) return known;
        var mine = new Lazy<Task<Result<UserRow>>>(async () =>
        {
            if (Begin(context, user) is { } limited) return limited;
            var generation = cache.Generation;
            // Others wait for the same answer, so this one request's end must not cancel it.
            var verified = await VerifyAsync(context.Connection.RemoteIpAddress, user, password, CancellationToken.None);
            if (verified.TryGet(out var row, out _)) cache.Put(key, row, generation);
            return verified;
        });
        var running = _running.GetOrAdd(key, mine);
        try
        {
            return await running.Value;
        }
        finally
        {
            if (running == mine) _running.TryRemove(key, out _);
        }
    }

    /// <summary>Checks the present password of somebody signed in, before it is changed.</summary>
    public async Task<bool> IsCurrentAsync(HttpContext context, UserRow user, string password, CancellationToken cancellationToken)
    {
        if (await hashing.VerifyAsync(user.PasswordHash, password, cancellationToken) == PasswordVerificationResult.Failed) return false;
        limiter.Succeeded(context.Connection.RemoteIpAddress, user.Name);
        return true;
    }

    private async Task<Result<UserRow>> VerifyAsync(IPAddress? remote, string user, string password, CancellationToken cancellationToken)
    {
        // A name that cannot be is not looked up: databases differ in what text they take.
        var row = UserNames.IsValid(user) ? await db.ReadAsync(s => s.FirstAsync<UserRow>("SELECT * FROM kernel_users WHERE name = @user", new { user }), cancellationToken) : null;
        var result = await hashing.VerifyAsync(row?.PasswordHash, password, cancellationToken);
        if (row is null || row.Disabled || result == PasswordVerificationResult.Failed)
        {
            AuditFailure(remote, user);
            return Wrong;
        }
        limiter.Succeeded(remote, user);
        if (result == PasswordVerificationResult.SuccessRehashNeeded) await RehashAsync(row, password, cancellationToken);
        return row;
    }

    public void AuditFailure(IPAddress? remote, string user) => audit.Denied(new AuditEntry
    {
        Actor = Actor.Anonymous with { Remote = Remotes.Text(remote) },
        Action = "auth.failed",
        // Only a possible name: people do type their password into the wrong field.
        Resource = UserNames.IsValid(user) ? user : "",
    });

    private async Task RehashAsync(UserRow row, string password, CancellationToken cancellationToken)
    {
        var old = row.PasswordHash;
        row.PasswordHash = await hashing.HashAsync(password, cancellationToken);
        await db.WriteAsync(async s =>
        {
            await s.ExecuteAsync("UPDATE kernel_users SET password_hash = @hash WHERE id = @id AND password_hash = @old", new { id = row.Id, hash = row.PasswordHash, old });
            return Result.Done;
        }, cancellationToken);
    }
}
