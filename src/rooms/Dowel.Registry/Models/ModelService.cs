using System.Text.Json;
using Dowel.Contracts;
using Dowel.Kernel.Access;
using Dowel.Kernel.Relational;
using Dowel.Kernel.Resources;
using Dowel.Kernel.Results;
using Dowel.Registry.Gates;
using Dowel.Registry.History;
using Dowel.Registry.Sources;
using Dowel.Registry.Versions;

namespace Dowel.Registry.Models;

/// <summary>Registered models: resources of the kernel, with a counter of versions, a gate and aliases.</summary>
internal sealed class ModelService(IDb db, IResourceService resources, ModelEdits edits, HistoryLog history, ModelFiles files)
{
    public async Task<Result<Page<RegisteredModel>>> ListAsync(Actor actor, ListQuery query, bool? prompts, CancellationToken cancellationToken)
    {
        var found = await resources.ListAsync(actor, ResourceKind.Model, query, cancellationToken, tag: prompts is { } only ? new TagFilter(SourceRules.PromptTag, "true", only) : null);
        if (!found.TryGet(out var page, out var failure)) return failure;
        return new Page<RegisteredModel> { Items = await db.ReadAsync(s => ReadAsync(s, page.Items), cancellationToken), NextCursor = page.NextCursor };
    }

    public async Task<RegisteredModel> GetAsync(Resource resource, CancellationToken cancellationToken)
        => (await db.ReadAsync(s => ReadAsync(s, [resource]), cancellationToken))[0];

    public async Task<Result<RegisteredModel>> CreateAsync(Actor actor, CreateModel spec, CancellationToken cancellationToken)
    {
        var gate = spec.Gate ?? new ValidationGate();
        if ((ModelRules.CheckName("name", spec.Name) ?? GateRules.Check(gate)) is { } wrong) return wrong;
        return await db.WriteAsync<RegisteredModel>(async s =>
        {
            if (await GateRules.CheckPeopleAsync(s, gate) is { } nobody) return nobody;
            var made = await resources.CreateAsync(s, actor, ResourceKind.Model, spec, new { Gate = gate });
            if (!made.TryGet(out var resource, out var failure)) return failure;
            await s.ExecuteAsync("INSERT INTO registry_models (id, last_version, gate) VALUES (@Id, 0, @gate)", new { resource.Id, gate = Write(gate) });
            return new RegisteredModel(resource.Info) { Gate = gate };
        }, cancellationToken);
    }

    public async Task<Result<RegisteredModel>> UpdateAsync(Actor actor, Resource resource, ResourcePatch patch, long? ifRevision, string? reason, CancellationToken cancellationToken)
        => (await edits.UpdateAsync(actor, resource, patch, ifRevision, reason, cancellationToken)).TryGet(out var now, out var failure) ? await GetAsync(now, cancellationToken) : failure;

    public async Task<Result<RegisteredModel>> SetGateAsync(Actor actor, Resource resource, ValidationGate gate, long? ifRevision, CancellationToken cancellationToken)
    {
        if (GateRules.Check(gate) is { } wrong) return wrong;
        return await db.WriteAsync<RegisteredModel>(async s =>
        {
            if (await GateRules.CheckPeopleAsync(s, gate) is { } nobody) return nobody;
            if (!await ModelRules.LockAsync(s, resource.Id)) return Failure.NotFound("model", resource.Name);
            var (before, after) = ((await s.ScalarAsync<string>("SELECT gate FROM registry_models WHERE id = @Id", new { resource.Id }))!, Write(gate));
            // The same once more is no change: approvals stay good.
            if (before != after)
            {
                await s.ExecuteAsync("UPDATE registry_models SET gate = @after, gate_revision = gate_revision + 1 WHERE id = @Id", new { resource.Id, after });
                await history.AddAsync(s, actor, resource.Id, ModelChangeKind.Gate, null, "", before, after, null);
            }
            var updated = await resources.UpdateAsync(s, actor, resource, null, ifRevision, JsonSerializer.Deserialize<ValidationGate>(before, DowelJson.Options), gate, "model.gate");
            return updated.TryGet(out var now, out var failure) ? (await ReadAsync(s, [now]))[0] : failure;
        }, cancellationToken);
    }

