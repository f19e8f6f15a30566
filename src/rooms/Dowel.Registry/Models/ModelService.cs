using System.Text.Json;
using Dowel.Contracts;
using Dowel.Kernel.Access;
using Dowel.Kernel.Relational;
using Dowel.Kernel.Resources;
using Dowel.Kernel.Results;
using Dowel.Registry.Versions;

namespace Dowel.Registry.Models;

/// <summary>Registered models: resources of the kernel, with a counter of versions, a gate and aliases.</summary>
internal sealed class ModelService(IDb db, IResourceService resources, ModelFiles files)
{
    public async Task<Result<Page<RegisteredModel>>> ListAsync(Actor actor, ListQuery query, CancellationToken cancellationToken)
    {
        var found = await resources.ListAsync(actor, ResourceKind.Model, query, cancellationToken);
        if (!found.TryGet(out var page, out var failure)) return failure;
        return new Page<RegisteredModel> { Items = await db.ReadAsync(s => ReadAsync(s, page.Items), cancellationToken), NextCursor = page.NextCursor };
    }

    public async Task<RegisteredModel> GetAsync(Resource resource, CancellationToken cancellationToken)
        => (await db.ReadAsync(s => ReadAsync(s, [resource]), cancellationToken))[0];

    public async Task<Result<RegisteredModel>> CreateAsync(Actor actor, CreateModel spec, CancellationToken cancellationToken)
    {
        var gate = spec.Gate ?? new ValidationGate();
        if (GateRules.Check(gate) is { } wrong) return wrong;
        return await db.WriteAsync<RegisteredModel>(async s =>
        {
            var made = await resources.CreateAsync(s, actor, ResourceKind.Model, spec, new { Gate = gate });
            if (!made.TryGet(out var resource, out var failure)) return failure;
            await s.ExecuteAsync("INSERT INTO registry_models (id, last_version, gate) VALUES (@Id, 0, @gate)", new { resource.Id, gate = Write(gate) });
            return new RegisteredModel(resource.Info) { Gate = gate };
        }, cancellationToken);
    }

    public Task<Result<RegisteredModel>> UpdateAsync(Actor actor, Resource resource, ResourcePatch patch, long? ifRevision, CancellationToken cancellationToken) => db.WriteAsync<RegisteredModel>(async s =>
    {
        var updated = await resources.UpdateAsync(s, actor, resource, patch, ifRevision);
        return updated.TryGet(out var now, out var failure) ? (await ReadAsync(s, [now]))[0] : failure;
    }, cancellationToken);

    public async Task<Result<RegisteredModel>> SetGateAsync(Actor actor, Resource resource, ValidationGate gate, long? ifRevision, CancellationToken cancellationToken)
    {
        if (GateRules.Check(gate) is { } wrong) return wrong;
        return await db.WriteAsync<RegisteredModel>(async s =>
        {
            var before = await GateAsync(s, resource.Id);
            if (await s.ExecuteAsync("UPDATE registry_models SET gate = @gate WHERE id = @Id", new { resource.Id, gate = Write(gate) }) == 0) return Failure.NotFound("model", resource.Name);
            var updated = await resources.UpdateAsync(s, actor, resource, null, ifRevision, before, gate, "model.gate");
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
            foreach (var table in new[] { "registry_version_tags", "registry_files", "registry_gate_results" })
                await s.ExecuteAsync($"DELETE FROM {table} WHERE version_id IN (SELECT id FROM registry_versions WHERE model_id = @id)", id);
            foreach (var table in new[] { "registry_versions", "registry_aliases", "registry_alias_moves" })
                await s.ExecuteAsync($"DELETE FROM {table} WHERE model_id = @id", id);
            return await resources.DeleteAsync(s, actor, resource, ifRevision);
        }, cancellationToken);
        if (deleted.IsOk) files.Forget(versions);
        return deleted;
    }

    /// <summary>The gate of a model, or null if there is no such model.</summary>
    public static async Task<ValidationGate?> GateAsync(DbSession session, string modelId)
        => await session.ScalarAsync<string>("SELECT gate FROM registry_models WHERE id = @modelId", new { modelId }) is { } json ? JsonSerializer.Deserialize<ValidationGate>(json, DowelJson.Options) : null;

    private static string Write(ValidationGate gate) => JsonSerializer.Serialize(gate, DowelJson.Options);

    private static async Task<IReadOnlyList<RegisteredModel>> ReadAsync(DbSession session, IReadOnlyList<Resource> found)
    {
        if (found.Count == 0) return [];
        var ids = new { ids = found.Select(r => r.Id).ToArray() };
        var models = (await session.QueryAsync<ModelRow>("SELECT id, last_version, gate FROM registry_models WHERE id IN @ids", ids)).ToDictionary(r => r.Id);
        var aliases = (await session.QueryAsync<AliasRow>("SELECT model_id, alias, number FROM registry_aliases WHERE model_id IN @ids ORDER BY alias", ids)).ToLookup(r => r.ModelId);
        return [.. found.Select(r => new RegisteredModel(r.Info)
        {
            LatestVersion = models.TryGetValue(r.Id, out var model) ? (int)model.LastVersion : 0,
            Gate = model is null ? new ValidationGate() : JsonSerializer.Deserialize<ValidationGate>(model.Gate, DowelJson.Options)!,
            Aliases = aliases[r.Id].ToDictionary(a => a.Alias, a => (int)a.Number),
        })];
    }

    private sealed class ModelRow
    {
        public string Id { get; set; } = "";
        public long LastVersion { get; set; }
        public string Gate { get; set; } = "";
    }

    private sealed class AliasRow
    {
        public string ModelId { get; set; } = "";
        public string Alias { get; set; } = "";
        public long Number { get; set; }
    }
}
