using Dowel.Contracts;
using Dowel.Experiments.Runs;
using Dowel.Kernel.Relational;
using Dowel.Kernel.Results;

namespace Dowel.Experiments.Logging;

/// <summary>
/// Metrics of several runs for charts. Of a long history the first and the last point are kept, and of each of many equal spans of steps (or of times, where all points are of one step) the least and the greatest value,
/// so that no spike is lost. NaN counts where there is nothing else.
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
        var (lows, highs) = Spans(low, high, (most - 2) / 2);
        var least = $"SELECT step, at, is_nan, value {of}{within} AND {column} >= {{0}} AND {column} <= {{1}} ORDER BY is_nan, value";
        var rows = new List<Row> { begin, last };
        if (session.Engine == DbEngine.Postgres)
        {
            var (t, args) = ("unnest(@lows, @highs) t (low, high)", new { run, name, lows, highs });
            foreach (var order in (string[])["", " DESC"]) rows.AddRange(await session.QueryAsync<Row>($"SELECT x.* FROM {t}, LATERAL ({string.Format(null, least, "t.low", "t.high")}{order} LIMIT 1) x", args));
        }
        else
        {
            // In SQLite a statement is a call of a function.
            for (var i = 0; i < lows.Length; i++)
                foreach (var order in (string[])["", " DESC"]) rows.AddRange(await session.QueryAsync<Row>($"{string.Format(null, least, "@low", "@high")}{order} LIMIT 1", new { run, name, low = lows[i], high = highs[i] }));
        }
        return [.. rows.Select(ToSample).DistinctBy(s => (s.Step, s.At, s.Value)).OrderBy(s => s.Step).ThenBy(s => s.At)];
    }

    // In doubles: the difference of two steps may be larger than a step can be.
    private static (long[] Lows, long[] Highs) Spans(long low, long high, int count)
    {
        var lows = Enumerable.Range(0, count).Select(i => i == 0 ? low : (long)(low + (((double)high - low) * i / count))).Distinct().ToArray();
        return (lows, [.. lows.Skip(1).Select(next => next - 1), .. lows.Length > 0 ? [high] : Array.Empty<long>()]);
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
