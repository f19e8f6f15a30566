using Dapper;
using Dowel.Contracts;
using Dowel.Kernel.Access;
using Dowel.Kernel.Audit;
using Dowel.Kernel.Paging;
using Dowel.Kernel.Relational;
using Dowel.Kernel.Resources;
using Dowel.Kernel.Results;

namespace Dowel.Kernel.Identity;

/// <inheritdoc cref="IUserService"/>
internal sealed class UserService(IDb db, Accounts accounts, SignInLinks links, PasswordHashing passwords, IAuditTrail audit, IdentityCaches caches) : IUserService
{
    private static readonly Dictionary<string, SortColumn> Sorts = new() { ["name"] = new("name"), ["created"] = new("created_at", IsNumber: true) };

    public async Task<Result<CreatedUser>> CreateAsync(Actor actor, CreateUser user, CancellationToken cancellationToken)
    {
        if (user.Password is { } password && PasswordHashing.Check("password", password) is { } bad) return bad;
        var hash = user.Password is null ? null : await passwords.HashAsync(user.Password, cancellationToken);
        return await db.WriteAsync<CreatedUser>(async s =>
        {
            var made = await accounts.CreateAsync(s, actor, new UserRow
            {
                Name = user.Name,
                DisplayName = user.DisplayName ?? "",
                Email = user.Email,
                PasswordHash = hash,
                IsAdmin = user.IsAdmin,
                IsAuditor = user.IsAuditor,
            });
            if (!made.TryGet(out var row, out var failure)) return failure;
            var link = hash is null ? (await links.CreateAsync(s, row.Id)).Link : null;
            s.AfterCommit(caches.Clear);
            return new CreatedUser { User = row.ToUser(), SignInLink = link };
        }, cancellationToken);
    }

    public async Task<Result<Page<User>>> ListAsync(Actor actor, ListQuery query, CancellationToken cancellationToken)
    {
        var sort = SortSpec.Parse(query.Sort ?? "name", Sorts);
        if (!sort.TryGet(out var order, out var failure)) return failure;
        var paging = Keyset.Create(order, "id", query.Cursor, query.Limit);
        if (!paging.TryGet(out var keyset, out failure)) return failure;
        var sql = "SELECT * FROM kernel_users WHERE 1 = 1";
        var args = new DynamicParameters();
        var all = actor.IsAdmin || actor.IsAuditor;
        if (!all)
        {
            sql += " AND disabled = @no";
            args.Add("no", false);
        }
        if (!string.IsNullOrWhiteSpace(query.Search))
        {
            if (query.Search.Contains('\0')) return Failure.Invalid("search", "a text with NUL", "text");
            sql += $" AND (LOWER(name) LIKE @search ESCAPE '\\' OR LOWER(display_name) LIKE @search ESCAPE '\\'{(all ? " OR LOWER(email) LIKE @search ESCAPE '\\'" : "")})";
            args.Add("search", Names.LikePattern(query.Search));
        }
        keyset.AddTo(ref sql, args);
        var rows = await db.ReadAsync(s => s.QueryAsync<UserRow>(sql, args), cancellationToken);
        return keyset.ToPage(rows, r => order.Column.IsNumber ? r.CreatedAt : r.Name, r => r.Id, r => r.ToUserFor(actor));
    }

    public async Task<Result<User>> GetAsync(Actor actor, string user, CancellationToken cancellationToken)
        => await db.ReadAsync(s => FindAsync(s, user), cancellationToken) is { } row ? row.ToUserFor(actor) : Failure.NotFound("user", user);

    public async Task<Result<User>> PatchAsync(Actor actor, string user, PatchUser patch, CancellationToken cancellationToken)
    {
        if (UserNames.CheckDisplayName(patch.DisplayName) is { } badName) return badName;
        if (UserNames.CheckEmail(patch.Email) is { } badEmail) return badEmail;
        var platform = patch.IsAdmin is not null || patch.IsAuditor is not null || patch.Disabled is not null;
        return await db.WriteAsync<User>(async s =>
        {
            await Accounts.LineUpAsync(s);
            var row = await FindAsync(s, user);
            var self = row is not null && row.Id == actor.UserId && actor.ProjectScope is null;
            if (!actor.IsAdmin && (!self || platform))
            {
                audit.Denied(new AuditEntry { Actor = actor, Action = "user.update", ResourceId = row?.Id ?? "", Resource = user });
                return new Failure(ErrorCodes.Forbidden, self ? "Only an administrator may change roles or disable somebody." : "Only an administrator may change other users.");
            }
            if (row is null) return Failure.NotFound("user", user);
            var before = row.Audited();
            row.DisplayName = patch.DisplayName ?? row.DisplayName;
            row.Email = patch.Email is "" ? null : patch.Email ?? row.Email;
            row.IsAdmin = patch.IsAdmin ?? row.IsAdmin;
            row.IsAuditor = patch.IsAuditor ?? row.IsAuditor;
            row.Disabled = patch.Disabled ?? row.Disabled;
            await s.ExecuteAsync("UPDATE kernel_users SET display_name = @DisplayName, email = @Email, is_admin = @IsAdmin, is_auditor = @IsAuditor, disabled = @Disabled WHERE id = @Id", row);
            if (await Accounts.CheckAdminLeftAsync(s) is { } last) return last;
            // Who is shut out should not come back by a link of before.
            if (row.Disabled) await links.WithdrawAsync(s, row.Id);
            await audit.AppendAsync(s, new AuditEntry { Actor = actor, Action = "user.update", ResourceId = row.Id, Resource = row.Name, Before = before, After = row.Audited() });
            s.AfterCommit(caches.Clear);
            return row.ToUser();
        }, cancellationToken);
    }

    public Task<Result<SignInLink>> CreateLinkAsync(Actor actor, string user, CancellationToken cancellationToken) => db.WriteAsync<SignInLink>(async s =>
    {
        await Accounts.LineUpAsync(s);
        if (await FindAsync(s, user) is not { } row) return Failure.NotFound("user", user);
        if (row.Disabled) return new Failure(ErrorCodes.Conflict, $"'{row.Name}' is disabled; enable them first.");
        var link = await links.CreateAsync(s, row.Id);
        await audit.AppendAsync(s, new AuditEntry { Actor = actor, Action = "user.link", ResourceId = row.Id, Resource = row.Name, After = new { link.ExpiresAt } });
        return link;
    }, cancellationToken);

    internal static Task<UserRow?> FindAsync(DbSession session, string user)
        => session.FirstAsync<UserRow>("SELECT * FROM kernel_users WHERE name = @user OR id = @user", new { user });
}
