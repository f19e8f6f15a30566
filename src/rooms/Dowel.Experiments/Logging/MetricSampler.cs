using Dowel.Contracts;
using Dowel.Experiments.Runs;
using Dowel.Kernel.Relational;
using Dowel.Kernel.Results;

namespace Dowel.Experiments.Logging;

/// <summary>
/// Metrics of several runs for charts. A long history is not read: evenly spread steps (or times, where all points are of one step) are looked up in its index, so that a million points cost as much as a thousand.
/// </summary>
internal sealed class MetricSampler(IDb db, NameTable names, MetricJournal journal, RunDirectory directory)
{
    private const int MostRuns = 100;
    private const int MostPoints = 5000;

    public async Task<Result<IReadOnlyList<MetricSeries>>> SampleAsync(string experimentId, string key, string? runs, int? points, CancellationToken cancellationToken)
    {
        var ids = (runs ?? "").Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).Distinct().ToArray();
        if (ids.Length is 0 or > MostRuns) return Failure.Invalid("runs", ids.Length == 0 ? runs : $"{ids.Length} runs", $"the ids of 1 to {MostRuns} runs with commas between them");
        if (points is < 2 or > MostPoints) return Failure.Invalid("points", points, $"a number from 2 to {MostPoints}");
        var experiment = await directory.NumberAsync(experimentId, cancellationToken);
        await journal.CatchUpAsync([experiment], cancellationToken);
        return await db.ReadAsync(async s =>
        {
            var name = await names.FindAsync(s, key);
            var series = new List<MetricSeries>();
            foreach (var id in ids)
            {
                // A run of another experiment is not there.
                if (await RunKeys.FindAsync(s, id) is not { } run || run.ExperimentNo != experiment) continue;
                series.Add(new MetricSeries(id, await SampleAsync(s, run.No, name, points ?? 1000)));
            }
            return Result.Ok<IReadOnlyList<MetricSeries>>(series);
        }, cancellationToken);
    }

    private static async Task<IReadOnlyList<MetricSample>> SampleAsync(DbSession session, long run, long name, int most)
    {
        const string of = "FROM experiments_metric_points WHERE run_no = @run AND name_no = @name";
        var first = await session.QueryAsync<Row>($"SELECT step, at, is_nan, value {of} ORDER BY step, at, is_nan, value LIMIT {most + 1}", new { run, name });
        if (first.Count <= most) return [.. first.Select(ToSample)];
        var last = (await session.FirstAsync<Row>($"SELECT step, at, is_nan, value {of} ORDER BY step DESC, at DESC, is_nan DESC, value DESC LIMIT 1", new { run, name }))!;
        var begin = first[0];
        var (column, low, high, within) = begin.Step == last.Step ? ("at", begin.At, last.At, $" AND step = {begin.Step}") : ("step", begin.Step, last.Step, "");
        // In doubles: the difference of two steps may be larger than a step can be.
        var targets = Enumerable.Range(0, most - 1).Select(i => (long)(low + ((double)high - low) * i / (most - 1))).Distinct().ToArray();
        var wanted = session.Engine == DbEngine.Sqlite ? "json_each(@targets) t" : "unnest(@targets) t (value)";
        var args = new { run, name, targets = session.Engine == DbEngine.Sqlite ? (object)$"[{string.Join(',', targets)}]" : targets };
        var kept = await session.QueryAsync<long>($"SELECT DISTINCT (SELECT MIN({column}) {of}{within} AND {column} >= t.value) FROM {wanted}", args);
        // Of a step with many points the first is kept.
        var rows = await session.QueryAsync<Row>($"SELECT step, at, is_nan, value {of}{within} AND {column} IN ({string.Join(',', kept)}) ORDER BY step, at, is_nan, value LIMIT {4 * most}", new { run, name });
        return [.. rows.DistinctBy(r => column == "at" ? r.At : r.Step).Append(last).Select(ToSample).DistinctBy(s => (s.Step, s.At, s.Value))];
    }

    private static MetricSample ToSample(Row row) => new(row.Step, Instants.FromMicros(row.At), row.IsNan != 0 ? double.NaN : row.Value);

    private sealed class Row
    {
        public long Step { get; set; }
        public long At { get; set; }
        public long IsNan { get; set; }
        public double Value { get; set; }
    }
}
