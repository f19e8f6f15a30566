using System.Text.Json;
using Dowel.Contracts;
using Dowel.Experiments.LoggedModels;
using Dowel.Experiments.Runs;
using Dowel.Kernel.Access;
using Dowel.Kernel.Lineage;
using Dowel.Kernel.Relational;
using Dowel.Kernel.Resources;
using Dowel.Kernel.Results;

namespace Dowel.Experiments.Datasets;

/// <summary>A dataset that runs of an experiment read.</summary>
internal sealed class DatasetSummary
{
    public string ExperimentId { get; set; } = "";
    public string Name { get; set; } = "";
    public string Digest { get; set; } = "";
    public string? Context { get; set; }
}

/// <summary>Records what runs read and made: datasets, with the lineage of those that are this server's, and logged models.</summary>
internal sealed class InputLog(IDb db, ILineage lineage, TimeProvider time)
{
    private const string ContextTag = "mlflow.data.context";
    private const int MostAtOnce = 1000;
    private const int MostReferences = 100;
    private const int MostSummaries = 1000;

    /// <summary>Records inputs; all of a call, or nothing. A dataset that the run has already stays as it is.</summary>
    /// <param name="actor">Who logs.</param>
    /// <param name="experiment">The run's experiment.</param>
    /// <param name="runId">The run; one in the bin takes nothing.</param>
    /// <param name="datasets">Datasets.</param>
    /// <param name="models">Ids of models that the caller may see.</param>
    /// <param name="host">The host that the client speaks to.</param>
    /// <param name="cancellationToken">Cancels it.</param>
    public async Task<Result<Unit>> LogInputsAsync(Actor actor, Resource experiment, string runId, IReadOnlyList<DatasetInput> datasets, IReadOnlyList<string> models, string host, CancellationToken cancellationToken)
    {
        if (Check(datasets, models.Count) is { } wrong) return wrong;
        return await db.WriteGroupedAsync<Unit>(async s =>
        {
            if (!(await RunKeys.ActiveAsync(s, runId)).TryGet(out var run, out var failure)) return failure;
            var references = new List<string>();
            // Sorted, so that no two callers wait for each other.
            foreach (var dataset in datasets.OrderBy(d => d.Name, StringComparer.Ordinal).ThenBy(d => d.Digest, StringComparer.Ordinal))
                if (await AddAsync(s, run, dataset) && DatasetSources.ReferenceOf(dataset, host) is { } reference) references.Add(reference);
            if (references.Count > 0) await TraceAsync(s, actor, experiment, run, references);
            return await AddModelsAsync(s, run, "input", [.. models.Select(m => new ModelOutput(m, 0))]) is { } unknown ? unknown : Unit.Value;
        }, cancellationToken);
    }

    /// <summary>Records models that a run made.</summary>
    public async Task<Result<Unit>> LogOutputsAsync(string runId, IReadOnlyList<ModelOutput> models, CancellationToken cancellationToken)
    {
        if (Check([], models.Count) is { } wrong) return wrong;
        return await db.WriteGroupedAsync<Unit>(async s =>
        {
            if (!(await RunKeys.ActiveAsync(s, runId)).TryGet(out var run, out var failure)) return failure;
            return await AddModelsAsync(s, run, "output", models) is { } unknown ? unknown : Unit.Value;
        }, cancellationToken);
    }

    /// <summary>The datasets that runs of experiments read, each once a context.</summary>
    public Task<IReadOnlyList<DatasetSummary>> SearchAsync(IReadOnlyCollection<string> experiments, CancellationToken cancellationToken)
        => db.ReadAsync(s => s.QueryAsync<DatasetSummary>($"""
            SELECT DISTINCT e.id AS experiment_id, d.name, d.digest, i.context FROM experiments_datasets d JOIN experiments_experiments e ON e.no = d.experiment_no
            JOIN experiments_inputs i ON i.dataset_no = d.no WHERE e.id IN @experiments ORDER BY e.id, d.name, d.digest, i.context LIMIT {MostSummaries}
            """, new { experiments }), cancellationToken);

