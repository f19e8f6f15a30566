using Dowel.Contracts;
using Dowel.Kernel.Audit;
using Dowel.Kernel.Relational;
using Dowel.Kernel.Resources;
using Dowel.Kernel.Results;

namespace Dowel.Kernel.Access;

/// <inheritdoc cref="IProjectAccess"/>
internal sealed class ProjectAccess(IAuditTrail audit) : IProjectAccess
{
    public async Task<Result<ProjectRef>> RequireAsync(DbSession session, Actor actor, string? project, ProjectRole role)
    {
        // Without a name: the token's project, else the oldest one the actor owns (made with their account).
        var row = project is null && actor.ProjectScope is null
            ? await session.FirstAsync<Row>("""
                SELECT p.id, p.name, m.role FROM kernel_projects p JOIN kernel_members m ON m.project_id = p.id AND m.user_id = @user
                WHERE m.role = 'owner' ORDER BY p.created_at, p.id LIMIT 1
                """, new { user = actor.UserId })
            : await session.FirstAsync<Row>("""
                SELECT p.id, p.name, m.role FROM kernel_projects p LEFT JOIN kernel_members m ON m.project_id = p.id AND m.user_id = @user
                WHERE p.name = @project OR p.id = @project
                """, new { user = actor.UserId, project = project ?? actor.ProjectScope });
        if (row is null)
            return project is null
                ? Failure.Invalid("project", null, "the name of a project; you own none yet, create one with POST /api/v1/projects")
                : Failure.NotFound("project", project);

        var memberRole = PermissionRules.ParseRole(row.Role);
        var inScope = actor.ProjectScope is null || actor.ProjectScope == row.Id;
        var allowed = inScope && actor.IsSignedIn && (actor.IsAdmin || memberRole >= role || (actor.IsAuditor && role == ProjectRole.Viewer));
        if (allowed) return new ProjectRef(row.Id, row.Name, memberRole);
        audit.Denied(new AuditEntry { Actor = actor, Action = $"project.{role.ToString().ToLowerInvariant()}", Denied = true, Project = row.Name, ResourceId = row.Id, Resource = row.Name });
        return new Failure(ErrorCodes.Forbidden, $"You need to be {role.ToString().ToLowerInvariant()} of the project '{row.Name}'; you are {memberRole?.ToString().ToLowerInvariant() ?? "no member"}.");
    }

    private sealed class Row
    {
        public string Id { get; set; } = "";
        public string Name { get; set; } = "";
        public string? Role { get; set; }
    }
}
