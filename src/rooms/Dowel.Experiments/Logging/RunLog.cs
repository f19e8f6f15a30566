using Dowel.Contracts;
using Dowel.Kernel.Relational;
using Dowel.Kernel.Results;

namespace Dowel.Experiments.Logging;

/// <summary>Keeps what runs log: all of a call, or nothing.</summary>
internal sealed class RunLog(IDb db, TimeProvider time)
{
    private const int PointsAtOnce = 5000;

    public async Task<Result<Unit>> LogAsync(string runId, LogToRun log, CancellationToken cancellationToken)
    {
        if (LogRules.Check(log) is { } wrong) return wrong;
        return await db.WriteAsync<Unit>(async s =>
        {
            // The update locks the run's row: calls to one run line up, and a run that is deleted meanwhile gets nothing more.
            if (await s.ExecuteAsync("UPDATE experiments_runs SET updated_at = @now WHERE id = @runId", new { runId, now = time.NowMicros() }) == 0)
                return Failure.NotFound("run", runId);
            var experimentId = (await s.ScalarAsync<string>("SELECT experiment_id FROM experiments_runs WHERE id = @runId", new { runId }))!;
            if (await WriteAsync(s, experimentId, runId, log) is { } failure) return failure;
            return Unit.Value;
        }, cancellationToken);
    }

    /// <summary>Writes what was checked, within a transaction that holds the run.</summary>
    public async Task<Failure?> WriteAsync(DbSession session, string experimentId, string runId, LogToRun log)
    {
        if (log.Params is { Count: > 0 } parameters)
        {
            if (await ChangedParamAsync(session, runId, parameters) is { } changed) return changed;
            await BulkInsert.InsertAsync(session, "experiments_params (run_id, name, experiment_id, value, sort_value)", "ON CONFLICT (run_id, name) DO NOTHING", Rows(experimentId, runId, parameters));
        }
        if (log.Tags is { Count: > 0 } tags)
            await BulkInsert.InsertAsync(session, "experiments_tags (run_id, name, experiment_id, value, sort_value)",
                "ON CONFLICT (run_id, name) DO UPDATE SET value = excluded.value, sort_value = excluded.sort_value", Rows(experimentId, runId, tags));
        if (log.Metrics is { Count: > 0 } metrics) await WriteMetricsAsync(session, experimentId, runId, metrics);
        return null;
    }

    /// <summary>Every point of a metric in order of step, time and value, read a part at a time.</summary>
    public async IAsyncEnumerable<MetricPoint> HistoryAsync(string runId, string key, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var id = await db.ReadAsync(s => s.ScalarAsync<long?>("SELECT id FROM experiments_metrics WHERE run_id = @runId AND name = @key", new { runId, key }), cancellationToken);
        if (id is null) yield break;
        for (PointRow? last = null; ;)
        {
            var after = last is null ? "" : "AND (step, at, is_nan, value) > (@Step, @At, @IsNan, @Value)";
            var rows = await db.ReadAsync(s => s.QueryAsync<PointRow>(
                $"SELECT step, at, is_nan, value FROM experiments_metric_points WHERE metric_id = @id {after} ORDER BY step, at, is_nan, value LIMIT {PointsAtOnce}",
                new { id, last?.Step, last?.At, last?.IsNan, last?.Value }), cancellationToken);
            foreach (var row in rows) yield return new MetricPoint(key, row.IsNan ? double.NaN : row.Value, row.Step, Instants.FromMicros(row.At));
            if (rows.Count < PointsAtOnce) yield break;
            last = rows[^1];
        }
    }

    private static async Task<Failure?> ChangedParamAsync(DbSession session, string runId, IReadOnlyDictionary<string, string> parameters)
    {
        var there = await session.QueryAsync<ParamRow>("SELECT name, value FROM experiments_params WHERE run_id = @runId AND name IN @names", new { runId, names = parameters.Keys.ToArray() });
        var changed = there.Where(p => parameters[p.Name] != p.Value).OrderBy(p => p.Name, StringComparer.Ordinal).ToList();
        return changed.Count == 0 ? null : new Failure(ErrorCodes.Conflict, $"Parameters are written once: '{changed[0].Name}' has another value already.",
            [.. changed.Select(p => new FieldError($"params.{p.Name}", Short(parameters[p.Name]), $"the value it has, '{Short(p.Value)}', or another name"))]);
    }

    private async Task WriteMetricsAsync(DbSession session, string experimentId, string runId, IReadOnlyList<MetricPoint> metrics)
    {
        var now = time.NowMicros();
        var points = metrics.Select(m => new Point(m.Key, m.Step, m.At?.ToMicros() ?? now, double.IsNaN(m.Value), double.IsNaN(m.Value) ? 0 : m.Value)).ToList();

        // A statement may touch a row once, so the call's own last value of each metric is found here.
        var last = points.GroupBy(p => p.Key).Select(g => g.MaxBy(p => (p.Step, p.At, !p.IsNan, p.Value))).OrderBy(p => p.Key, StringComparer.Ordinal);
        await BulkInsert.InsertAsync(session, "experiments_metrics (run_id, name, experiment_id, value, is_nan, step, at)", """
            ON CONFLICT (run_id, name) DO UPDATE SET value = excluded.value, is_nan = excluded.is_nan, step = excluded.step, at = excluded.at
            WHERE excluded.step > experiments_metrics.step OR (excluded.step = experiments_metrics.step AND (excluded.at > experiments_metrics.at
                OR (excluded.at = experiments_metrics.at AND NOT excluded.is_nan AND (experiments_metrics.is_nan OR excluded.value > experiments_metrics.value))))
            """, [.. last.Select(p => new object[] { runId, p.Key, experimentId, p.Value, p.IsNan, p.Step, p.At })]);

        var ids = (await session.QueryAsync<IdRow>("SELECT id, name FROM experiments_metrics WHERE run_id = @runId AND name IN @names",
            new { runId, names = points.Select(p => p.Key).Distinct().ToArray() })).ToDictionary(r => r.Name, r => r.Id);
        await BulkInsert.InsertAsync(session, "experiments_metric_points (metric_id, step, at, is_nan, value)", "ON CONFLICT DO NOTHING",
            [.. points.Select(p => new object[] { ids[p.Key], p.Step, p.At, p.IsNan, p.Value })]);
    }

    private static List<object[]> Rows(string experimentId, string runId, IReadOnlyDictionary<string, string> values)
        => [.. values.Select(v => new object[] { runId, v.Key, experimentId, v.Value, Begin(v.Value) })];

    // Cut between characters: half of a surrogate pair is no text.
    private static string Begin(string value) => value.Length <= 100 ? value : value[..(char.IsHighSurrogate(value[99]) ? 99 : 100)];

    private static string Short(string value) => value.Length <= 200 ? value : value[..200] + "…";

    private readonly record struct Point(string Key, long Step, long At, bool IsNan, double Value);

    private sealed class PointRow
    {
        public long Step { get; set; }
        public long At { get; set; }
        public bool IsNan { get; set; }
        public double Value { get; set; }
    }

    private sealed class ParamRow
    {
        public string Name { get; set; } = "";
        public string Value { get; set; } = "";
    }

    private sealed class IdRow
    {
        public long Id { get; set; }
        public string Name { get; set; } = "";
    }
}
