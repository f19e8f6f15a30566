using Dowel.Contracts;
using Dowel.Kernel.Access;
using Dowel.Kernel.Audit;
using Dowel.Kernel.Projects;
using Dowel.Kernel.Relational;
using Dowel.Kernel.Resources;
using Dowel.Kernel.Results;

namespace Dowel.Kernel.Identity;

/// <summary>Makes users, each with a project of their own, in the caller's transaction.</summary>
internal sealed class Accounts(IAuditTrail audit, TimeProvider time)
{
    /// <summary>
    /// Transactions that first check and then write line up behind this row; SQLite has one writer anyway. It is the row that the audit trail
    /// locks in the end: taking it first, wherever rows of users, tokens, links or members change, also keeps them from deadlock.
    /// </summary>
    public static Task LineUpAsync(DbSession session) => session.ExecuteAsync("UPDATE kernel_audit_head SET seq = seq WHERE id = 1");

    public async Task<Result<UserRow>> CreateAsync(DbSession session, Actor actor, UserRow user)
    {
        if (UserNames.Check(user.Name) is { } badName) return badName;
        if (user.DisplayName.Length == 0) user.DisplayName = user.Name;
        if (UserNames.CheckDisplayName(user.DisplayName) is { } badDisplayName) return badDisplayName;
        if (UserNames.CheckEmail(user.Email) is { } badEmail) return badEmail;
        if (user.Email is "") user.Email = null;
        await LineUpAsync(session);
        // Names that differ in case alone would be taken for each other by people.
        if (await ExistsAsync(session, user.Name))
            return new Failure(ErrorCodes.Exists, $"There is a user named '{user.Name}' already.", new FieldError("name", user.Name, "a name that is not taken"));
        user.Id = Ids.New("usr");
        user.CreatedAt = time.NowMicros();
        await session.ExecuteAsync("""
            INSERT INTO kernel_users (id, name, display_name, email, password_hash, is_admin, is_auditor, disabled, oidc_issuer, oidc_subject, created_at)
            VALUES (@Id, @Name, @DisplayName, @Email, @PasswordHash, @IsAdmin, @IsAuditor, @Disabled, @OidcIssuer, @OidcSubject, @CreatedAt)
            """, user);
        await audit.AppendAsync(session, new AuditEntry { Actor = actor, Action = "user.create", ResourceId = user.Id, Resource = user.Name, After = user.Audited() });

        var project = await FreeProjectNameAsync(session, user.Name);
        var own = await ProjectRows.InsertAsync(session, audit, actor, time.NowMicros(), project, $"The own project of {user.DisplayName}", user.Id, user.Name);
        await session.ExecuteAsync("UPDATE kernel_users SET own_project_id = @project WHERE id = @id", new { id = user.Id, project = own.Id });
        return user;
    }

    /// <summary>A name near <paramref name="wanted"/> that no user has.</summary>
    public async Task<string> FreeNameAsync(DbSession session, string wanted)
    {
        await LineUpAsync(session);
        var name = UserNames.From(wanted);
        for (var n = 2; await ExistsAsync(session, name); n++) name = $"{UserNames.From(wanted)}-{n}";
        return name;
    }

    private static async Task<bool> ExistsAsync(DbSession session, string name)
        => await session.ScalarAsync<long>("SELECT COUNT(*) FROM kernel_users WHERE LOWER(name) = @name", new { name = name.ToLowerInvariant() }) > 0;

    private static async Task<string> FreeProjectNameAsync(DbSession session, string userName)
    {
        var slug = ProjectNames.From(userName);
        var name = slug;
        for (var n = 2; !ProjectNames.IsValid(name) || await session.ScalarAsync<long>("SELECT COUNT(*) FROM kernel_projects WHERE name = @name", new { name }) > 0; n++)
            name = $"{slug}-{n}";
        return name;
    }

    /// <summary>Fails where no enabled administrator is left. Call it after the change, behind <see cref="LineUpAsync"/>.</summary>
    public static async Task<Failure?> CheckAdminLeftAsync(DbSession session)
        => await session.ScalarAsync<long>("SELECT COUNT(*) FROM kernel_users WHERE is_admin = @yes AND disabled = @no", new { yes = true, no = false }) > 0
            ? null
            : new Failure(ErrorCodes.Conflict, "This is the last enabled administrator; make another one first.");
}
