using Dowel.Contracts;
using Dowel.Kernel.Audit;
using Dowel.Kernel.Relational;
using Dowel.Kernel.Resources;

namespace Dowel.Kernel.Identity;

/// <summary>Sessions: tokens made by signing in. They end after seven days, used or not, so that a stolen one does not live for ever.</summary>
internal sealed class Sessions(IAuditTrail audit, TimeProvider time)
{
    private const long LifetimeMicros = 7L * 24 * 3600 * 1_000_000;

    /// <summary>Opens a session in the caller's transaction.</summary>
    /// <param name="session">The transaction.</param>
    /// <param name="user">Who signed in.</param>
    /// <param name="remote">From where.</param>
    /// <param name="how">How, for the audit trail: password, link or oidc.</param>
    public async Task<CreatedToken> OpenAsync(DbSession session, UserRow user, string remote, string how)
    {
        var now = time.NowMicros();
        await session.ExecuteAsync("DELETE FROM kernel_tokens WHERE user_id = @user AND kind = 'session' AND (expires_at < @now OR revoked_at IS NOT NULL)", new { user = user.Id, now });
        var secret = TokenSecrets.NewToken();
        var row = new TokenRow
        {
            Id = Ids.New("tok"),
            UserId = user.Id,
            Kind = "session",
            Name = $"sign-in by {how}",
            Hint = secret[..8],
            Hash = TokenSecrets.Hash(secret),
            CreatedAt = now,
            ExpiresAt = now + LifetimeMicros,
        };
        await row.InsertAsync(session);
        await session.ExecuteAsync("UPDATE kernel_users SET last_seen_at = @now WHERE id = @id", new { id = user.Id, now });
        await audit.AppendAsync(session, new AuditEntry { Actor = user.ToActor(remote, row.Id), Action = "auth.sign_in", ResourceId = user.Id, Resource = user.Name, After = new { By = how } });
        return new CreatedToken(row.ToToken(), secret);
    }

    /// <summary>Ends the user's sessions, but for <paramref name="except"/>.</summary>
    public Task EndAllAsync(DbSession session, string userId, string? except)
        => session.ExecuteAsync("UPDATE kernel_tokens SET revoked_at = @now WHERE user_id = @userId AND kind = 'session' AND revoked_at IS NULL AND id <> @except",
            new { userId, except = except ?? "", now = time.NowMicros() });
}
