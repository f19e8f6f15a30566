using Dowel.Contracts;
using Dowel.Kernel.Access;
using Dowel.Kernel.Relational;
using Dowel.Kernel.Resources;
using Dowel.Kernel.Results;
using Dowel.Registry.Gates;
using Dowel.Registry.History;
using Dowel.Registry.Versions;

namespace Dowel.Registry.Stages;

/// <summary>MLflow's stages. A stage is protected where the gate protects an alias of its name: "production" guards Production as well.</summary>
internal sealed class StageService(IResourceService resources, GateKeeper keeper, HistoryLog history, TimeProvider time)
{
    public async Task<Result<ModelVersion>> MoveAsync(Actor actor, Resource model, string version, SetStage spec, CancellationToken cancellationToken)
    {
        if (StageRules.Canonical(spec.Stage) is not { } stage)
            return new Failure(ErrorCodes.Invalid, $"Invalid Model Version stage: {spec.Stage}. Value must be one of {string.Join(", ", StageRules.All)}.", new FieldError("stage", spec.Stage, string.Join(", ", StageRules.All)));
        if (spec.ArchiveExisting && stage is not (StageRules.Staging or StageRules.Production))
            return new Failure(ErrorCodes.Invalid, $"Model version transition cannot archive existing model versions because '{spec.Stage}' is not an Active stage. Valid stages are ['Staging', 'Production']",
                new FieldError("archiveExisting", "true", "false, or the stage Staging or Production"));
        if (HistoryLog.CheckReason(spec.Reason) is { } wrong) return wrong;
        return await keeper.PassAsync(actor, model, new GatedMove<ModelVersion>(version, stage, "model.stage", spec.Reason, (_, row) => Task.FromResult(row.Stage == stage), async (s, row) =>
        {
            if (spec.ArchiveExisting)
                foreach (var other in await s.QueryAsync<VersionRow>("SELECT * FROM registry_versions WHERE model_id = @ModelId AND stage = @stage AND id <> @Id ORDER BY number", new { row.ModelId, stage, row.Id }))
                    await SetAsync(s, actor, other, StageRules.Archived, spec.Reason);
            var from = row.Stage;
            await SetAsync(s, actor, row, stage, spec.Reason);
            var updated = await resources.UpdateAsync(s, actor, model, before: new { Version = row.Number, Stage = from }, after: new { Version = row.Number, Stage = stage, spec.ArchiveExisting, spec.Reason }, action: "model.stage");
            return updated.TryGet(out var now, out var failure) ? (await VersionReader.ReadAsync(s, [row], _ => now.Name))[0] : failure;
        }), cancellationToken);
    }

    private async Task SetAsync(DbSession session, Actor actor, VersionRow row, string stage, string? reason)
    {
        if (row.Stage != stage) await history.AddAsync(session, actor, row.ModelId, ModelChangeKind.Stage, row.Number, "", row.Stage, stage, reason);
        (row.Stage, row.UpdatedAt) = (stage, time.NowMicros());
        await session.ExecuteAsync("UPDATE registry_versions SET stage = @Stage, updated_at = @UpdatedAt WHERE id = @Id", row);
    }
}
