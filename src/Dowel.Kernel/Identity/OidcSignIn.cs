using System.Security.Claims;
using Dowel.Contracts;
using Dowel.Kernel.Access;
using Dowel.Kernel.Audit;
using Dowel.Kernel.Relational;
using Dowel.Kernel.Results;
using Microsoft.Extensions.Options;

namespace Dowel.Kernel.Identity;

/// <summary>
/// Opens a session for somebody whom the OpenID Connect provider vouches for. They are known by issuer and subject alone: never by name or
/// e-mail address, which at many providers people choose themselves and could choose to be somebody else's.
/// </summary>
internal sealed class OidcSignIn(IDb db, Accounts accounts, Sessions sessions, IAuditTrail audit, IdentityCaches caches, IOptions<OidcOptions> options)
{
    public Task<Result<CreatedToken>> SignInAsync(ClaimsPrincipal person, string remote, CancellationToken cancellationToken)
    {
        var (issuer, subject) = (person.FindFirstValue("iss"), person.FindFirstValue("sub"));
        if (string.IsNullOrEmpty(issuer) || string.IsNullOrEmpty(subject) || issuer.Length > 500 || subject.Length > 500)
            return Task.FromResult<Result<CreatedToken>>(new Failure(ErrorCodes.Unauthenticated, "The provider did not say who it is."));
        return db.WriteAsync<CreatedToken>(async s =>
        {
            await Accounts.LineUpAsync(s);
            var user = await s.FirstAsync<UserRow>("SELECT * FROM kernel_users WHERE oidc_issuer = @issuer AND oidc_subject = @subject", new { issuer, subject });
            if (user is null)
            {
                if (!options.Value.CreateUsers) return Refuse(remote, "There is no user here for you; ask an administrator.");
                var made = await CreateAsync(s, person, issuer, subject, remote);
                if (!made.TryGet(out user, out var failure)) return failure;
            }
            if (user.Disabled) return Refuse(remote, "Your user is disabled; ask an administrator.");
            await SyncRolesAsync(s, user, person, remote);
            s.AfterCommit(caches.Clear);
            return await sessions.OpenAsync(s, user, remote, "oidc");
        }, cancellationToken);
    }

    private async Task<Result<UserRow>> CreateAsync(DbSession session, ClaimsPrincipal person, string issuer, string subject, string remote)
    {
        var email = person.FindFirstValue("email");
        if (UserNames.CheckEmail(email) is not null) email = null;
        var displayName = person.FindFirstValue("name")?.Trim();
        if (UserNames.CheckDisplayName(displayName) is not null) displayName = null;
        var wanted = person.FindFirstValue("preferred_username") ?? email?.Split('@')[0] ?? displayName ?? "user";
        var name = await accounts.FreeNameAsync(session, wanted);
        return await accounts.CreateAsync(session, Actor.System with { Remote = remote }, new UserRow { Name = name, DisplayName = displayName ?? name, Email = email, OidcIssuer = issuer, OidcSubject = subject });
    }

    private async Task SyncRolesAsync(DbSession session, UserRow user, ClaimsPrincipal person, string remote)
    {
        var groups = person.FindAll(options.Value.GroupsClaim).Select(c => c.Value).ToHashSet();
        var admin = string.IsNullOrEmpty(options.Value.AdminGroup) ? user.IsAdmin : groups.Contains(options.Value.AdminGroup);
        var auditor = string.IsNullOrEmpty(options.Value.AuditorGroup) ? user.IsAuditor : groups.Contains(options.Value.AuditorGroup);
        if (admin == user.IsAdmin && auditor == user.IsAuditor) return;
        var before = user.Audited();
        (user.IsAdmin, user.IsAuditor) = (admin, auditor);
        await session.ExecuteAsync("UPDATE kernel_users SET is_admin = @IsAdmin, is_auditor = @IsAuditor WHERE id = @Id", user);
        if (await Accounts.CheckAdminLeftAsync(session) is not null)
        {
            // A change of groups at the provider must not leave a server that nobody administers.
            user.IsAdmin = true;
            await session.ExecuteAsync("UPDATE kernel_users SET is_admin = @IsAdmin WHERE id = @Id", user);
        }
        await audit.AppendAsync(session, new AuditEntry { Actor = Actor.System with { Remote = remote }, Action = "user.update", ResourceId = user.Id, Resource = user.Name, Before = before, After = user.Audited() });
    }

    private Failure Refuse(string remote, string why)
    {
        audit.Denied(new AuditEntry { Actor = Actor.Anonymous with { Remote = remote }, Action = "auth.failed" });
        return new Failure(ErrorCodes.Unauthenticated, why);
    }
}
