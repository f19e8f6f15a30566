using Dowel.Contracts;
using Dowel.Kernel.Access;
using Dowel.Kernel.Relational;
using Dowel.Kernel.Resources;
using Dowel.Kernel.Results;
using Dowel.Registry.History;
using Dowel.Registry.Models;

namespace Dowel.Registry.Versions;

/// <summary>What may change of a version: its description and tags, and that it is there at all.</summary>
internal sealed class VersionEdits(IDb db, IResourceService resources, HistoryLog history, ModelFiles files, TimeProvider time)
{
    public async Task<Result<ModelVersion>> PatchAsync(Actor actor, Resource model, string version, PatchModelVersion patch, CancellationToken cancellationToken)
    {
        if ((Names.CheckText("description", patch.Description) ?? HistoryLog.CheckReason(patch.Reason)) is { } wrong) return wrong;
        return await ChangeAsync<ModelVersion>(model, version, async (s, row) =>
        {
            var before = (await VersionReader.ReadAsync(s, [row], _ => model.Name, whole: false))[0];
            if (patch.Description is { } description && description != row.Description)
            {
                await history.AddAsync(s, actor, model.Id, ModelChangeKind.Description, row.Number, "", row.Description, description, patch.Reason);
                row.Description = description;
            }
            if (patch.Description is not null)
            {
                row.UpdatedAt = time.NowMicros();
                await s.ExecuteAsync("UPDATE registry_versions SET description = @Description, updated_at = @UpdatedAt WHERE id = @Id", row);
            }
            if (patch.Tags is not null && await TagAsync(s, actor, row, before.Tags, patch.Tags, patch.Reason) is { } badTags) return badTags;
            var updated = await resources.UpdateAsync(s, actor, model,
                before: new { Version = row.Number, Description = patch.Description is null ? null : before.Description, Tags = patch.Tags?.Keys.ToDictionary(k => k, k => Short(before.Tags.GetValueOrDefault(k))) },
                after: new { Version = row.Number, patch.Description, Tags = patch.Tags?.ToDictionary(t => t.Key, t => Short(t.Value)), patch.Reason }, action: "model.version.update");
            return updated.TryGet(out var now, out var failure) ? (await VersionReader.ReadAsync(s, [row], _ => now.Name))[0] : failure;
        }, cancellationToken);
    }

    /// <summary>Deletes a version with its files, tags, aliases and results. Its number is not given again, and the history keeps that it was there.</summary>
    public async Task<Result<Unit>> DeleteAsync(Actor actor, Resource model, string version, string? reason, CancellationToken cancellationToken)
    {
        if (HistoryLog.CheckReason(reason) is { } wrong) return wrong;
        var gone = "";
        var deleted = await ChangeAsync<Unit>(model, version, async (s, row) =>
        {
            foreach (var alias in await s.QueryAsync<string>("SELECT alias FROM registry_aliases WHERE version_id = @Id ORDER BY alias", new { row.Id }))
                await history.AddAsync(s, actor, model.Id, ModelChangeKind.Alias, row.Number, alias, Number(row), null, reason);
            await history.AddAsync(s, actor, model.Id, ModelChangeKind.Version, row.Number, "", row.Source, null, reason);
            foreach (var table in new[] { "registry_version_tags", "registry_files", "registry_gate_results", "registry_approvals", "registry_aliases" })
                await s.ExecuteAsync($"DELETE FROM {table} WHERE version_id = @Id", new { row.Id });
            await s.ExecuteAsync("DELETE FROM registry_versions WHERE id = @Id", new { row.Id });
            gone = row.Id;
            return (await resources.UpdateAsync(s, actor, model, before: new { Version = row.Number, row.Source, row.Description, Reason = reason }, action: "model.version.delete")).Map(_ => Unit.Value);
        }, cancellationToken);
        if (deleted.IsOk) files.Forget([gone]);
        return deleted;
    }

    private async Task<Failure?> TagAsync(DbSession session, Actor actor, VersionRow row, IReadOnlyDictionary<string, string> before, IReadOnlyDictionary<string, string?> tags, string? reason)
    {
        var after = new Dictionary<string, string>(before);
        foreach (var (key, value) in tags)
        {
            if (value is null) after.Remove(key);
            else after[key] = value;
        }
        if (VersionService.CheckTags(after) is { } wrong) return wrong;
        foreach (var key in tags.Keys)
        {
            await session.ExecuteAsync("DELETE FROM registry_version_tags WHERE version_id = @Id AND name = @key", new { row.Id, key });
            if (after.TryGetValue(key, out var value))
                await session.ExecuteAsync("INSERT INTO registry_version_tags (version_id, name, value, sort_value) VALUES (@Id, @key, @value, @sort)", new { row.Id, key, value, sort = SortText.Of(value) });
        }
        await history.AddTagsAsync(session, actor, row.ModelId, row.Number, before, after, reason);
        return null;
    }

    private Task<Result<T>> ChangeAsync<T>(Resource model, string version, Func<DbSession, VersionRow, Task<Result<T>>> change, CancellationToken cancellationToken) => db.WriteAsync<T>(async s =>
    {
        if (!await ModelRules.LockAsync(s, model.Id)) return Failure.NotFound("model", model.Name);
        return await VersionService.RowAsync(s, model.Id, version) is { } row ? await change(s, row) : VersionService.NoVersion(model, version);
    }, cancellationToken);

    private static string? Short(string? value) => value is { Length: > 200 } ? value[..200] + "…" : value;

    private static string Number(VersionRow row) => row.Number.ToString(System.Globalization.CultureInfo.InvariantCulture);
}
