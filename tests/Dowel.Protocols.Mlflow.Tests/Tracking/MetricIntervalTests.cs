using System.Globalization;
using System.Text.Json;
using Dowel.Testing;

namespace Dowel.Protocols.Mlflow.Tests.Tracking;

/// <summary>Which steps <c>get-history-bulk-interval</c> keeps: those that MLflow keeps (mlflow/store/tracking/abstract_store.py, get_metric_history_bulk_interval).</summary>
public sealed class MetricIntervalTests(TrackingHosts hosts) : IClassFixture<TrackingHosts>
{
    [Theory, MemberData(nameof(Engines.All), MemberType = typeof(Engines))]
    public async Task Keeps_the_steps_that_MLflow_keeps(Engine engine)
    {
        var host = await hosts.OnAsync(engine);
        var experiment = await host.NewExperimentAsync();
        var random = new Random(12);
        var histories = new List<(string Run, List<(long Step, long At, double Value)> Points)>();
        for (var r = 0; r < 3; r++)
        {
            var run = await host.NewRunAsync(experiment);
            // Below zero, with gaps, and some steps more than once.
            var points = Enumerable.Range(0, 300).Select(i => ((long)random.Next(-50, 400 + (r * 200)), 1000L + i, (double)random.Next(100))).ToList();
            (await host.PostAsync("runs/log-batch", JsonSerializer.Serialize(new { run_id = run, metrics = points.Select(p => new { key = "m", value = p.Item3, timestamp = p.Item2, step = p.Item1 }) }))).Ok();
            histories.Add((run, points));
        }
        // Runs in an order of the caller's own.
        histories.Reverse();
        var runs = string.Concat(histories.Select(h => $"run_ids={h.Run}&"));
        (int? Most, long? Start, long? End)[] asked = [(null, null, null), (10, null, null), (7, 0, 300), (7, -50, -10), (3, 100, 101), (1, null, null), (5, 350, 100_000), (13, -1000, 1000), (9, 2000, 3000), (299, 0, 1000)];
        foreach (var (most, start, end) in asked)
        {
            var query = string.Concat(most is null ? "" : $"&max_results={most}", start is null ? "" : $"&start_step={start}&end_step={end}");
            var answer = (await host.GetAsync($"metrics/get-history-bulk-interval?{runs}metric_key=m{query}")).Ok();
            var given = !answer.TryGetProperty("metrics", out var metrics) ? [] : metrics.EnumerateArray()
                .Select(m => string.Create(CultureInfo.InvariantCulture, $"{m.GetProperty("run_id").GetString()} {m.GetProperty("step").GetInt64()} {m.GetProperty("timestamp").GetInt64()} {m.GetProperty("value").GetDouble()}")).ToList();
            var kept = KeptByMlflow(histories.Select(h => h.Points.Select(p => p.Step).ToList()).ToList(), most ?? 2500, start, end);
            var expected = histories.SelectMany(h => h.Points.Where(p => kept.Contains(p.Step)).Order().Select(p => string.Create(CultureInfo.InvariantCulture, $"{h.Run} {p.Step} {p.At} {p.Value}")));
            Assert.Equal(expected, given);
        }
        Assert.Equal("{}", (await host.GetAsync($"metrics/get-history-bulk-interval?{runs}metric_key=never")).Text);
    }

    private static HashSet<long> KeptByMlflow(List<List<long>> runs, int most, long? start, long? end)
    {
        var all = runs.SelectMany(r => r).Distinct().Order().ToList();
        var (from, to) = start is null ? (0, all[^1]) : (start.Value, end!.Value);
        var range = all.Where(s => s >= from && s <= to).ToList();
        var kept = runs.SelectMany(r => new[] { r.Min(), r.Max() }).Where(s => s >= from && s <= to).ToHashSet();
        if (range.Count <= most) kept.UnionWith(range);
        else
        {
            var interval = (double)range.Count / most;
            for (var i = 0; i < most; i++) kept.Add(range[(int)(i * interval)]);
            kept.Add(range[^1]);
        }
        return kept;
    }
}
