using Dowel.Contracts;
using Dowel.Experiments.LoggedModels;
using Dowel.Kernel.Audit;
using Dowel.Kernel.Imports;
using Dowel.Kernel.Relational;
using Dowel.Kernel.Resources;
using Dowel.Kernel.Results;

namespace Dowel.Experiments.Import;

/// <summary>Takes in logged models of another tracking server; all of a call, or nothing.</summary>
internal sealed class LoggedModelImport(IDb db, IResourceService resources, IAuditTrail audit, TimeProvider time)
{
    public async Task<Result<ImportResult>> PutAsync(ImportScope scope, string experimentId, ImportLoggedModels batch, CancellationToken cancellationToken)
    {
        if ((scope.Check() ?? ExperimentImport.CheckId(experimentId) ?? ImportRules.CheckCount("models", batch.Models.Count) ?? batch.Models.Select(Check).FirstOrDefault(f => f is not null)) is { } wrong) return wrong;
        if (await db.ReadAsync(s => ImportMap.FindExperimentAsync(s, scope, experimentId), cancellationToken) is not { } home) return Failure.NotFound("imported experiment", experimentId);
        if (!(await resources.FindByIdAsync(scope.Actor, home.TargetId, Permission.Edit, cancellationToken)).TryGet(out var experiment, out var failure)) return failure;
        var skipped = new ImportRules.SkipList();
        return await db.WriteAsync<ImportResult>(async s =>
        {
            var ids = batch.Models.Select(m => m.Id).ToHashSet();
            var known = await ImportMap.FindAsync(s, scope, ImportMap.Model, ids);
            var taken = await ImportMap.TakenAsync(s, ImportMap.Model, ids);
            var written = new List<string>();
            foreach (var model in batch.Models.OrderBy(m => m.Id, StringComparer.Ordinal))
            {
                var row = known.GetValueOrDefault(model.Id);
                if (row?.No is null && taken.Contains(model.Id)) return new Failure(ErrorCodes.Conflict, $"The logged model {model.Id} is on this server already, and did not come from this source into this project.");
                if (row?.No is not null && row.ExperimentNo != home.ExperimentNo) return new Failure(ErrorCodes.Conflict, $"The logged model {model.Id} was imported into another experiment.");
                if (row?.No is not null && row.Version == model.Version) continue;
                await WriteAsync(s, home.ExperimentNo!.Value, row?.No, model, skipped);
                await ImportMap.KeepAsync(s, scope, ImportMap.Model, model.Id, model.Id, model.Version, row?.No is null, time.NowMicros());
                written.Add(model.Id);
            }
            if (written.Count > 0) await audit.AppendAsync(s, AuditEntry.On(scope.Actor, experiment, "experiment.import", after: new { From = scope.Source, LoggedModels = written }));
            return new ImportResult { Written = written.Count, Skipped = skipped.Told };
        }, cancellationToken);
    }

    private async Task WriteAsync(DbSession session, long experimentNo, long? no, ImportLoggedModel model, ImportRules.SkipList skipped)
    {
        var (now, updated) = (time.NowMicros(), model.UpdatedAt?.ToMicros());
        var args = new
        {
            no,
            model.Id,
            experimentNo,
            model.Name,
            model.SourceRunId,
            status = Text(model.Status),
            model.StatusMessage,
            model.ModelType,
            model.User,
            created = model.CreatedAt?.ToMicros() ?? now,
            updated = updated ?? now,
            deleted = model.IsDeleted ? updated ?? now : (long?)null,
        };
        if (no is null)
        {
            await session.ExecuteAsync("""
                INSERT INTO experiments_models (id, experiment_no, name, source_run_id, status, status_message, model_type, user_name, created_at, updated_at, deleted_at)
                VALUES (@Id, @experimentNo, @Name, @SourceRunId, @status, @StatusMessage, @ModelType, @User, @created, @updated, @deleted)
                """, args);
            no = await session.ScalarAsync<long>("SELECT no FROM experiments_models WHERE id = @Id", args);
        }
        else
        {
            await session.ExecuteAsync("""
                UPDATE experiments_models SET name = @Name, source_run_id = @SourceRunId, status = @status, status_message = @StatusMessage, model_type = @ModelType, user_name = @User,
                    created_at = @created, updated_at = @updated, deleted_at = COALESCE(@deleted, deleted_at) WHERE no = @no
                """, args);
        }
        await PairsAsync(session, "params", no.Value, ImportRules.Keep(model.Id, "param", model.Params, skipped));
        await PairsAsync(session, "tags", no.Value, ImportRules.Keep(model.Id, "tag", model.Tags, skipped));
        foreach (var m in model.Metrics)
        {
            if (!Logging.LogRules.IsKey(m.Key) || ImportRules.Micros(m.At) is not { } at) skipped.Add(model.Id, "metric", m.Key, "the key or the time is none that can be kept");
            else await LoggedModelService.RecordMetricAsync(session, no.Value, new ModelMetric(model.Id, m.Key, m.Value, m.Step, at, m.RunId, m.DatasetName, m.DatasetDigest));
        }
    }

    private static async Task PairsAsync(DbSession session, string table, long no, List<KeyValuePair<string, string>> pairs)
    {
        foreach (var (key, value) in pairs)
            await session.ExecuteAsync($"""
                INSERT INTO experiments_model_{table} (model_no, name, value, sort_value) VALUES (@no, @key, @value, @sort)
                ON CONFLICT (model_no, name) DO UPDATE SET value = excluded.value, sort_value = excluded.sort_value
                """, new { no, key, value, sort = SortText.Of(value) });
    }

    private static string Text(LoggedModelState state) => state switch
    {
        LoggedModelState.Pending => "PENDING",
        LoggedModelState.Ready => "READY",
        _ => "UPLOAD_FAILED",
    };

    private static Failure? Check(ImportLoggedModel model)
    {
        var wrong = ImportRules.CheckId("id", model.Id, true) ?? ImportRules.CheckVersion("version", model.Version) ?? ImportRules.CheckText("name", model.Name, 500) ?? ImportRules.CheckText("user", model.User, 200)
            ?? ImportRules.CheckText("sourceRunId", model.SourceRunId, 64) ?? ImportRules.CheckText("statusMessage", model.StatusMessage, 10_000) ?? ImportRules.CheckText("modelType", model.ModelType, 1000)
            ?? ImportRules.CheckCount("metrics", model.Metrics.Count, ImportRules.MostPoints);
        foreach (var m in model.Metrics)
            wrong ??= ImportRules.CheckText("metrics.runId", m.RunId, 64) ?? ImportRules.CheckText("metrics.datasetName", m.DatasetName, 500) ?? ImportRules.CheckText("metrics.datasetDigest", m.DatasetDigest, 36);
        return wrong;
    }
}
