using System.Text.Json;
using Dowel.Contracts;
using Dowel.Kernel.Access;
using Dowel.Kernel.Audit;
using Dowel.Kernel.Identity;
using Dowel.Kernel.Paging;
using Dowel.Kernel.Relational;
using Dowel.Kernel.Results;

namespace Dowel.Kernel.Resources;

/// <inheritdoc cref="IResourceService"/>
internal sealed partial class ResourceService(IDb db, IAuditTrail audit, IProjectAccess projects, TimeProvider time, AccessCache cache) : IResourceService
{
    private static readonly Dictionary<string, SortColumn> Sorts = new()
    {
        ["name"] = new("r.name"),
        ["created"] = new("r.created_at", IsNumber: true),
        ["updated"] = new("r.updated_at", IsNumber: true),
    };

    public async Task<Result<Resource>> CreateAsync(DbSession session, Actor actor, ResourceKind kind, ResourceSpec spec, object? after)
    {
        if (Names.Check("name", spec.Name, kind) is { } badName) return badName;
        if (Names.CheckText("description", spec.Description) is { } badText) return badText;
        if (Names.CheckTags(spec.Tags) is { } badTags) return badTags;
        // Before the project is looked up: it must not be deleted between here and the insert.
        await Accounts.LineUpAsync(session);
        var found = await projects.RequireAsync(session, actor, spec.Project, ProjectRole.Contributor);
        if (!found.TryGet(out var project, out var failure)) return failure;
        var owner = await OwnerIdAsync(session, spec.Owner, actor);
        if (!owner.TryGet(out var ownerId, out failure)) return failure;

        var now = time.NowMicros();
        var id = kind.NewId();
        try
        {
            await session.ExecuteAsync("""
                INSERT INTO kernel_resources (id, kind, project_id, name_scope, name, description, owner_id, tags, visibility, created_at, created_by, updated_at, revision)
                VALUES (@id, @kind, @projectId, @scope, @name, @description, @ownerId, @tags, 'private', @now, @actor, @now, 1)
                """,
                new
                {
                    id,
                    kind = kind.Name,
                    projectId = project.Id,
                    scope = kind.GlobalName ? "*" : project.Id,
                    name = spec.Name,
                    description = spec.Description ?? "",
                    ownerId,
                    tags = JsonSerializer.Serialize(spec.Tags ?? new Dictionary<string, string>()),
                    now,
                    actor = actor.UserId,
                });
        }
        catch (Exception e) when (SqlErrors.IsUniqueViolation(e))
        {
            return new Failure(ErrorCodes.Exists, kind.GlobalName
                ? $"There is another {Word(kind.Name)} named '{spec.Name}' on this server."
                : $"There is another {Word(kind.Name)} named '{spec.Name}' in project '{project.Name}'.", new FieldError("name", spec.Name, "a name that is not taken"));
        }

        await IndexTagsAsync(session, id, spec.Tags);
        var resource = (await RowAsync(session, actor, "r.id = @key", id))!;
        await audit.AppendAsync(session, AuditEntry.On(actor, resource, $"{kind.Name}.create", after: new { resource.Info.Name, resource.Info.Description, resource.Info.Owner, resource.Info.Tags, Details = after }));
        return resource;
    }

    public async Task<Result<Resource>> UpdateAsync(DbSession session, Actor actor, Resource resource, ResourcePatch? patch, long? ifRevision, object? before, object? after, string? action)
    {
        var info = resource.Info;
        if (patch?.Name is { } name && Names.Check("name", name, ResourceKind.Of(info.Kind)) is { } badName) return badName;
        if (Names.CheckText("description", patch?.Description) is { } badText) return badText;
        if (Names.CheckTags(patch?.Tags) is { } badTags) return badTags;
        string? ownerId = null;
        if (patch?.Owner is { } newOwner)
        {
            var owner = await OwnerIdAsync(session, newOwner, actor);
            if (!owner.TryGet(out ownerId, out var failure)) return failure;
        }
        try
        {
            // What the patch leaves out stays as it is now, not as it was when the resource was found: a gate may have run for a minute in between.
            var changed = await session.ExecuteAsync($"""
                UPDATE kernel_resources SET name = COALESCE(@name, name), description = COALESCE(@description, description), owner_id = COALESCE(@ownerId, owner_id), tags = COALESCE(@tags, tags), updated_at = @now, revision = revision + 1
                WHERE id = @id{(ifRevision is null ? "" : " AND revision = @ifRevision")}
                """,
                new
                {
                    id = info.Id,
                    name = patch?.Name,
                    description = patch?.Description,
                    ownerId,
                    tags = patch?.Tags is { } tags ? JsonSerializer.Serialize(tags) : null,
                    now = time.NowMicros(),
                    ifRevision,
                });
            if (changed == 0) return await GoneOrStaleAsync(session, actor, resource, ifRevision);
        }
        catch (Exception e) when (SqlErrors.IsUniqueViolation(e))
        {
            return new Failure(ErrorCodes.Exists, $"There is another {Word(info.Kind)} named '{patch?.Name}'.", new FieldError("name", patch?.Name, "a name that is not taken"));
        }
        if (patch?.Tags is not null) await IndexTagsAsync(session, info.Id, patch.Tags);
        var updated = (await RowAsync(session, actor, "r.id = @key", info.Id))!;
        await audit.AppendAsync(session, AuditEntry.On(actor, updated, action ?? $"{info.Kind}.update",
            patch is null ? before : new { info.Name, info.Description, info.Owner, info.Tags, Details = before },
            patch is null ? after : new { updated.Info.Name, updated.Info.Description, updated.Info.Owner, updated.Info.Tags, Details = after }));
        return updated;
    }