    public async Task<Result<Unit>> DeleteAsync(Actor actor, Resource resource, long? ifRevision, CancellationToken cancellationToken)
    {
        var id = new { id = resource.Id };
        IReadOnlyList<string> versions = [];
        var deleted = await db.WriteAsync<Unit>(async s =>
        {
            // The model's row first, as everywhere: its lock keeps a version that is being registered from outliving it, and one order knows no deadlock.
            await s.ExecuteAsync("DELETE FROM registry_models WHERE id = @id", id);
            versions = await s.QueryAsync<string>("SELECT id FROM registry_versions WHERE model_id = @id", id);
            foreach (var table in new[] { "registry_version_tags", "registry_files", "registry_gate_results", "registry_approvals" })
                await s.ExecuteAsync($"DELETE FROM {table} WHERE version_id IN (SELECT id FROM registry_versions WHERE model_id = @id)", id);
            foreach (var table in new[] { "registry_versions", "registry_aliases", "registry_history" })
                await s.ExecuteAsync($"DELETE FROM {table} WHERE model_id = @id", id);
            return await resources.DeleteAsync(s, actor, resource, ifRevision);
        }, cancellationToken);
        if (deleted.IsOk) files.Forget(versions);
        return deleted;
    }

    /// <summary>The gate of a model as it is now, or null if there is no such model.</summary>
    public static Task<GateOfModel?> GateAsync(DbSession session, string modelId)
        => session.FirstAsync<GateOfModel>("SELECT gate, gate_revision FROM registry_models WHERE id = @modelId", new { modelId });

    private static string Write(ValidationGate gate) => JsonSerializer.Serialize(gate, DowelJson.Options);

    private static async Task<IReadOnlyList<RegisteredModel>> ReadAsync(DbSession session, IReadOnlyList<Resource> found)
    {
        if (found.Count == 0) return [];
        var ids = new { ids = found.Select(r => r.Id).ToArray() };
        var models = (await session.QueryAsync<ModelRow>("SELECT m.id, m.gate, (SELECT MAX(v.number) FROM registry_versions v WHERE v.model_id = m.id) AS latest FROM registry_models m WHERE m.id IN @ids", ids)).ToDictionary(r => r.Id);
        var aliases = (await session.QueryAsync<AliasRow>("SELECT model_id, alias, number FROM registry_aliases WHERE model_id IN @ids ORDER BY alias", ids)).ToLookup(r => r.ModelId);
        return [.. found.Select(r => new RegisteredModel(r.Info)
        {
            LatestVersion = models.TryGetValue(r.Id, out var model) ? (int)(model.Latest ?? 0) : 0,
            Gate = model is null ? new ValidationGate() : JsonSerializer.Deserialize<ValidationGate>(model.Gate, DowelJson.Options)!,
            Aliases = aliases[r.Id].ToDictionary(a => a.Alias, a => (int)a.Number),
        })];
    }

    /// <summary>A gate with the number of its change.</summary>
    internal sealed class GateOfModel
    {
        public string Gate { get; set; } = "";
        public long GateRevision { get; set; }

        public ValidationGate Rules => field ??= JsonSerializer.Deserialize<ValidationGate>(Gate, DowelJson.Options)!;
    }

    private sealed class ModelRow
    {
        public string Id { get; set; } = "";
        public long? Latest { get; set; }
        public string Gate { get; set; } = "";
    }

    private sealed class AliasRow
    {
        public string ModelId { get; set; } = "";
        public string Alias { get; set; } = "";
        public long Number { get; set; }
    }
}
