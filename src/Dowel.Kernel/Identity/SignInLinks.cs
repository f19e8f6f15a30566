using Dowel.Contracts;
using Dowel.Kernel.Relational;

namespace Dowel.Kernel.Identity;

/// <summary>One-time sign-in links: kept as hashes, good for a day and for one use.</summary>
internal sealed class SignInLinks(TimeProvider time)
{
    private const long DayMicros = 24L * 3600 * 1_000_000;

    public async Task<SignInLink> CreateAsync(DbSession session, string userId)
    {
        var now = time.NowMicros();
        var code = TokenSecrets.NewCode();
        await session.ExecuteAsync("DELETE FROM kernel_links WHERE expires_at < @now", new { now });
        await session.ExecuteAsync("INSERT INTO kernel_links (code_hash, user_id, expires_at) VALUES (@hash, @userId, @expires)",
            new { hash = TokenSecrets.Hash(code), userId, expires = now + DayMicros });
        return new SignInLink($"/sign-in/link?code={code}", Instants.FromMicros(now + DayMicros));
    }

    /// <summary>Whether the code would do now; uses nothing up.</summary>
    public async Task<bool> IsGoodAsync(DbSession session, string code)
        => await session.ScalarAsync<long>("SELECT COUNT(*) FROM kernel_links WHERE code_hash = @hash AND used_at IS NULL AND expires_at > @now", new { hash = TokenSecrets.Hash(code), now = time.NowMicros() }) == 1;

    /// <summary>Uses a code up: the user's id for exactly one caller, null for everyone else.</summary>
    public async Task<string?> UseAsync(DbSession session, string code)
    {
        var hash = TokenSecrets.Hash(code);
        var won = await session.ExecuteAsync("UPDATE kernel_links SET used_at = @now WHERE code_hash = @hash AND used_at IS NULL AND expires_at > @now", new { hash, now = time.NowMicros() });
        return won == 1 ? await session.ScalarAsync<string>("SELECT user_id FROM kernel_links WHERE code_hash = @hash", new { hash }) : null;
    }

    /// <summary>Makes the user's unused links worthless.</summary>
    public Task WithdrawAsync(DbSession session, string userId)
        => session.ExecuteAsync("UPDATE kernel_links SET used_at = @now WHERE user_id = @userId AND used_at IS NULL", new { userId, now = time.NowMicros() });
}
