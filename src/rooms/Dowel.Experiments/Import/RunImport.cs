using Dowel.Contracts;
using Dowel.Experiments.Datasets;
using Dowel.Experiments.Logging;
using Dowel.Experiments.Runs;
using Dowel.Kernel.Audit;
using Dowel.Kernel.Imports;
using Dowel.Kernel.Relational;
using Dowel.Kernel.Resources;
using Dowel.Kernel.Results;

namespace Dowel.Experiments.Import;

/// <summary>Takes in runs of another tracking server with their params, tags and datasets; all of a call, or nothing.</summary>
internal sealed class RunImport(IDb db, NameTable names, IResourceService resources, IAuditTrail audit, TimeProvider time)
{
    private const string InsertSql = """
        INSERT INTO experiments_runs (id, experiment_no, name, status, user_id, user_name, started_at, ended_at, updated_at, deleted_at, inputs) VALUES (@p0, @p1, @p2, @p3, @p4, @p5, @p6, @p7, @p8, @p9, '[]')
        """;

    private const string UpdateSql = "UPDATE experiments_runs SET name = @p1, status = @p2, user_name = @p3, started_at = @p4, ended_at = @p5, updated_at = @p6, deleted_at = COALESCE(@p7, deleted_at) WHERE no = @p0";

    private const string ParamSql = "INSERT INTO experiments_params (run_no, name_no, experiment_no, value, sort_value) VALUES (@p0, @p1, @p2, @p3, @p4) ON CONFLICT DO NOTHING";

    private const string TagSql = """
        INSERT INTO experiments_tags (run_no, name_no, experiment_no, value, sort_value) VALUES (@p0, @p1, @p2, @p3, @p4)
        ON CONFLICT (run_no, name_no) DO UPDATE SET value = excluded.value, sort_value = excluded.sort_value
        """;

    /// <summary>How far runs or logged models are.</summary>
    public async Task<Result<IReadOnlyList<ImportState>>> CheckAsync(ImportScope scope, string kind, ImportCheck check, CancellationToken cancellationToken)
    {
        if ((scope.Check() ?? ImportRules.CheckCount("items", check.Items.Count)) is { } wrong) return wrong;
        foreach (var item in check.Items)
            if (ImportRules.CheckId("id", item.Id, kind == ImportMap.Model) is { } bad) return bad;
        var ids = check.Items.Select(i => i.Id).ToHashSet();
        var (known, taken) = await db.ReadAsync(async s => (await ImportMap.FindAsync(s, scope, kind, ids), await ImportMap.TakenAsync(s, kind, ids)), cancellationToken);
        return Result.Ok<IReadOnlyList<ImportState>>([.. check.Items.Select(i => State(i, known.GetValueOrDefault(i.Id), taken, kind))]);
    }

    private static ImportState State(ImportItem item, ImportRow? row, IReadOnlySet<string> taken, string kind)
    {
        if (row is null) return new ImportState(item.Id, false, false, 0, taken.Contains(item.Id) ? Taken(item.Id, kind) : null);
        // Deleted for good since: it comes anew.
        if (row.No is null) return new ImportState(item.Id, false, false, 0);
        return new ImportState(item.Id, true, row.Version == item.Version, row.Points == item.Points ? row.Sent : 0);
    }

    private static string Taken(string id, string kind)
        => $"The {(kind == ImportMap.Model ? "logged model" : "run")} {id} is on this server already, and did not come from this source into this project.";