    private static async Task<bool> AddAsync(DbSession session, RunKey run, DatasetInput dataset)
    {
        var args = new { run.ExperimentNo, dataset.Name, dataset.Digest, dataset.SourceType, dataset.Source, dataset.Schema, dataset.Profile };
        await session.ExecuteAsync("""
            INSERT INTO experiments_datasets (experiment_no, name, digest, source_type, source, schema, profile) VALUES (@ExperimentNo, @Name, @Digest, @SourceType, @Source, @Schema, @Profile) ON CONFLICT DO NOTHING
            """, args);
        return await session.ExecuteAsync("""
            INSERT INTO experiments_inputs (run_no, dataset_no, context, tags)
            SELECT @No, no, @context, @tags FROM experiments_datasets WHERE experiment_no = @ExperimentNo AND name = @Name AND digest = @Digest ON CONFLICT DO NOTHING
            """, new { run.No, run.ExperimentNo, dataset.Name, dataset.Digest, context = dataset.Tags.FirstOrDefault(t => t.Key == ContextTag).Value, tags = RunInputs.WriteTags(dataset.Tags) }) > 0;
    }

    // The run shows them among its inputs, and versions that are registered from it take them over.
    private async Task TraceAsync(DbSession session, Actor actor, Resource experiment, RunKey run, IReadOnlyList<string> references)
    {
        await session.ExecuteAsync("UPDATE experiments_runs SET updated_at = @now WHERE no = @No", new { run.No, now = time.NowMicros() });
        var inputs = JsonSerializer.Deserialize<List<string>>(await session.ScalarAsync<string>("SELECT inputs FROM experiments_runs WHERE no = @No", new { run.No }) ?? "[]")!;
        inputs = [.. inputs.Concat(references).Distinct().Take(MostReferences)];
        await session.ExecuteAsync("UPDATE experiments_runs SET inputs = @inputs WHERE no = @No", new { run.No, inputs = JsonSerializer.Serialize(inputs) });
        await lineage.AddReferencesAsync(session, actor, references, experiment.Id, run.Id, "trained");
    }

    private static async Task<Failure?> AddModelsAsync(DbSession session, RunKey run, string role, IReadOnlyList<ModelOutput> models)
    {
        foreach (var (model, step, _) in models.OrderBy(m => m.ModelId, StringComparer.Ordinal))
        {
            if (await session.ScalarAsync<long?>("SELECT no FROM experiments_models WHERE id = @model", new { model }) is null) return LoggedModelIds.NotFound(model);
            await session.ExecuteAsync("INSERT INTO experiments_run_models (run_no, model_id, role, step) VALUES (@No, @model, @role, @step) ON CONFLICT (run_no, model_id, role) DO UPDATE SET step = excluded.step", new { run.No, model, role, step });
        }
        return null;
    }

    // The limits are MLflow's (mlflow/utils/validation.py).
    private static Failure? Check(IReadOnlyList<DatasetInput> datasets, int models)
    {
        if (datasets.Count > MostAtOnce || models > MostAtOnce) return Failure.Invalid("datasets", $"{Math.Max(datasets.Count, models)} inputs", $"at most {MostAtOnce} a call");
        foreach (var d in datasets)
        {
            var wrong = Check("name", d.Name, 500) ?? Check("digest", d.Digest, 36) ?? Check("source_type", d.SourceType, 36) ?? Check("source", d.Source, 65_535) ?? Check("schema", d.Schema, 1_048_575) ?? Check("profile", d.Profile, 16_777_215);
            foreach (var (key, value) in d.Tags) wrong ??= Check("key", key, 255) ?? Check("value", value, 500);
            if (wrong is not null) return wrong;
        }
        return null;
    }

    private static Failure? Check(string field, string? text, int most)
        => text?.Length > most ? new Failure(ErrorCodes.Invalid, $"'{field}' exceeds the maximum length of {most} characters", new FieldError(field, $"{text.Length} characters", $"at most {most} characters")) : null;
}
