using Dapper;
using Dowel.Contracts;
using Dowel.Kernel.Access;
using Dowel.Kernel.Audit;
using Dowel.Kernel.Identity;
using Dowel.Kernel.Paging;
using Dowel.Kernel.Relational;
using Dowel.Kernel.Resources;
using Dowel.Kernel.Results;

namespace Dowel.Kernel.Projects;

/// <inheritdoc cref="IProjectService"/>
internal sealed partial class ProjectService(IDb db, IAuditTrail audit, IdentityCaches caches, TimeProvider time) : IProjectService
{
    private const int MaxDescription = 10_000;
    private const string Select = "SELECT p.id, p.name, p.description, p.created_at, p.revision, m.role FROM kernel_projects p LEFT JOIN kernel_members m ON m.project_id = p.id AND m.user_id = @user";
    private static readonly Dictionary<string, SortColumn> Sorts = new() { ["name"] = new("p.name"), ["created"] = new("p.created_at", IsNumber: true) };

    public async Task<Result<Project>> CreateAsync(Actor actor, CreateProject project, CancellationToken cancellationToken)
    {
        if (actor.ProjectScope is not null)
        {
            audit.Denied(new AuditEntry { Actor = actor, Action = "project.create", Resource = project.Name ?? "" });
            return new Failure(ErrorCodes.Forbidden, "This token is limited to a project and cannot make others.");
        }
        if (ProjectNames.Check(project.Name) is { } badName) return badName;
        if (CheckDescription(project.Description) is { } badDescription) return badDescription;
        return await db.WriteAsync<Project>(async s =>
        {
            await Accounts.LineUpAsync(s);
            if (await s.ScalarAsync<long>("SELECT COUNT(*) FROM kernel_projects WHERE name = @name", new { name = project.Name }) > 0)
                return new Failure(ErrorCodes.Exists, $"There is a project named '{project.Name}' already.", new FieldError("name", project.Name, "a name that is not taken"));
            var row = await ProjectRows.InsertAsync(s, audit, actor, time.NowMicros(), project.Name, project.Description ?? "", actor.UserId, actor.UserName);
            s.AfterCommit(caches.Clear);
            return row.ToProject();
        }, cancellationToken);
    }

    public async Task<Result<Page<Project>>> ListAsync(Actor actor, ListQuery query, CancellationToken cancellationToken)
    {
        var sort = SortSpec.Parse(query.Sort ?? "name", Sorts);
        if (!sort.TryGet(out var order, out var failure)) return failure;
        var paging = Keyset.Create(order, "p.id", query.Cursor, query.Limit);
        if (!paging.TryGet(out var keyset, out failure)) return failure;
        var sql = $"{Select} WHERE {(actor.IsAdmin || actor.IsAuditor ? "1 = 1" : "m.role IS NOT NULL")}";
        var args = new DynamicParameters(new { user = actor.UserId });
        if (actor.ProjectScope is { } scope)
        {
            sql += " AND p.id = @scope";
            args.Add("scope", scope);
        }
        if (!string.IsNullOrWhiteSpace(query.Search))
        {
            if (query.Search.Contains('\0')) return Failure.Invalid("search", "a text with NUL", "text");
            sql += " AND (LOWER(p.name) LIKE @search ESCAPE '\\' OR LOWER(p.description) LIKE @search ESCAPE '\\')";
            args.Add("search", Names.LikePattern(query.Search));
        }
        keyset.AddTo(ref sql, args);
        var rows = await db.ReadAsync(s => s.QueryAsync<ProjectRow>(sql, args), cancellationToken);
        return keyset.ToPage(rows, r => order.Column.IsNumber ? r.CreatedAt : r.Name, r => r.Id, r => r.ToProject());
    }

    public Task<Result<Project>> GetAsync(Actor actor, ProjectRef project, CancellationToken cancellationToken) => db.ReadAsync<Result<Project>>(async s =>
        await RowAsync(s, actor, project) is { } row ? row.ToProject() : Failure.NotFound("project", project.Name), cancellationToken);

    public async Task<Result<Project>> PatchAsync(Actor actor, ProjectRef project, PatchProject patch, long? ifRevision, CancellationToken cancellationToken)
    {
        if (CheckDescription(patch.Description) is { } bad) return bad;
        return await db.WriteAsync<Project>(async s =>
        {
            await Accounts.LineUpAsync(s);
            if (await RowAsync(s, actor, project) is not { } row) return Failure.NotFound("project", project.Name);
            if (ifRevision is not null && ifRevision != row.Revision) return Stale(row, ifRevision);
            var before = row.Description;
            row.Description = patch.Description ?? row.Description;
            row.Revision++;
            await s.ExecuteAsync("UPDATE kernel_projects SET description = @Description, revision = @Revision WHERE id = @Id", row);
            await audit.AppendAsync(s, Entry(actor, project, "project.update", new { Description = before }, new { row.Description }));
            return row.ToProject();
        }, cancellationToken);
    }

    public Task<Result<Unit>> DeleteAsync(Actor actor, ProjectRef project, long? ifRevision, CancellationToken cancellationToken) => db.WriteAsync<Unit>(async s =>
    {
        await Accounts.LineUpAsync(s);
        if (await RowAsync(s, actor, project) is not { } row) return Failure.NotFound("project", project.Name);
        if (ifRevision is not null && ifRevision != row.Revision) return Stale(row, ifRevision);
        var owned = await s.ScalarAsync<long>("SELECT COUNT(*) FROM kernel_resources WHERE project_id = @id", new { id = project.Id });
        if (owned > 0) return new Failure(ErrorCodes.Conflict, $"The project '{project.Name}' still owns {owned} {(owned == 1 ? "thing" : "things")}; delete them first.");
        await s.ExecuteAsync("DELETE FROM kernel_members WHERE project_id = @id", new { id = project.Id });
        await s.ExecuteAsync("DELETE FROM kernel_projects WHERE id = @id", new { id = project.Id });
        await s.ExecuteAsync("UPDATE kernel_tokens SET revoked_at = @now WHERE project_id = @id AND revoked_at IS NULL", new { id = project.Id, now = time.NowMicros() });
        await audit.AppendAsync(s, Entry(actor, project, "project.delete", new { row.Name, row.Description }, null));
        s.AfterCommit(caches.Clear);
        return Result.Done;
    }, cancellationToken);

    private static Task<ProjectRow?> RowAsync(DbSession session, Actor actor, ProjectRef project)
        => session.FirstAsync<ProjectRow>($"{Select} WHERE p.id = @id", new { id = project.Id, user = actor.UserId });

    private static Failure Stale(ProjectRow row, long? ifRevision) => new(ErrorCodes.Stale, $"The project '{row.Name}' is at revision {row.Revision}, not {ifRevision}.");

    private static Failure? CheckDescription(string? description)
        => description is not null && (description.Length > MaxDescription || description.Contains('\0')) ? Failure.Invalid("description", $"{description.Length} characters", $"at most {MaxDescription} characters of text") : null;

    private static AuditEntry Entry(Actor actor, ProjectRef project, string action, object? before, object? after)
        => new() { Actor = actor, Action = action, Project = project.Name, ResourceId = project.Id, Resource = project.Name, Before = before, After = after };
}