    public async Task<Result<ImportResult>> PutAsync(ImportScope scope, string experimentId, ImportRuns batch, CancellationToken cancellationToken)
    {
        if ((scope.Check() ?? ExperimentImport.CheckId(experimentId) ?? ImportRules.CheckCount("runs", batch.Runs.Count) ?? batch.Runs.Select(Check).FirstOrDefault(f => f is not null)) is { } wrong) return wrong;
        if (await db.ReadAsync(s => ImportMap.FindExperimentAsync(s, scope, experimentId), cancellationToken) is not { } home) return Failure.NotFound("imported experiment", experimentId);
        if (!(await resources.FindByIdAsync(scope.Actor, home.TargetId, Permission.Edit, cancellationToken)).TryGet(out var experiment, out var failure)) return failure;

        var skipped = new ImportRules.SkipList();
        var parts = batch.Runs.Select(r => new Part(r, ImportRules.Keep(r.Id, "param", r.Params, skipped), ImportRules.Keep(r.Id, "tag", r.Tags, skipped))).OrderBy(p => p.Run.Id, StringComparer.Ordinal).ToList();
        await names.EnsureAsync(new LogToRun { Tags = parts.SelectMany(p => p.Params.Concat(p.Tags)).Select(v => v.Key).Distinct().ToDictionary(k => k, _ => "") }, cancellationToken);
        return await db.WriteAsync<ImportResult>(async s =>
        {
            var ids = parts.Select(p => p.Run.Id).ToHashSet();
            var known = await ImportMap.FindAsync(s, scope, ImportMap.Run, ids);
            var taken = await ImportMap.TakenAsync(s, ImportMap.Run, ids);
            var written = new List<string>();
            foreach (var part in parts)
            {
                var row = known.GetValueOrDefault(part.Run.Id);
                if (row?.No is null && taken.Contains(part.Run.Id)) return new Failure(ErrorCodes.Conflict, Taken(part.Run.Id, ImportMap.Run));
                if (row?.No is not null && row.ExperimentNo != home.ExperimentNo) return new Failure(ErrorCodes.Conflict, $"The run {part.Run.Id} was imported into another experiment.");
                if (row?.No is not null && row.Version == part.Run.Version) continue;
                await WriteAsync(s, scope, experiment, home.ExperimentNo!.Value, row?.No, part, skipped);
                await ImportMap.KeepAsync(s, scope, ImportMap.Run, part.Run.Id, part.Run.Id, part.Run.Version, row?.No is null, time.NowMicros());
                written.Add(part.Run.Id);
            }
            if (written.Count > 0) await audit.AppendAsync(s, AuditEntry.On(scope.Actor, experiment, "experiment.import", after: new { From = scope.Source, Runs = written }));
            return new ImportResult { Written = written.Count, Skipped = skipped.Told };
        }, cancellationToken);
    }

    private async Task WriteAsync(DbSession session, ImportScope scope, Resource experiment, long experimentNo, long? no, Part part, ImportRules.SkipList skipped)
    {
        var run = part.Run;
        var now = time.NowMicros();
        var started = (run.StartedAt ?? run.EndedAt)?.ToMicros() ?? 0;
        // Restoring an experiment brings back the runs that went with it; of a deleted experiment MLflow brings back all.
        var deleted = run.DeletedAt is null ? null : experiment.DeletedAt?.ToMicros() ?? run.DeletedAt?.ToMicros();
        if (no is null)
        {
            await session.Prepare(InsertSql).With(run.Id, experimentNo, run.Name, RunRow.Text(run.Status), scope.Actor.UserId, run.User, started, run.EndedAt?.ToMicros(), now, deleted).ExecuteAsync();
            no = (await RunKeys.FindAsync(session, run.Id))!.No;
        }
        else
        {
            await session.Prepare(UpdateSql).With(no, run.Name, RunRow.Text(run.Status), run.User, started, run.EndedAt?.ToMicros(), now, deleted).ExecuteAsync();
        }
        foreach (var (key, value) in part.Params) await session.Prepare(ParamSql).With(no, await names.FindAsync(session, key), experimentNo, value, SortText.Of(value)).ExecuteAsync();
        foreach (var (key, value) in part.Tags) await session.Prepare(TagSql).With(no, await names.FindAsync(session, key), experimentNo, value, SortText.Of(value)).ExecuteAsync();
        foreach (var dataset in run.Datasets) await AddDatasetAsync(session, experimentNo, no.Value, dataset);
        foreach (var model in run.Models)
            if (!await AddModelAsync(session, experiment.ProjectId, no.Value, model)) skipped.Add(run.Id, "model", model.ModelId, "it belongs to another project here");
    }

