using Dapper;
using Dowel.Contracts;
using Dowel.Kernel.Access;
using Dowel.Kernel.Identity;
using Dowel.Kernel.Paging;
using Dowel.Kernel.Relational;
using Dowel.Kernel.Resources;
using Dowel.Kernel.Results;

namespace Dowel.Kernel.Projects;

internal sealed partial class ProjectService
{
    private static readonly Dictionary<string, SortColumn> MemberSorts = new() { ["name"] = new("u.name"), ["created"] = new("m.since", IsNumber: true) };

    public async Task<Result<Page<Member>>> MembersAsync(ProjectRef project, ListQuery query, CancellationToken cancellationToken)
    {
        var sort = SortSpec.Parse(query.Sort ?? "name", MemberSorts);
        if (!sort.TryGet(out var order, out var failure)) return failure;
        var paging = Keyset.Create(order, "u.id", query.Cursor, query.Limit);
        if (!paging.TryGet(out var keyset, out failure)) return failure;
        var sql = "SELECT u.id AS user_id, u.name AS user_name, m.role, m.since FROM kernel_members m JOIN kernel_users u ON u.id = m.user_id WHERE m.project_id = @project";
        var args = new DynamicParameters(new { project = project.Id });
        if (!string.IsNullOrWhiteSpace(query.Search))
        {
            if (query.Search.Contains('\0')) return Failure.Invalid("search", "a text with NUL", "text");
            sql += " AND LOWER(u.name) LIKE @search ESCAPE '\\'";
            args.Add("search", Names.LikePattern(query.Search));
        }
        keyset.AddTo(ref sql, args);
        var rows = await db.ReadAsync(s => s.QueryAsync<MemberRow>(sql, args), cancellationToken);
        return keyset.ToPage(rows, r => order.Column.IsNumber ? r.Since : r.UserName, r => r.UserId, r => r.ToMember());
    }

    public Task<Result<Member>> SetMemberAsync(Actor actor, ProjectRef project, string user, ProjectRole role, CancellationToken cancellationToken) => db.WriteAsync<Member>(async s =>
    {
        await Accounts.LineUpAsync(s);
        if (await RowAsync(s, actor, project) is null) return Failure.NotFound("project", project.Name);
        if (await UserService.FindAsync(s, user) is not { } person) return Failure.NotFound("user", user);
        var before = await MemberAsync(s, project, person.Id);
        var args = new { project = project.Id, person = person.Id, role = role.ToString().ToLowerInvariant(), now = time.NowMicros() };
        await s.ExecuteAsync(before is null
            ? "INSERT INTO kernel_members (project_id, user_id, role, since) VALUES (@project, @person, @role, @now)"
            : "UPDATE kernel_members SET role = @role WHERE project_id = @project AND user_id = @person", args);
        if (await CheckOwnerLeftAsync(s, project) is { } last) return last;
        await audit.AppendAsync(s, Entry(actor, project, "project.member",
            before is null ? null : new { User = person.Name, Role = before.ToMember().Role }, new { User = person.Name, Role = role }));
        s.AfterCommit(caches.Clear);
        return (await MemberAsync(s, project, person.Id))!.ToMember();
    }, cancellationToken);

    public Task<Result<Unit>> RemoveMemberAsync(Actor actor, ProjectRef project, string user, CancellationToken cancellationToken) => db.WriteAsync<Unit>(async s =>
    {
        await Accounts.LineUpAsync(s);
        var person = await UserService.FindAsync(s, user);
        // Whoever is asked about decides whether it may be done, so this comes before whether they are there.
        if (!actor.IsAdmin && project.Role != ProjectRole.Owner && person?.Id != actor.UserId)
        {
            audit.Denied(Entry(actor, project, "project.member", null, null));
            return new Failure(ErrorCodes.Forbidden, $"You need to be owner of the project '{project.Name}' to take others out.");
        }
        if (person is null) return Failure.NotFound("user", user);
        if (await MemberAsync(s, project, person.Id) is not { } before) return Failure.NotFound("member", user);
        await s.ExecuteAsync("DELETE FROM kernel_members WHERE project_id = @project AND user_id = @person", new { project = project.Id, person = person.Id });
        if (await CheckOwnerLeftAsync(s, project) is { } last) return last;
        await audit.AppendAsync(s, Entry(actor, project, "project.member", new { User = person.Name, Role = before.ToMember().Role }, null));
        s.AfterCommit(caches.Clear);
        return Result.Done;
    }, cancellationToken);

    private static Task<MemberRow?> MemberAsync(DbSession session, ProjectRef project, string userId) => session.FirstAsync<MemberRow>(
        "SELECT u.id AS user_id, u.name AS user_name, m.role, m.since FROM kernel_members m JOIN kernel_users u ON u.id = m.user_id WHERE m.project_id = @project AND m.user_id = @userId",
        new { project = project.Id, userId });

    private static async Task<Failure?> CheckOwnerLeftAsync(DbSession session, ProjectRef project)
        => await session.ScalarAsync<long>("SELECT COUNT(*) FROM kernel_members WHERE project_id = @id AND role = 'owner'", new { id = project.Id }) > 0
            ? null
            : new Failure(ErrorCodes.Conflict, $"This is the last owner of the project '{project.Name}'; make another one first.");

    private sealed class MemberRow
    {
        public string UserId { get; set; } = "";
        public string UserName { get; set; } = "";
        public string Role { get; set; } = "viewer";
        public long Since { get; set; }

        public Member ToMember() => new(UserName, PermissionRules.ParseRole(Role)!.Value, Instants.FromMicros(Since));
    }
}
