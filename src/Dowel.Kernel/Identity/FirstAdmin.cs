using Dowel.Kernel.Access;
using Dowel.Kernel.Hosting;
using Dowel.Kernel.Relational;
using Dowel.Kernel.Results;
using Microsoft.Extensions.Options;

namespace Dowel.Kernel.Identity;

/// <summary>
/// The first administrator: made at the first start without a password, and let in by a one-time link that only those who can read the console
/// or the data folder see. Also the way back where nobody could administer any more (a server that ran for a single user before).
/// </summary>
internal sealed class FirstAdmin(IDb db, Accounts accounts, SignInLinks links, IOptions<DowelOptions> options, TimeProvider time)
{
    private const string Setting = "first_sign_in";
    private const string FileName = "first-sign-in.url";

    private string FilePath => Path.Combine(options.Value.DataDir, FileName);

    /// <summary>Makes <c>admin</c> where there is no user; where no administrator can sign in, lets the oldest one in again.</summary>
    public async Task PrepareAsync(CancellationToken cancellationToken) => _ = (await db.WriteAsync<Unit>(async s =>
    {
        await Accounts.LineUpAsync(s);
        if (await PendingAsync(s) is not null) return Result.Done;
        string userId;
        if (await s.ScalarAsync<long>("SELECT COUNT(*) FROM kernel_users") == 0)
            userId = (await accounts.CreateAsync(s, Actor.System, new UserRow { Name = "admin", DisplayName = "Administrator", IsAdmin = true })).Value.Id;
        else
        {
            var admins = "FROM kernel_users u WHERE u.is_admin = @yes AND u.disabled = @no";
            var reachable = await s.ScalarAsync<long>($"""
                SELECT COUNT(*) {admins} AND (u.password_hash IS NOT NULL OR u.oidc_subject IS NOT NULL
                  OR EXISTS (SELECT 1 FROM kernel_tokens t WHERE t.user_id = u.id AND t.revoked_at IS NULL AND (t.expires_at IS NULL OR t.expires_at > @now))
                  OR EXISTS (SELECT 1 FROM kernel_links l WHERE l.user_id = u.id AND l.used_at IS NULL AND l.expires_at > @now))
                """, new { yes = true, no = false, now = time.NowMicros() });
            if (reachable > 0) return Result.Done;
            if (await s.ScalarAsync<string>($"SELECT u.id {admins} ORDER BY u.created_at, u.id LIMIT 1", new { yes = true, no = false }) is not { } oldest) return Result.Done;
            userId = oldest;
        }
        await s.ExecuteAsync("INSERT INTO kernel_settings (name, value) VALUES (@name, @value)", new { name = Setting, value = userId });
        return Result.Done;
    }, cancellationToken)).Value;

    /// <summary>While the first administrator has not signed in: makes a fresh link, writes it to the data folder and prints it.</summary>
    public async Task AnnounceAsync(Uri address, CancellationToken cancellationToken)
    {
        var link = await db.WriteAsync<string>(async s =>
        {
            await Accounts.LineUpAsync(s);
            if (await PendingAsync(s) is not { } userId) return "";
            await links.WithdrawAsync(s, userId);
            return (await links.CreateAsync(s, userId)).Link;
        }, cancellationToken);
        if (link.Value.Length == 0)
        {
            File.Delete(FilePath);
            return;
        }
        var url = new Uri(address, link.Value).AbsoluteUri;
        await WriteFileAsync(url, cancellationToken);
        Console.WriteLine($"Sign in once at: {url}");
    }

    /// <summary>Part of a redemption: the first administrator is in, so the file goes.</summary>
    public async Task RedeemedAsync(DbSession session, string userId)
    {
        if (await session.ExecuteAsync("DELETE FROM kernel_settings WHERE name = @name AND value = @userId", new { name = Setting, userId }) > 0)
            session.AfterCommit(() => File.Delete(FilePath));
    }

    private static Task<string?> PendingAsync(DbSession session) => session.ScalarAsync<string>("SELECT value FROM kernel_settings WHERE name = @name", new { name = Setting });

    private async Task WriteFileAsync(string url, CancellationToken cancellationToken)
    {
        // Made anew, so that its mode is ours from the first byte.
        File.Delete(FilePath);
        var create = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows()) create.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        await using var writer = new StreamWriter(FilePath, create);
        await writer.WriteLineAsync(url.AsMemory(), cancellationToken);
    }
}
