using Dowel.Contracts;
using Dowel.Experiments.LoggedModels;
using Dowel.Experiments.Runs;
using Dowel.Kernel.Relational;
using Dowel.Kernel.Results;

namespace Dowel.Experiments.Logging;

/// <summary>Keeps what runs log: all of a call, or nothing. Many calls share a transaction.</summary>
internal sealed class RunLog(IDb db, NameTable names, MetricJournal journal, TimeProvider time)
{
    private const int PointsAtOnce = 5000;
    private const int MostSampled = 25_000;

    /// <summary>Logs what was checked by <see cref="LogRules"/>; a run in the bin takes nothing.</summary>
    /// <param name="runId">The run.</param>
    /// <param name="log">What it logs.</param>
    /// <param name="models">Those of the metrics that are logged for models, too; what the caller may do with these is checked before.</param>
    /// <param name="cancellationToken">Cancels it.</param>
    public async Task<Result<Unit>> LogAsync(string runId, LogToRun log, IReadOnlyCollection<ModelMetric> models, CancellationToken cancellationToken)
    {
        if (LogRules.Check(log) is { } wrong) return wrong;
        await names.EnsureAsync(log, cancellationToken);
        await journal.WaitForRoomAsync(cancellationToken);
        return await db.WriteGroupedAsync<Unit>(async s =>
        {
            if (!(await RunKeys.ActiveAsync(s, runId)).TryGet(out var run, out var failure)) return failure;
            return await WriteAsync(s, run, log) is { } refused ? refused
                : models.Count > 0 && await LoggedModelService.RecordMetricsAsync(s, run, models) is { } unknown ? unknown
                : Unit.Value;
        }, cancellationToken);
    }

    /// <summary>Writes within a transaction that holds the run; the names have their numbers (<see cref="NameTable.EnsureAsync"/>). Sorted, so that no two callers wait for each other.</summary>
    public async Task<Failure?> WriteAsync(DbSession session, RunKey run, LogToRun log)
    {
        foreach (var (key, value) in Sorted(log.Params))
            if (await WriteParamAsync(session, run, key, value) is { } changed) return changed;
        if (log.Tags?.GetValueOrDefault(LogRules.RunNameTag) is { } runName)
            await session.ExecuteAsync("UPDATE experiments_runs SET name = @runName WHERE no = @No", new { run.No, runName = runName.Length > 500 ? runName[..500] : runName });
        foreach (var (key, value) in Sorted(log.Tags))
            await session.Prepare("""
                INSERT INTO experiments_tags (run_no, name_no, experiment_no, value, sort_value) VALUES (@p0, @p1, @p2, @p3, @p4)
                ON CONFLICT (run_no, name_no) DO UPDATE SET value = excluded.value, sort_value = excluded.sort_value
                """).With(run.No, await names.FindAsync(session, key), run.ExperimentNo, value, SortText.Of(value)).ExecuteAsync();
        if (log.Metrics is not { Count: > 0 } metrics) return null;
        var now = time.NowMicros();
        var points = new Point[metrics.Count];
        for (var i = 0; i < points.Length; i++)
        {
            var (key, value, step, at) = metrics[i];
            points[i] = new Point(run.No, await names.FindAsync(session, key), step, at?.ToMicros() ?? now, double.IsNaN(value), double.IsNaN(value) ? 0 : value);
        }
        await journal.RecordAsync(session, run.ExperimentNo, run.No, points);
        return null;
    }

    /// <summary>Takes a tag off; a failure where the run has none of that name.</summary>
    public Task<Result<Unit>> DeleteTagAsync(string runId, string key, CancellationToken cancellationToken) => db.WriteGroupedAsync<Unit>(async s =>
    {
        if (!(await RunKeys.ActiveAsync(s, runId)).TryGet(out var run, out var failure)) return failure;
        var deleted = await s.Prepare("DELETE FROM experiments_tags WHERE run_no = @p0 AND name_no = @p1").With(run.No, await names.FindAsync(s, key)).ExecuteAsync();
        return deleted == 0 ? new Failure(ErrorCodes.NotFound, $"No tag with name: {key} in run with id {runId}") : Unit.Value;
    }, cancellationToken);

    /// <summary>A part of a metric's history in order of step, time and value, after <paramref name="last"/>.</summary>
    public async Task<IReadOnlyList<Point>> PointsAsync(string runId, string key, Point? last, int limit, CancellationToken cancellationToken)
    {
        if (await db.ReadAsync(s => RunKeys.FindAsync(s, runId), cancellationToken) is not { } run) return [];
        if (last is null) await journal.CatchUpAsync([run.ExperimentNo], cancellationToken);
        return await db.ReadAsync(async s =>
        {
            var name = await names.FindAsync(s, key);
            var after = last is null ? "" : "AND (step, at, is_nan, value) > (@Step, @At, @nan, @Value)";
            var rows = await s.QueryAsync<PointRow>(
                $"SELECT step, at, is_nan, value FROM experiments_metric_points WHERE run_no = @No AND name_no = @name {after} ORDER BY step, at, is_nan, value LIMIT {limit}",
                new { run.No, name, last?.Step, last?.At, nan = last?.IsNan == true ? 1 : 0, last?.Value });
            return (IReadOnlyList<Point>)[.. rows.Select(r => new Point(run.No, name, r.Step, r.At, r.IsNan != 0, r.Value))];
        }, cancellationToken);
    }

