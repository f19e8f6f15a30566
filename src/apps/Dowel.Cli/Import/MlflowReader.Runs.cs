using Dowel.Contracts;

namespace Dowel.Cli.Import;

/// <summary>A run of the database.</summary>
/// <param name="Experiment">Its experiment's id.</param>
/// <param name="ArtifactUri">Where its files are.</param>
/// <param name="Points">How many metric points it has.</param>
/// <param name="Spec">What it is.</param>
internal sealed record FoundRun(string Experiment, string ArtifactUri, long Points, ImportRun Spec);

/// <summary>A metric point of the database, or a row that is none.</summary>
internal readonly record struct FoundPoint(string Run, string Key, double Value, long Step, long At, bool IsBroken);

/// <summary>Runs, with params, tags, inputs and metrics.</summary>
internal sealed partial class MlflowReader
{
    private const int RunsAtOnce = 200;

    /// <summary>Where the files of runs are, run after run.</summary>
    public async IAsyncEnumerable<(string Run, string Experiment, string Uri)> RunFilesAsync(IReadOnlySet<string> experiments, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken)
    {
        for (var after = ""; ;)
        {
            var page = new List<(string Run, string Experiment, string Uri)>();
            await foreach (var row in database.ReadAsync($"SELECT run_uuid, experiment_id, artifact_uri FROM runs WHERE run_uuid > @p0 ORDER BY run_uuid LIMIT {RunsAtOnce}", [after], cancellationToken))
                page.Add((row.Text(0) ?? "", row.Text(1) ?? "", row.Text(2) ?? ""));
            foreach (var run in page)
                if (experiments.Contains(run.Experiment)) yield return run;
            if (page.Count < RunsAtOnce || page[^1].Run.Length == 0) yield break;
            after = page[^1].Run;
        }
    }

    /// <summary>The runs of experiments, a part at a time.</summary>
    public async IAsyncEnumerable<IReadOnlyList<FoundRun>> RunsAsync(IReadOnlySet<string> experiments, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken)
    {
        for (var after = ""; ;)
        {
            var rows = new List<FoundRun>();
            var (count, before) = (0, after);
            await foreach (var row in database.ReadAsync($"""
                SELECT run_uuid, experiment_id, name, user_id, status, start_time, end_time, lifecycle_stage, {database.Column("runs", "deleted_time")}, artifact_uri FROM runs WHERE run_uuid > @p0 ORDER BY run_uuid LIMIT {RunsAtOnce}
                """, [after], cancellationToken))
            {
                count++;
                after = row.Text(0) ?? after;
                if (row.Text(1) is { } experiment && experiments.Contains(experiment) && Run(row) is { } run) rows.Add(new FoundRun(experiment, row.Text(9) ?? "", 0, run));
            }
            if (rows.Count > 0) yield return await CompleteAsync(rows, cancellationToken);
            if (count < RunsAtOnce || after == before) yield break;
        }
    }

