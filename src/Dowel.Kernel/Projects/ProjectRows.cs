using Dowel.Contracts;
using Dowel.Kernel.Access;
using Dowel.Kernel.Audit;
using Dowel.Kernel.Relational;
using Dowel.Kernel.Resources;

namespace Dowel.Kernel.Projects;

/// <summary>A row of <c>kernel_projects</c> with the caller's role.</summary>
internal sealed class ProjectRow
{
    public string Id { get; set; } = "";
    public string Name { get; set; } = "";
    public string Description { get; set; } = "";
    public long CreatedAt { get; set; }
    public long Revision { get; set; }
    public string? Role { get; set; }

    public Project ToProject() => new()
    {
        Id = Id,
        Name = Name,
        Description = Description,
        Role = PermissionRules.ParseRole(Role),
        CreatedAt = Instants.FromMicros(CreatedAt),
        Revision = Revision,
    };
}

/// <summary>Writes projects; shared with the making of users, who each get one.</summary>
internal static class ProjectRows
{
    public static async Task<ProjectRow> InsertAsync(DbSession session, IAuditTrail audit, Actor actor, long now, string name, string description, string ownerId, string ownerName)
    {
        var row = new ProjectRow { Id = Ids.New("prj"), Name = name, Description = description, CreatedAt = now, Revision = 1, Role = "owner" };
        await session.ExecuteAsync("INSERT INTO kernel_projects (id, name, description, created_at, revision) VALUES (@Id, @Name, @Description, @CreatedAt, @Revision)", row);
        await session.ExecuteAsync("INSERT INTO kernel_members (project_id, user_id, role, since) VALUES (@project, @ownerId, 'owner', @now)", new { project = row.Id, ownerId, now });
        await audit.AppendAsync(session, new AuditEntry
        {
            Actor = actor,
            Action = "project.create",
            Project = name,
            ResourceId = row.Id,
            Resource = name,
            After = new { row.Name, row.Description, Owner = ownerName },
        });
        return row;
    }
}
