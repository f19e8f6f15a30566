using System.Text.Json;
using Dowel.Contracts;
using Dowel.Features.Online;
using Dowel.Kernel.Access;
using Dowel.Kernel.Lineage;
using Dowel.Kernel.Relational;
using Dowel.Kernel.Resources;
using Dowel.Kernel.Results;

namespace Dowel.Features.Views;

/// <summary>Feature views: resources of the kernel, with their schema and state.</summary>
internal sealed class FeatureViewService(IDb db, IResourceService resources, ILineage lineage, ViewCatalog catalog, ViewLocks locks, OnlineStore online)
{
    private const string Feeds = "feeds";

    public async Task<Result<Page<FeatureView>>> ListAsync(Actor actor, ListQuery query, CancellationToken cancellationToken)
    {
        var found = await resources.ListAsync(actor, ResourceKind.FeatureView, query, cancellationToken);
        if (!found.TryGet(out var page, out var failure)) return failure;
        var rows = new Dictionary<string, ViewRow>();
        foreach (var ids in page.Items.Select(r => r.Id).Chunk(500))
            foreach (var row in await db.ReadAsync(s => s.QueryAsync<ViewRow>("SELECT * FROM features_views WHERE id IN @ids", new { ids }), cancellationToken)) rows[row.Id] = row;
        return new Page<FeatureView> { Items = [.. page.Items.Where(r => rows.ContainsKey(r.Id)).Select(r => rows[r.Id].ToView(r))], NextCursor = page.NextCursor };
    }

    public async Task<Result<FeatureView>> GetAsync(Resource resource, CancellationToken cancellationToken)
        => await db.ReadAsync(s => RowAsync(s, resource.Id), cancellationToken) is { } row ? row.ToView(resource) : Failure.NotFound("feature view", resource.Name);

    public async Task<Result<FeatureView>> CreateAsync(Actor actor, CreateFeatureView spec, CancellationToken cancellationToken)
    {
        if (ViewRules.Check(spec) is { } wrong) return wrong;
        return await db.WriteAsync<FeatureView>(async s =>
        {
            var row = new ViewRow
            {
                EntityName = spec.Entity.Name,
                EntityType = spec.Entity.Type,
                TimestampField = spec.TimestampField ?? ViewRules.DefaultTimestamp,
                TtlSeconds = spec.TtlSeconds,
                Online = spec.Online ?? true,
                State = ViewRow.Text(spec.State ?? FeatureState.Draft),
                Features = JsonSerializer.Serialize(spec.Features, DowelJson.Options),
            };
            var made = await resources.CreateAsync(s, actor, ResourceKind.FeatureView, spec,
                new { spec.Entity, spec.Features, row.TimestampField, row.TtlSeconds, row.Online, row.State, spec.Sources });
            if (!made.TryGet(out var resource, out var failure)) return failure;
            row.Id = resource.Id;
            await s.ExecuteAsync("""
                INSERT INTO features_views (id, entity_name, entity_type, timestamp_field, ttl_seconds, online, state, features, row_count, online_entities, last_push_at, data_version)
                VALUES (@Id, @EntityName, @EntityType, @TimestampField, @TtlSeconds, @Online, @State, @Features, 0, 0, NULL, 0)
                """, row);
            await lineage.AddReferencesAsync(s, actor, spec.Sources ?? [], resource.Id, "", Feeds);
            s.AfterCommit(() => catalog.Put(row.ToSchema()));
            return row.ToView(resource);
        }, cancellationToken);
    }

    public async Task<Result<FeatureView>> UpdateAsync(Actor actor, Resource resource, PatchFeatureView patch, long? ifRevision, CancellationToken cancellationToken)
    {
        if (ViewRules.CheckViewName(patch.Name) is { } badName) return badName;
        if (ViewRules.CheckSources(patch.Sources) is { } badSource) return badSource;
        if (patch.State is { } wanted && !Enum.IsDefined(wanted)) return Failure.Invalid("state", wanted, "draft, active or deprecated");
        return await db.WriteAsync<FeatureView>(async s =>
        {
            // Locks the view, so that two clients that add features do so one after the other.
            if (await s.ExecuteAsync("UPDATE features_views SET state = state WHERE id = @id", new { id = resource.Id }) == 0) return Failure.NotFound("feature view", resource.Name);
            var row = (await RowAsync(s, resource.Id))!;
            var (state, features) = (Enum.Parse<FeatureState>(row.State, ignoreCase: true), row.ReadFeatures());
            if (patch.State == FeatureState.Draft && state != FeatureState.Draft)
                return new Failure(ErrorCodes.Conflict, $"The feature view '{resource.Name}' is {ViewRow.Text(state)}; it cannot become a draft again.", new FieldError("state", "draft", "active or deprecated"));
            var added = patch.AddFeatures ?? [];
            if (added.Count > 0 && (patch.State ?? state) == FeatureState.Deprecated)
                return new Failure(ErrorCodes.Conflict, $"The feature view '{resource.Name}' is deprecated; it takes no more features.");
            if (ViewRules.CheckFeatures(added, "addFeatures", row.EntityName, row.TimestampField, features) is { } wrong) return wrong;

            var before = new { state, Features = features.Select(f => f.Name) };
            row.State = ViewRow.Text(patch.State ?? state);
            row.Features = JsonSerializer.Serialize(features.Concat(added), DowelJson.Options);
            await s.ExecuteAsync("UPDATE features_views SET state = @State, features = @Features WHERE id = @Id", row);
            var updated = await resources.UpdateAsync(s, actor, resource, patch, ifRevision, before, new { State = patch.State ?? state, Features = features.Concat(added).Select(f => f.Name), patch.Sources });
            if (!updated.TryGet(out var now, out var failure)) return failure;
            if (patch.Sources is { } sources)
            {
                await lineage.RemoveAsync(s, resource.Id, Feeds);
                await lineage.AddReferencesAsync(s, actor, sources, resource.Id, "", Feeds);
            }
            s.AfterCommit(() => catalog.Put(row.ToSchema()));
            return row.ToView(now);
        }, cancellationToken);
    }

    /// <summary>Deletes a view with its rows in both stores. The segments' objects stay in the object store, which others may share.</summary>
    public async Task<Result<Unit>> DeleteAsync(Actor actor, Resource resource, long? ifRevision, CancellationToken cancellationToken)
    {
        using var held = await locks.EnterAsync(resource.Id);
        var deleted = await db.WriteAsync<Unit>(async s =>
        {
            var gone = await resources.DeleteAsync(s, actor, resource, ifRevision);
            if (!gone.IsOk) return gone;
            var id = new { id = resource.Id };
            await s.ExecuteAsync("DELETE FROM features_segments WHERE view_id = @id", id);
            await s.ExecuteAsync("DELETE FROM features_pushes WHERE view_id = @id", id);
            await s.ExecuteAsync("DELETE FROM features_views WHERE id = @id", id);
            s.AfterCommit(() => catalog.Remove(resource.Id));
            return Unit.Value;
        }, cancellationToken);
        // Should this be cut off, the next start finds keys of a view that is not there.
        if (deleted.IsOk) online.Drop(ViewSchema.PrefixOf(resource.Id));
        return deleted;
    }

    internal static Task<ViewRow?> RowAsync(DbSession session, string id) => session.FirstAsync<ViewRow>("SELECT * FROM features_views WHERE id = @id", new { id });
}