    public async Task<Result<Unit>> DeleteAsync(DbSession session, Actor actor, Resource resource, long? ifRevision)
    {
        var changed = await session.ExecuteAsync(
            $"DELETE FROM kernel_resources WHERE id = @id{(ifRevision is null ? "" : " AND revision = @ifRevision")}", new { id = resource.Id, ifRevision });
        if (changed == 0) return (await GoneOrStaleAsync(session, actor, resource, ifRevision)).Map(_ => Unit.Value);
        await session.ExecuteAsync("DELETE FROM kernel_shares WHERE resource_id = @id", new { id = resource.Id });
        await session.ExecuteAsync("DELETE FROM kernel_resource_tags WHERE resource_id = @id", new { id = resource.Id });
        await audit.AppendAsync(session, AuditEntry.On(actor, resource, $"{resource.Info.Kind}.delete", before: resource.Info));
        session.AfterCommit(cache.Clear);
        return Unit.Value;
    }

    public async Task<Result<Page<Resource>>> ListAsync(Actor actor, ResourceKind kind, ListQuery query, CancellationToken cancellationToken, LifecycleView view = LifecycleView.Active, TagFilter? tag = null)
    {
        var sort = SortSpec.Parse(query.Sort ?? "name", Sorts);
        if (!sort.TryGet(out var order, out var failure)) return failure;
        var paging = Keyset.Create(order, "r.id", query.Cursor, query.Limit);
        if (!paging.TryGet(out var keyset, out failure)) return failure;

        var (sql, args) = Select(actor);
        sql += " WHERE r.kind = @kind AND " + Visible(actor);
        if (view != LifecycleView.All) sql += $" AND r.deleted_at IS {(view == LifecycleView.Active ? "" : "NOT ")}NULL";
        args.Add("kind", kind.Name);
        if (query.Project is { } project)
        {
            sql += " AND p.name = @project";
            args.Add("project", project);
        }
        if (!string.IsNullOrWhiteSpace(query.Search))
        {
            sql += " AND (LOWER(r.name) LIKE @search ESCAPE '\\' OR LOWER(r.description) LIKE @search ESCAPE '\\')";
            args.Add("search", Names.LikePattern(query.Search));
        }
        if (tag is not null)
        {
            sql += $" AND r.id {(tag.Has ? "" : "NOT ")}IN (SELECT t.resource_id FROM kernel_resource_tags t WHERE t.name = @tag AND t.sort_value = @tagValue)";
            args.Add("tag", tag.Name);
            args.Add("tagValue", tag.Value);
        }
        keyset.AddTo(ref sql, args);
        var rows = await db.ReadAsync(s => s.QueryAsync<ResourceRow>(sql, args), cancellationToken);
        return keyset.ToPage(rows, r => order.Column.Sql switch { "r.name" => r.Name, "r.created_at" => r.CreatedAt, _ => r.UpdatedAt }, r => r.Id,
            r => r.ToResource(PermissionRules.Evaluate(actor, r)));
    }

    public async Task<IReadOnlyList<Resource>> AllAsync(Actor actor, ResourceKind kind, Permission permission, CancellationToken cancellationToken)
    {
        var (sql, args) = Select(actor);
        args.Add("kind", kind.Name);
        var rows = await db.ReadAsync(s => s.QueryAsync<ResourceRow>($"{sql} WHERE r.kind = @kind AND r.deleted_at IS NULL AND {Visible(actor)} ORDER BY r.name, r.id", args), cancellationToken);
        return [.. rows.Select(r => r.ToResource(PermissionRules.Evaluate(actor, r))).Where(r => r.Info.Access >= permission)];
    }

    public async Task<Result<Resource>> FindAsync(Actor actor, ResourceKind kind, string reference, Permission permission, CancellationToken cancellationToken)
    {
        var (sql, args) = Select(actor);
        args.Add("kind", kind.Name);
        args.Add("ref", reference);
        var where = "r.id = @ref OR r.name = @ref";
        if (reference.Split('.', 2) is [var project, var name])
        {
            where += " OR (p.name = @project AND r.name = @name)";
            args.Add("project", project);
            args.Add("name", name);
        }
        var rows = await db.ReadAsync(s => s.QueryAsync<ResourceRow>($"{sql} WHERE r.kind = @kind AND ({where})", args), cancellationToken);
        // By its name, what is in the bin is not there; by its id it is.
        rows = [.. rows.Where(r => r.DeletedAt is null || r.Id == reference)];
        if (rows.Count == 0) return Failure.NotFound(Word(kind.Name), reference);

        // An id is exact; a name means what the actor may see of it.
        var candidates = rows.Where(r => r.Id == reference).ToList() is [var exact] ? [exact] : rows.Where(r => PermissionRules.Evaluate(actor, r) > Permission.None).ToList();
        if (candidates.Count == 0) candidates = [rows[0]];
        if (candidates.Count > 1)
            return new Failure(ErrorCodes.Ambiguous, $"'{reference}' fits {string.Join(" and ", candidates.Select(r => $"'{r.Project}.{r.Name}'"))}.");
        return Allow(actor, candidates[0].ToResource(PermissionRules.Evaluate(actor, candidates[0])), permission);
    }