    private ImportRun? Run(MlflowRow row)
    {
        if (row.Text(0) is not { } id || id.Length is 0 or > 64 || !id.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_') || id.StartsWith("m-", StringComparison.Ordinal))
        {
            tally.Refuse(tally.Runs, $"run {Clip(row.Text(0), 64)}: its id is none that can be kept");
            return null;
        }
        RunStatus? status = row.Text(4) switch
        {
            "RUNNING" => RunStatus.Running,
            "SCHEDULED" => RunStatus.Scheduled,
            "FINISHED" => RunStatus.Finished,
            "FAILED" => RunStatus.Failed,
            "KILLED" => RunStatus.Killed,
            _ => null,
        };
        if (status is null) tally.Skip(id, "run", "status", $"'{Clip(row.Text(4), 20)}' is no status; it counts as failed");
        return new ImportRun
        {
            Id = id,
            Name = Clip(row.Text(2), 500),
            User = Clip(row.Text(3), 200),
            Status = status ?? RunStatus.Failed,
            StartedAt = row.At(5),
            EndedAt = row.At(6),
            DeletedAt = row.Text(7) == "deleted" ? row.At(8) ?? row.At(6) ?? row.At(5) ?? DateTimeOffset.UnixEpoch : null,
        };
    }

    private async Task<IReadOnlyList<FoundRun>> CompleteAsync(List<FoundRun> runs, CancellationToken cancellationToken)
    {
        object?[] ids = [.. runs.Select(r => r.Spec.Id)];
        var list = MlflowDatabase.List(ids.Length);
        var (parameters, tags, points) = (new Dictionary<string, SortedDictionary<string, string>>(), new Dictionary<string, SortedDictionary<string, string>>(), new Dictionary<string, long>());
        await foreach (var row in database.ReadAsync($"SELECT run_uuid, key, value FROM params WHERE run_uuid IN ({list})", ids, cancellationToken)) Pair(parameters, row);
        await foreach (var row in database.ReadAsync($"SELECT run_uuid, key, value FROM tags WHERE run_uuid IN ({list})", ids, cancellationToken)) Pair(tags, row);
        await foreach (var row in database.ReadAsync($"SELECT run_uuid, COUNT(*) FROM metrics WHERE run_uuid IN ({list}) GROUP BY run_uuid", ids, cancellationToken)) points[row.Text(0)!] = row.Whole(1) ?? 0;
        var datasets = await DatasetsAsync(list, ids, cancellationToken);
        var models = await RunModelsAsync(list, ids, cancellationToken);
        return [.. runs.Select(r =>
        {
            var spec = r.Spec with
            {
                Params = parameters.GetValueOrDefault(r.Spec.Id) ?? [],
                Tags = tags.GetValueOrDefault(r.Spec.Id) ?? [],
                Datasets = datasets.GetValueOrDefault(r.Spec.Id) ?? [],
                Models = models.GetValueOrDefault(r.Spec.Id) ?? [],
            };
            // Old versions kept the name in the tag alone.
            if (spec.Name.Length == 0 && spec.Tags.TryGetValue("mlflow.runName", out var name)) spec = spec with { Name = Clip(name, 500) };
            return r with { Points = points.GetValueOrDefault(spec.Id), Spec = spec with { Version = VersionOf(spec) } };
        })];
    }

    private async Task<Dictionary<string, List<ImportDataset>>> DatasetsAsync(string list, object?[] ids, CancellationToken cancellationToken)
    {
        var found = new Dictionary<string, List<ImportDataset>>();
        if (!database.Has("datasets") || !database.Has("inputs")) return found;
        var tags = new Dictionary<string, List<ImportTag>>();
        if (database.Has("input_tags"))
            await foreach (var row in database.ReadAsync($"""
                SELECT t.input_uuid, t.name, t.value FROM input_tags t JOIN inputs i ON i.input_uuid = t.input_uuid WHERE i.destination_type = 'RUN' AND i.destination_id IN ({list}) ORDER BY t.input_uuid, t.name
                """, ids, cancellationToken))
                (tags.TryGetValue(row.Text(0)!, out var own) ? own : tags[row.Text(0)!] = []).Add(new ImportTag(Clip(row.Text(1), 255), Clip(row.Text(2), 500)));
        await foreach (var row in database.ReadAsync($"""
            SELECT i.destination_id, i.input_uuid, d.name, d.digest, d.dataset_source_type, d.dataset_source, d.dataset_schema, d.dataset_profile, d.dataset_uuid
            FROM inputs i LEFT JOIN datasets d ON d.dataset_uuid = i.source_id WHERE i.source_type = 'DATASET' AND i.destination_type = 'RUN' AND i.destination_id IN ({list}) ORDER BY d.name, d.digest, i.input_uuid
            """, ids, cancellationToken))
        {
            var run = row.Text(0)!;
            if (row.Text(8) is null) tally.Skip(run, "dataset", row.Text(1) ?? "", "the dataset of this input is not there");
            else if (row.Text(2) is not { Length: <= 500 } name || row.Text(3) is not { Length: <= 36 } digest) tally.Skip(run, "dataset", Clip(row.Text(2), 100), "its name or digest is none that can be kept");
            else
                (found.TryGetValue(run, out var own) ? own : found[run] = []).Add(new ImportDataset
                {
                    Name = Clip(name, 500),
                    Digest = Clip(digest, 36),
                    SourceType = Clip(row.Text(4), 36),
                    Source = Clip(row.Text(5), 65_535),
                    Schema = row.Text(6) is { } schema ? Clip(schema, 1_048_575) : null,
                    Profile = row.Text(7) is { } profile ? Clip(profile, 1_048_575) : null,
                    Tags = tags.GetValueOrDefault(row.Text(1)!) ?? [],
                });
        }
        return found;
    }

    private async Task<Dictionary<string, List<ImportRunModel>>> RunModelsAsync(string list, object?[] ids, CancellationToken cancellationToken)
    {
        var found = new Dictionary<string, List<ImportRunModel>>();
        if (!database.Has("inputs", "step")) return found;
        await foreach (var row in database.ReadAsync($"""
            SELECT source_id, destination_id, source_type, step FROM inputs
            WHERE (source_type = 'RUN_OUTPUT' AND destination_type = 'MODEL_OUTPUT' OR source_type = 'RUN_INPUT' AND destination_type = 'MODEL_INPUT') AND source_id IN ({list}) ORDER BY source_id, destination_id, source_type
            """, ids, cancellationToken))
            if (IsModelId(row.Text(1))) (found.TryGetValue(row.Text(0)!, out var own) ? own : found[row.Text(0)!] = []).Add(new ImportRunModel(row.Text(1)!, row.Text(2) == "RUN_OUTPUT", row.Whole(3) ?? 0));
            else tally.Skip(row.Text(0)!, "model", Clip(row.Text(1), 64), "its id is none that can be kept");
        return found;
    }

    /// <summary>The metric points of runs, run after run, each in an order that stays the same.</summary>
    public async IAsyncEnumerable<FoundPoint> PointsAsync(IReadOnlyList<string> runs, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await foreach (var row in database.ReadAsync($"""
            SELECT run_uuid, key, value, timestamp, step, is_nan FROM metrics WHERE run_uuid IN ({MlflowDatabase.List(runs.Count)}) ORDER BY run_uuid, key, step, timestamp, value, is_nan
            """, [.. runs], cancellationToken))
        {
            var (run, key, isNan) = (row.Text(0)!, row.Text(1), row.Whole(5) is not (null or 0));
            var (value, at, step) = (isNan ? double.NaN : row.Real(2), row.Whole(3), row.Whole(4));
            yield return key is null || value is null || at is null || step is null
                ? new FoundPoint(run, Clip(key, 250), 0, 0, 0, true)
                : new FoundPoint(run, key, value.Value, step.Value, at.Value, false);
        }
    }

    private static bool IsModelId(string? id) => id is { Length: > 2 and <= 64 } && id.StartsWith("m-", StringComparison.Ordinal) && id.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_');
}
