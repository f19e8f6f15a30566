using System.Text.Json;
using Dowel.Contracts;
using Dowel.Kernel.Access;
using Dowel.Kernel.Audit;
using Dowel.Kernel.Relational;
using Dowel.Kernel.Results;

namespace Dowel.Kernel.Resources;

// Tags one at a time, the bin, and names as other protocols give them.
internal sealed partial class ResourceService
{
    public async Task<Result<Resource>> TagAsync(DbSession session, Actor actor, Resource resource, IReadOnlyDictionary<string, string?> tags)
    {
        // The update locks the row before the tags are read: two callers who each set one keep both.
        if (await session.ExecuteAsync("UPDATE kernel_resources SET updated_at = @now, revision = revision + 1 WHERE id = @id", new { id = resource.Id, now = time.NowMicros() }) == 0)
            return Failure.NotFound(resource.Info.Kind, resource.Name);
        var before = JsonSerializer.Deserialize<Dictionary<string, string>>((await session.ScalarAsync<string>("SELECT tags FROM kernel_resources WHERE id = @id", new { id = resource.Id }))!) ?? [];
        var after = new Dictionary<string, string>(before);
        foreach (var (key, value) in tags)
        {
            if (value is null) after.Remove(key);
            else after[key] = value;
        }
        if (Names.CheckTags(after) is { } wrong) return wrong;
        await session.ExecuteAsync("UPDATE kernel_resources SET tags = @tags WHERE id = @id", new { id = resource.Id, tags = JsonSerializer.Serialize(after) });
        await IndexTagsAsync(session, resource.Id, after);
        var changed = tags.Keys.ToList();
        await audit.AppendAsync(session, AuditEntry.On(actor, resource, $"{resource.Info.Kind}.tag",
            changed.ToDictionary(k => k, k => Short(before.GetValueOrDefault(k))), changed.ToDictionary(k => k, k => Short(after.GetValueOrDefault(k)))));
        return (await RowAsync(session, actor, "r.id = @key", resource.Id))!;
    }

    public async Task<Result<Resource>> SetDeletedAsync(DbSession session, Actor actor, Resource resource, bool deleted)
    {
        var now = time.NowMicros();
        if (await session.ExecuteAsync("UPDATE kernel_resources SET deleted_at = @at, updated_at = @now, revision = revision + 1 WHERE id = @id", new { id = resource.Id, at = deleted ? now : (long?)null, now }) == 0)
            return Failure.NotFound(resource.Info.Kind, resource.Name);
        await audit.AppendAsync(session, AuditEntry.On(actor, resource, $"{resource.Info.Kind}.{(deleted ? "trash" : "restore")}"));
        return (await RowAsync(session, actor, "r.id = @key", resource.Id))!;
    }

    public Task SetTimesAsync(DbSession session, string id, DateTimeOffset? createdAt, DateTimeOffset? updatedAt, DateTimeOffset? deletedAt)
        => session.ExecuteAsync("""
            UPDATE kernel_resources SET created_at = COALESCE(@created, created_at), updated_at = COALESCE(@updated, updated_at),
                deleted_at = CASE WHEN deleted_at IS NULL THEN NULL ELSE COALESCE(@deleted, deleted_at) END
            WHERE id = @id
            """, new { id, created = createdAt?.ToMicros(), updated = updatedAt?.ToMicros(), deleted = deletedAt?.ToMicros() });

    public async Task<Result<Resource?>> FindNamedAsync(Actor actor, ResourceKind kind, string name, string? project, CancellationToken cancellationToken)
    {
        var (sql, args) = Select(actor);
        args.Add("kind", kind.Name);
        args.Add("name", name);
        var slash = name.IndexOf('/');
        args.Add("project", slash > 0 ? name[..slash] : "");
        args.Add("rest", slash > 0 ? name[(slash + 1)..] : "");
        var (rows, home) = await db.ReadAsync(async s => (
            await s.QueryAsync<ResourceRow>($"{sql} WHERE r.kind = @kind AND (r.name = @name OR (p.name = @project AND r.name = @rest))", args),
            await projects.RequireAsync(s, actor, project, ProjectRole.Viewer)), cancellationToken);
        if (project is not null && home.Failure is { } noProject) return noProject;
        var seen = rows.Where(r => PermissionRules.Evaluate(actor, r) > Permission.None).ToList();
        Resource? Known(ResourceRow? row) => row?.ToResource(PermissionRules.Evaluate(actor, row));

        if (home.TryGet(out var own, out _) && seen.Find(r => r.Name == name && r.ProjectId == own.Id) is { } inHome) return Known(inHome);
        if (project is not null) return (Resource?)null;
        // A stranger's public thing must not take the place of what somebody is about to make under that name.
        var near = seen.Where(r => r.Name == name && (actor.IsAdmin || actor.IsAuditor || r.Role is not null || (r.Visibility == "shared" && r.ShareLevel is not null))).ToList();
        if (near.Count > 1)
            return new Failure(ErrorCodes.Ambiguous, $"'{name}' fits {string.Join(" and ", near.Select(r => $"'{r.Project}/{r.Name}'"))}.");
        return Known(near.FirstOrDefault() ?? seen.Find(r => r.Name != name));
    }

    private static async Task IndexTagsAsync(DbSession session, string id, IReadOnlyDictionary<string, string>? tags)
    {
        await session.ExecuteAsync("DELETE FROM kernel_resource_tags WHERE resource_id = @id", new { id });
        if (tags is { Count: > 0 })
            await session.ExecuteAsync("INSERT INTO kernel_resource_tags (resource_id, name, value, sort_value) VALUES (@id, @Key, @Value, @sort)",
                tags.Select(t => new { id, t.Key, t.Value, sort = SortText.Of(t.Value) }).ToList());
    }

    private static string? Short(string? value) => value is { Length: > 200 } ? value[..200] + "…" : value;
}
