using Dowel.Contracts;
using Dowel.Kernel.Audit;
using Dowel.Kernel.Relational;
using Dowel.Kernel.Resources;
using Dowel.Kernel.Results;

namespace Dowel.Kernel.Access;

/// <inheritdoc cref="IProjectAccess"/>
internal sealed class ProjectAccess(IDb db, AccessCache cache, IAuditTrail audit) : IProjectAccess
{
    public async Task<Result<ProjectRef>> RequireAsync(DbSession session, Actor actor, string? project, ProjectRole role)
    {
        // Without a name: the token's project, else the one that was made with the actor's account. Never one that somebody else made them a member of.
        var row = project is null && actor.ProjectScope is null
            ? await session.FirstAsync<Row>("""
                SELECT p.id, p.name, m.role FROM kernel_users u JOIN kernel_projects p ON p.id = u.own_project_id
                LEFT JOIN kernel_members m ON m.project_id = p.id AND m.user_id = u.id WHERE u.id = @user
                """, new { user = actor.UserId })
            : await session.FirstAsync<Row>("""
                SELECT p.id, p.name, m.role FROM kernel_projects p LEFT JOIN kernel_members m ON m.project_id = p.id AND m.user_id = @user
                WHERE p.name = @project OR p.id = @project
                """, new { user = actor.UserId, project = project ?? actor.ProjectScope });
        if (row is null)
            return project is null
                ? Failure.Invalid("project", null, "the name of a project; you have none of your own any more")
                : Failure.NotFound("project", project);

        var memberRole = PermissionRules.ParseRole(row.Role);
        var inScope = actor.ProjectScope is null || actor.ProjectScope == row.Id;
        var allowed = inScope && actor.IsSignedIn && (actor.IsAdmin || memberRole >= role || (actor.IsAuditor && role == ProjectRole.Viewer));
        if (allowed) return new ProjectRef(row.Id, row.Name, memberRole);
        audit.Denied(new AuditEntry { Actor = actor, Action = $"project.{role.ToString().ToLowerInvariant()}", Denied = true, Project = row.Name, ResourceId = row.Id, Resource = row.Name });
        return new Failure(ErrorCodes.Forbidden, $"You need to be {role.ToString().ToLowerInvariant()} of the project '{row.Name}'; you are {memberRole?.ToString().ToLowerInvariant() ?? "no member"}.");
    }

    public async ValueTask<bool> IsMemberAsync(Actor actor, string projectId, CancellationToken cancellationToken)
    {
        if (actor.ProjectScope is { } scope && scope != projectId) return false;
        if (cache.TryGet(actor, projectId, out var permission)) return permission > Permission.None;
        var generation = cache.Generation;
        var role = await db.ReadAsync(s => s.FirstAsync<Row>("SELECT role FROM kernel_members WHERE project_id = @projectId AND user_id = @user", new { projectId, user = actor.UserId }), cancellationToken);
        cache.Put(actor, projectId, role is null ? Permission.None : Permission.Use, generation);
        return role is not null;
    }

    private sealed class Row
    {
        public string Id { get; set; } = "";
        public string Name { get; set; } = "";
        public string? Role { get; set; }
    }
}