    private static async Task AddDatasetAsync(DbSession session, long experimentNo, long runNo, ImportDataset dataset)
    {
        await session.ExecuteAsync("""
            INSERT INTO experiments_datasets (experiment_no, name, digest, source_type, source, schema, profile) VALUES (@experimentNo, @Name, @Digest, @SourceType, @Source, @Schema, @Profile) ON CONFLICT DO NOTHING
            """, new { experimentNo, dataset.Name, dataset.Digest, dataset.SourceType, dataset.Source, dataset.Schema, dataset.Profile });
        await session.ExecuteAsync("""
            INSERT INTO experiments_inputs (run_no, dataset_no, context, tags)
            SELECT @runNo, no, @context, @tags FROM experiments_datasets WHERE experiment_no = @experimentNo AND name = @Name AND digest = @Digest
            ON CONFLICT (run_no, dataset_no) DO UPDATE SET context = excluded.context, tags = excluded.tags
            """, new
        {
            runNo,
            experimentNo,
            dataset.Name,
            dataset.Digest,
            context = dataset.Tags.FirstOrDefault(t => t.Key == "mlflow.data.context")?.Value,
            tags = RunInputs.WriteTags([.. dataset.Tags.Select(t => new KeyValuePair<string, string>(t.Key, t.Value))]),
        });
    }

    private static async Task<bool> AddModelAsync(DbSession session, string projectId, long runNo, ImportRunModel model)
    {
        if (await session.ScalarAsync<long>("""
            SELECT COUNT(*) FROM experiments_models m JOIN experiments_experiments e ON e.no = m.experiment_no JOIN kernel_resources r ON r.id = e.id WHERE m.id = @ModelId AND r.project_id <> @projectId
            """, new { model.ModelId, projectId }) > 0) return false;
        await session.ExecuteAsync("INSERT INTO experiments_run_models (run_no, model_id, role, step) VALUES (@runNo, @ModelId, @role, @Step) ON CONFLICT (run_no, model_id, role) DO UPDATE SET step = excluded.step",
            new { runNo, model.ModelId, role = model.IsOutput ? "output" : "input", model.Step });
        return true;
    }

    private static Failure? Check(ImportRun run)
    {
        var wrong = ImportRules.CheckId("id", run.Id, false) ?? ImportRules.CheckVersion("version", run.Version) ?? ImportRules.CheckText("name", run.Name, 500) ?? ImportRules.CheckText("user", run.User, 200)
            ?? (Enum.IsDefined(run.Status) ? null : Failure.Invalid("status", run.Status, "running, scheduled, finished, failed or killed"))
            ?? ImportRules.CheckCount("datasets", run.Datasets.Count) ?? ImportRules.CheckCount("models", run.Models.Count);
        foreach (var d in run.Datasets)
        {
            wrong ??= ImportRules.CheckText("datasets.name", d.Name, 500) ?? ImportRules.CheckText("datasets.digest", d.Digest, 36) ?? ImportRules.CheckText("datasets.sourceType", d.SourceType, 36)
                ?? ImportRules.CheckText("datasets.source", d.Source, 65_535) ?? ImportRules.CheckText("datasets.schema", d.Schema ?? "", 1_048_575) ?? ImportRules.CheckText("datasets.profile", d.Profile ?? "", 16_777_215);
            foreach (var t in d.Tags) wrong ??= ImportRules.CheckText("datasets.tags.key", t.Key, 255) ?? ImportRules.CheckText("datasets.tags.value", t.Value, 500);
        }
        foreach (var m in run.Models) wrong ??= ImportRules.CheckId("models.modelId", m.ModelId, true);
        return wrong;
    }

    private sealed record Part(ImportRun Run, List<KeyValuePair<string, string>> Params, List<KeyValuePair<string, string>> Tags);
}
