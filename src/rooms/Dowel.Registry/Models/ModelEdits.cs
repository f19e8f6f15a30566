using System.Text.Json;
using Dowel.Contracts;
using Dowel.Kernel.Access;
using Dowel.Kernel.Relational;
using Dowel.Kernel.Resources;
using Dowel.Kernel.Results;
using Dowel.Registry.History;

namespace Dowel.Registry.Models;

/// <summary>Changes of what a model shares with all named things, each kept in its history.</summary>
internal sealed class ModelEdits(IDb db, IResourceService resources, HistoryLog history, TimeProvider time)
{
    /// <summary>Changes name, description, owner or tags.</summary>
    public Task<Result<Resource>> UpdateAsync(Actor actor, Resource model, ResourcePatch patch, long? ifRevision, string? reason, CancellationToken cancellationToken)
        => patch.Name is { } name && ModelRules.CheckName("name", name) is { } wrong
            ? Task.FromResult<Result<Resource>>(wrong)
            : ChangeAsync(actor, model, reason, s => resources.UpdateAsync(s, actor, model, patch, ifRevision), cancellationToken);

    /// <summary>Sets tags (null removes one) and leaves the others.</summary>
    public Task<Result<Resource>> TagAsync(Actor actor, Resource model, IReadOnlyDictionary<string, string?> tags, string? reason, CancellationToken cancellationToken)
        => ChangeAsync(actor, model, reason, s => resources.TagAsync(s, actor, model, tags), cancellationToken);

    private async Task<Result<Resource>> ChangeAsync(Actor actor, Resource model, string? reason, Func<DbSession, Task<Result<Resource>>> change, CancellationToken cancellationToken)
    {
        if (HistoryLog.CheckReason(reason) is { } wrong) return wrong;
        return await db.WriteAsync<Resource>(async s =>
        {
            if (!await ModelRules.LockAsync(s, model.Id)) return Failure.NotFound("model", model.Name);
            // As it is now, behind the lock: what was found before may have changed since.
            var before = (await s.FirstAsync<Common>("SELECT name, description, tags FROM kernel_resources WHERE id = @Id", new { model.Id }))!;
            if (!(await change(s)).TryGet(out var now, out var failure)) return failure;
            if (before.Name != now.Name)
            {
                await history.AddAsync(s, actor, model.Id, ModelChangeKind.Name, null, "", before.Name, now.Name, reason);
                await s.ExecuteAsync("UPDATE registry_versions SET updated_at = @at WHERE model_id = @Id", new { model.Id, at = time.NowMicros() });
            }
            if (before.Description != now.Info.Description) await history.AddAsync(s, actor, model.Id, ModelChangeKind.Description, null, "", before.Description, now.Info.Description, reason);
            await history.AddTagsAsync(s, actor, model.Id, null, JsonSerializer.Deserialize<Dictionary<string, string>>(before.Tags) ?? [], now.Info.Tags, reason);
            return now;
        }, cancellationToken);
    }

    private sealed class Common
    {
        public string Name { get; set; } = "";
        public string Description { get; set; } = "";
        public string Tags { get; set; } = "{}";
    }
}