    public async Task<Result<Resource>> FindByIdAsync(Actor actor, string id, Permission permission, CancellationToken cancellationToken)
        => await GetAsync(actor, id, cancellationToken) is { } resource ? Allow(actor, resource, permission) : Failure.NotFound("thing", id);

    private Result<Resource> Allow(Actor actor, Resource resource, Permission permission)
    {
        var (kind, access, needed) = (resource.Info.Kind, resource.Info.Access, permission.ToString().ToLowerInvariant());
        if (access >= permission) return resource;
        audit.Denied(AuditEntry.On(actor, resource, $"{kind}.{needed}"));
        // Not even its name: it may have been asked for by id.
        if (access == Permission.None) return new Failure(ErrorCodes.Forbidden, $"You may not see this {Word(kind)}.");
        return new Failure(ErrorCodes.Forbidden, $"You need '{needed}' on the {Word(kind)} '{resource.Name}'; you have '{access.ToString().ToLowerInvariant()}'.");
    }

    private static string Word(string kind) => kind.Replace('_', ' ');

    public Task<Resource?> GetAsync(Actor actor, string id, CancellationToken cancellationToken)
        => db.ReadAsync(s => RowAsync(s, actor, "r.id = @key", id), cancellationToken);

    public async ValueTask<Permission> CachedPermissionAsync(Actor actor, string resourceId, CancellationToken cancellationToken)
    {
        if (cache.TryGet(actor, resourceId, out var permission)) return permission;
        var generation = cache.Generation;
        permission = (await GetAsync(actor, resourceId, cancellationToken))?.Info.Access ?? Permission.None;
        cache.Put(actor, resourceId, permission, generation);
        return permission;
    }

    private static async Task<Resource?> RowAsync(DbSession session, Actor actor, string where, string key)
    {
        var (sql, args) = Select(actor);
        args.Add("key", key);
        var row = await session.FirstAsync<ResourceRow>($"{sql} WHERE {where}", args);
        return row?.ToResource(PermissionRules.Evaluate(actor, row));
    }

    private async Task<Result<Resource>> GoneOrStaleAsync(DbSession session, Actor actor, Resource resource, long? ifRevision)
        => await RowAsync(session, actor, "r.id = @key", resource.Id) is { } now
            ? new Failure(ErrorCodes.Stale, $"The {now.Info.Kind} '{now.Name}' is at revision {now.Info.Revision}, not {ifRevision}.")
            : Failure.NotFound(resource.Info.Kind, resource.Name);

    private static async Task<Result<string>> OwnerIdAsync(DbSession session, string? name, Actor actor)
    {
        if (name is null || name == actor.UserName) return actor.UserId;
        var id = await session.ScalarAsync<string>("SELECT id FROM kernel_users WHERE name = @name", new { name });
        return id is null ? Failure.Invalid("owner", name, "the name of a user") : id;
    }

    private const string From = """
        FROM kernel_resources r
        JOIN kernel_projects p ON p.id = r.project_id
        LEFT JOIN kernel_members m ON m.project_id = r.project_id AND m.user_id = @actorId
        LEFT JOIN kernel_shares s ON s.resource_id = r.id AND s.user_id = @actorId
        """;

    private static (string Sql, Dapper.DynamicParameters Args) Select(Actor actor) => ($"""
        SELECT r.id, r.kind, r.project_id, p.name AS project, r.name, r.description, r.owner_id, o.name AS owner, r.tags, r.visibility,
               r.created_at, c.name AS created_by, r.updated_at, r.revision, r.deleted_at, m.role, s.level AS share_level
        {From}
        LEFT JOIN kernel_users o ON o.id = r.owner_id
        LEFT JOIN kernel_users c ON c.id = r.created_by
        """, Args(actor));

    private static Dapper.DynamicParameters Args(Actor actor) => new(new { actorId = actor.UserId, scope = actor.ProjectScope ?? "" });

    public ResourceSearch SearchFor(Actor actor) => new(From, Visible(actor), Args(actor));

    private static string Visible(Actor actor)
    {
        if (!actor.IsSignedIn) return "1 = 0";
        var scope = actor.ProjectScope is null ? "1 = 1" : "r.project_id = @scope";
        return actor.IsAdmin || actor.IsAuditor ? scope
            : $"{scope} AND (m.role IS NOT NULL OR r.visibility = 'public' OR (r.visibility = 'shared' AND s.level IS NOT NULL))";
    }
}