    /// <summary>
    /// The metric of several runs, thinned out as MLflow does it (mlflow/store/tracking/abstract_store.py, get_metric_history_bulk_interval): of all steps in the range, which begins at 0 where none is given,
    /// every so many-th and the last, and the first and last step of each run where they are in the range; each point of a step that is kept, in the order of the runs as given.
    /// </summary>
    public async Task<IReadOnlyList<(string Run, Point Point)>> SampleAsync(IReadOnlyList<string> runIds, string key, long? startStep, long? endStep, int most, CancellationToken cancellationToken)
    {
        var runs = await db.ReadAsync(async s =>
        {
            var found = new List<RunKey>();
            foreach (var id in runIds)
                if (await RunKeys.FindAsync(s, id) is { } run) found.Add(run);
            return found;
        }, cancellationToken);
        await journal.CatchUpAsync(runs.Select(r => r.ExperimentNo), cancellationToken);
        return await db.ReadAsync(async s =>
        {
            var name = await names.FindAsync(s, key);
            var (start, end) = (startStep ?? 0, endStep ?? long.MaxValue);
            var args = new { runs = runs.Select(r => r.No).ToArray(), name, start, end };
            const string of = "FROM experiments_metric_points WHERE run_no IN @runs AND name_no = @name";
            var steps = await s.QueryAsync<long>($"SELECT DISTINCT step {of} AND step >= @start AND step <= @end ORDER BY step", args);
            var ends = await s.QueryAsync<EndsRow>($"SELECT MIN(step) AS first, MAX(step) AS last {of} GROUP BY run_no", args);
            var kept = new HashSet<long>(ends.SelectMany(e => new[] { e.First, e.Last }).Where(step => step >= start && step <= end));
            if (steps.Count <= most) kept.UnionWith(steps);
            else
            {
                // As floating point numbers, because MLflow rounds so.
                var interval = (double)steps.Count / most;
                for (var i = 0; i < most; i++) kept.Add(steps[(int)(i * interval)]);
                kept.Add(steps[^1]);
            }
            var found = runs.ToDictionary(r => r.No, _ => new List<Point>());
            // Numbers of our own; a chart asks for some thousand at the most.
            foreach (var part in kept.Order().Chunk(500))
                foreach (var row in await s.QueryAsync<SampleRow>($"SELECT run_no, step, at, is_nan, value {of} AND step IN ({string.Join(',', part)})", args))
                    found[row.RunNo].Add(new Point(row.RunNo, name, row.Step, row.At, row.IsNan != 0, row.Value));
            return (IReadOnlyList<(string, Point)>)[.. runs.SelectMany(r => found[r.No].Order().Take(MostSampled).Select(p => (r.Id, p)))];
        }, cancellationToken);
    }

    /// <summary>Every point of a metric in order of step, time and value, read a part at a time.</summary>
    public async IAsyncEnumerable<MetricPoint> HistoryAsync(string runId, string key, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken)
    {
        for (Point? last = null; ;)
        {
            var points = await PointsAsync(runId, key, last, PointsAtOnce, cancellationToken);
            foreach (var point in points) yield return new MetricPoint(key, point.IsNan ? double.NaN : point.Value, point.Step, Instants.FromMicros(point.At));
            if (points.Count < PointsAtOnce) yield break;
            last = points[^1];
        }
    }

    // Params are written once; the same value again changes nothing. The insert comes first, so that of two callers at once one sees the other's.
    private async Task<Failure?> WriteParamAsync(DbSession session, RunKey run, string key, string value)
    {
        var name = await names.FindAsync(session, key);
        var inserted = await session.Prepare("INSERT INTO experiments_params (run_no, name_no, experiment_no, value, sort_value) VALUES (@p0, @p1, @p2, @p3, @p4) ON CONFLICT DO NOTHING")
            .With(run.No, name, run.ExperimentNo, value, SortText.Of(value)).ExecuteAsync();
        if (inserted == 1) return null;
        var there = (string?)await session.Prepare("SELECT value FROM experiments_params WHERE run_no = @p0 AND name_no = @p1").With(run.No, name).ScalarAsync();
        return there == value ? null : new Failure(ErrorCodes.Conflict,
            $"Changing param values is not allowed. Param with key='{key}' was already logged with value='{Short(there)}' for run ID='{run.Id}'. Attempted logging new value '{Short(value)}'.",
            new FieldError($"params.{key}", Short(value), $"the value it has, '{Short(there)}', or another name"));
    }

    private static IEnumerable<KeyValuePair<string, string>> Sorted(IReadOnlyDictionary<string, string>? values) => values?.OrderBy(v => v.Key, StringComparer.Ordinal) ?? Enumerable.Empty<KeyValuePair<string, string>>();

    private static string? Short(string? value) => value is not { Length: > 200 } ? value : value[..200] + "…";

    private sealed class EndsRow
    {
        public long First { get; set; }
        public long Last { get; set; }
    }

    private sealed class SampleRow
    {
        public long RunNo { get; set; }
        public long Step { get; set; }
        public long At { get; set; }
        public long IsNan { get; set; }
        public double Value { get; set; }
    }

    private sealed class PointRow
    {
        public long Step { get; set; }
        public long At { get; set; }
        public long IsNan { get; set; }
        public double Value { get; set; }
    }
}
