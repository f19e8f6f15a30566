using System.Diagnostics.CodeAnalysis;
using System.Net;
using System.Text;
using Dowel.Contracts;
using Dowel.Kernel.Access;
using Dowel.Kernel.Relational;
using Dowel.Kernel.Results;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Primitives;

namespace Dowel.Kernel.Identity;

/// <summary>Turns credentials into an actor.</summary>
internal sealed class Authenticator(IDb db, TokenCache tokens, TokenUsage usage, PasswordCheck passwords, PasswordCache passwordCache, TimeProvider time)
{
    private const string Bearer = "Bearer ";
    private const string Basic = "Basic ";

    /// <summary>The hot path: a Bearer token that is in memory. No database, no allocation.</summary>
    public bool TryFast(StringValues header, IPAddress? remote, [MaybeNullWhen(false)] out Actor actor)
    {
        if (header.Count == 1 && header[0] is { } text && text.Length == Bearer.Length + TokenSecrets.TokenLength && text.StartsWith(Bearer, StringComparison.OrdinalIgnoreCase))
            return tokens.TryGet(SecretKey.OfToken(text.AsSpan(Bearer.Length)), remote, out actor);
        actor = null;
        return false;
    }

    /// <summary>Whatever the Authorization header says; a wrong one is a failure, never nobody.</summary>
    public async Task<Result<Actor>> ByHeaderAsync(HttpContext context, StringValues header)
    {
        if (header.Count != 1 || header[0] is not { } text) return new Failure(ErrorCodes.Unauthenticated, "There is more than one Authorization header.");
        if (text.StartsWith(Bearer, StringComparison.OrdinalIgnoreCase)) return await ByTokenAsync(context, text[Bearer.Length..].Trim(), null);
        if (!text.StartsWith(Basic, StringComparison.OrdinalIgnoreCase)) return new Failure(ErrorCodes.Unauthenticated, "The Authorization header is neither Bearer nor Basic.");
        if (DecodeBasic(text[Basic.Length..].Trim()) is not var (user, password)) return new Failure(ErrorCodes.Unauthenticated, "The Basic credentials cannot be read: expected the Base64 of 'user:password'.");
        return TokenSecrets.LooksLikeToken(password) ? await ByTokenAsync(context, password, user) : await ByPasswordAsync(context, user, password);
    }

    /// <summary>By a token; with <paramref name="user"/> only if it is theirs. Tokens that do not exist count as failed attempts.</summary>
    public async Task<Result<Actor>> ByTokenAsync(HttpContext context, string token, string? user)
    {
        var remote = context.Connection.RemoteIpAddress;
        var found = TokenSecrets.LooksLikeToken(token) ? await LookUpAsync(token, remote, context.RequestAborted) : null;
        if (found is { } result && (user is null || !result.TryGet(out var actor, out _) || actor.UserName == user)) return result;
        if (passwords.Begin(context, null) is { } limited) return limited;
        passwords.AuditFailure(remote, user ?? "");
        return new Failure(ErrorCodes.Unauthenticated, "The token is not known here.");
    }

    /// <summary>By the token in a cookie: null where it is no longer good. Nobody can make such a cookie, so nothing is counted.</summary>
    public async Task<Actor?> BySessionAsync(HttpContext context, string token)
        => await LookUpAsync(token, context.Connection.RemoteIpAddress, context.RequestAborted) is { } result && result.TryGet(out var actor, out _) ? actor : null;

    private async Task<Result<Actor>?> LookUpAsync(string token, IPAddress? remote, CancellationToken cancellationToken)
    {
        var key = SecretKey.OfToken(token);
        if (tokens.TryGet(key, remote, out var cached)) return cached;
        var generation = tokens.Generation;
        var row = await db.ReadAsync(s => s.FirstAsync<JoinedRow>("""
            SELECT u.id, u.name, u.is_admin, u.is_auditor, u.disabled, t.id AS token_id, t.project_id, t.expires_at, t.revoked_at, t.last_used_at
            FROM kernel_tokens t JOIN kernel_users u ON u.id = t.user_id WHERE t.hash = @hash
            """, new { hash = key.ToString() }), cancellationToken);
        if (row is null) return null;
        var now = time.NowMicros();
        if (row.RevokedAt is not null) return new Failure(ErrorCodes.Unauthenticated, "The token was revoked.");
        if (row.ExpiresAt <= now) return new Failure(ErrorCodes.Unauthenticated, $"The token ended at {Instants.FromMicros(row.ExpiresAt.Value):u}.");
        if (row.Disabled) return new Failure(ErrorCodes.Unauthenticated, "The token's user is disabled.");
        var entry = tokens.Put(key, row.ToActor("", row.TokenId, row.ProjectId), row.ExpiresAt, row.LastUsedAt, generation);
        usage.Touch(entry, now);
        return entry.Actors.For(remote);
    }

    private async Task<Result<Actor>> ByPasswordAsync(HttpContext context, string user, string password)
    {
        var verified = await passwords.VerifyBasicAsync(context, user, password);
        if (!verified.TryGet(out var row, out var failure)) return failure;
        // Roles and the password itself may have changed through another server since it was verified.
        var now = await db.ReadAsync(s => s.FirstAsync<UserRow>("SELECT * FROM kernel_users WHERE id = @id", new { id = row.Id }), context.RequestAborted);
        if (now is { Disabled: false } && now.PasswordHash == row.PasswordHash) return now.ToActor(context.Remote());
        passwordCache.Forget(passwordCache.KeyOf(user, password));
        return new Failure(ErrorCodes.Unauthenticated, "User name or password is wrong.");
    }

    private static (string User, string Password)? DecodeBasic(string encoded)
    {
        try
        {
            var text = new UTF8Encoding(false, throwOnInvalidBytes: true).GetString(Convert.FromBase64String(encoded));
            return text.IndexOf(':') is var colon and >= 0 ? (text[..colon], text[(colon + 1)..]) : null;
        }
        catch (Exception e) when (e is FormatException or ArgumentException)
        {
            return null;
        }
    }

    private sealed class JoinedRow : UserRow
    {
        public string TokenId { get; set; } = "";
        public string? ProjectId { get; set; }
        public long? ExpiresAt { get; set; }
        public long? RevokedAt { get; set; }
        public long? LastUsedAt { get; set; }
    }
}
