using System.Diagnostics;

namespace Dowel.Bench;

/// <summary>
/// MLflow's tracking calls, each beside a plain loop of inserts where it writes. Every load goes over MLflow's REST alone, so that another tracking server can be timed by the very same calls: <c>--beside URL</c>.
/// </summary>
internal static class TrackingBench
{
    public static async Task<IReadOnlyList<BenchRow>> RunAsync(DemoServer demo, BenchOptions options)
    {
        using var dowel = new Tracker(demo.Url, demo.Token);
        using var other = options.Beside is null ? null : new Tracker(options.Beside, null);
        var rows = new List<BenchRow>
        {
            await LoggingAsync("log-batch of 500 metrics, 8 clients", dowel, other, options, 8, 500, 200),
            await LoggingAsync("log-metric, 16 connections", dowel, other, options, 16, 1, 4000),
            await ReadingAsync(dowel, other, options),
        };
        rows.AddRange(await SearchingAsync(dowel));
        rows.Add(await HistoryAsync(dowel, demo));
        return rows;
    }

    private static async Task<BenchRow> LoggingAsync(string what, Tracker dowel, Tracker? other, BenchOptions options, int connections, int metrics, int goal)
    {
        List<double> ours = [], theirs = [], loops = [];
        var errors = 0;
        // In turn, so that a machine that grows slower is slower for all.
        for (var round = 0; round < options.Rounds; round++)
        {
            var load = await LogAsync(dowel, connections, metrics, options.Seconds);
            errors += load.Errors;
            ours.Add(load.PerSecond);
            loops.Add(await InsertLoop.RunAsync(metrics, Math.Min(options.Seconds, 4)));
            if (other is not null) theirs.Add((await LogAsync(other, connections, metrics, options.Seconds)).PerSecond);
        }
        var rate = Wrk.Median(ours);
        return new($"{what}: calls a second", $"{rate:0}{(errors > 0 ? $", {errors} errors" : "")}", $"at least {goal}", $"{Wrk.Median(loops):0} transactions of a plain insert loop{Beside(theirs)}", rate >= goal && errors == 0);
    }

    private static async Task<Load> LogAsync(Tracker tracker, int connections, int metrics, int seconds)
    {
        var run = await tracker.NewRunAsync(await tracker.NewExperimentAsync());
        var path = metrics == 1 ? "log-metric" : "log-batch";
        var body = metrics == 1
            ? $$"""'{"run_id":"{{run}}","key":"loss","value":0.5,"timestamp":' .. (1700000000000 + n) .. ',"step":' .. n .. '}'"""
            : $$"""'{"run_id":"{{run}}","metrics":[' .. batch(n) .. ']}'""";
        return await WithScriptAsync($$"""
            local n = 0
            local function batch(n)
              local t = {}
              for i = 1, {{metrics}} do t[i] = '{"key":"m' .. i .. '","value":' .. (n + i * 0.01) .. ',"timestamp":' .. (1700000000000 + n) .. ',"step":' .. n .. '}' end
              return table.concat(t, ",")
            end
            request = function()
              n = n + 1
              return wrk.format("POST", "/api/2.0/mlflow/runs/{{path}}", { ["Content-Type"] = "application/json"{{Header(tracker)}} }, {{body}})
            end
            """, script => Wrk.RunAsync(connections, seconds, tracker.Url, script));
    }

    private static async Task<BenchRow> ReadingAsync(Tracker dowel, Tracker? other, BenchOptions options)
    {
        List<double> ours = [], theirs = [];
        async Task<Load> ReadAsync(Tracker tracker)
        {
            var run = await tracker.NewRunAsync(await tracker.NewExperimentAsync());
            await tracker.PostAsync("mlflow/runs/log-batch", new
            {
                run_id = run,
                metrics = Enumerable.Range(0, 10).Select(i => new { key = $"m{i}", value = i, timestamp = 1, step = 0 }),
                @params = Enumerable.Range(0, 10).Select(i => new { key = $"p{i}", value = "x" }),
            });
            return await WithScriptAsync($$"""request = function() return wrk.format("GET", "/api/2.0/mlflow/runs/get?run_uuid={{run}}&run_id={{run}}", { ["Accept"] = "*/*"{{Header(tracker)}} }) end""",
                script => Wrk.RunAsync(16, options.Seconds, tracker.Url, script));
        }
        for (var round = 0; round < options.Rounds; round++)
        {
            ours.Add((await ReadAsync(dowel)).PerSecond);
            if (other is not null) theirs.Add((await ReadAsync(other)).PerSecond);
        }
        var rate = Wrk.Median(ours);
        return new("runs/get of 10 metrics and 10 params, 16 connections: calls a second", $"{rate:0}", "at least 8000", theirs.Count == 0 ? null : Beside(theirs)[2..], rate >= 8000);
    }

    private static async Task<IReadOnlyList<BenchRow>> SearchingAsync(Tracker dowel)
    {
        var many = await dowel.FillAsync(100_000, 3, 3);
        var search = new { experiment_ids = new[] { many }, filter = "metrics.metric0 > 0.5", order_by = new[] { "metrics.metric1 DESC" }, max_results = 100 };
        var rare = new { experiment_ids = new[] { many }, filter = "metrics.metric0 > 0.999 AND params.param1 = '7'", order_by = new[] { "metrics.metric1 ASC" }, max_results = 100 };
        foreach (var warm in (object[])[search, rare]) await Tracker.TimesAsync(10, () => dowel.PostAsync("mlflow/runs/search", warm));
        var times = await Tracker.TimesAsync(100, () => dowel.PostAsync("mlflow/runs/search", search));
        var rareTimes = await Tracker.TimesAsync(100, () => dowel.PostAsync("mlflow/runs/search", rare));

        var wide = await dowel.FillAsync(30_000, 20, 20);
        var watch = Stopwatch.StartNew();
        var found = 0;
        for (string? token = null; ;)
        {
            var page = await dowel.PostAsync("mlflow/runs/search", new { experiment_ids = new[] { wide }, max_results = 1000, page_token = token });
            found += page.GetProperty("runs").GetArrayLength();
            if (!page.TryGetProperty("next_page_token", out var next)) break;
            token = next.GetString();
        }
        return
        [
            new("runs/search, metric filter and order, 100 of 100,000 runs: p95", $"{times[94]:0.0} ms", "under 50 ms", null, times[94] < 50),
            new("runs/search, rare filter on metric and param, of 100,000 runs: p95", $"{rareTimes[94]:0.0} ms", "under 50 ms", null, rareTimes[94] < 50),
            new("runs/search, paging 30,000 runs of 20 params and 20 metrics", $"{watch.Elapsed.TotalSeconds:0.0} s for {found}", "under 20 s", null, watch.Elapsed.TotalSeconds < 20 && found == 30_000),
        ];
    }

    private static async Task<BenchRow> HistoryAsync(Tracker dowel, DemoServer demo)
    {
        var run = await dowel.NewRunAsync(await dowel.NewExperimentAsync());
        for (var batch = 0; batch < 1000; batch++)
            await dowel.PostAsync("mlflow/runs/log-batch", new { run_id = run, metrics = Enumerable.Range(batch * 1000, 1000).Select(i => new { key = "loss", value = i * 0.5, timestamp = 1_700_000_000_000 + i, step = i }) });
        await Task.Delay(TimeSpan.FromSeconds(3));
        demo.Process.Refresh();
        var (before, most) = (demo.Process.WorkingSet64, 0L);
        var watch = Stopwatch.StartNew();
        using var response = await dowel.Http.GetAsync($"mlflow/metrics/get-history?run_id={run}&metric_key=loss", HttpCompletionOption.ResponseHeadersRead);
        await using var stream = await response.EnsureSuccessStatusCode().Content.ReadAsStreamAsync();
        var (buffer, bytes) = (new byte[1 << 20], 0L);
        for (int read; (read = await stream.ReadAsync(buffer)) > 0;)
        {
            bytes += read;
            demo.Process.Refresh();
            most = Math.Max(most, demo.Process.WorkingSet64);
        }
        var grown = Math.Max(0, most - before) / 1e6;
        return new("history of 1,000,000 points, streamed: growth of the server's memory", $"{grown:0} MB in {watch.Elapsed.TotalSeconds:0.0} s for {bytes / 1e6:0} MB", "under 50 MB", null, grown < 50);
    }

    private static async Task<Load> WithScriptAsync(string lua, Func<string, Task<Load>> run)
    {
        var script = Path.Combine(Path.GetTempPath(), $"dowel-bench-{Guid.NewGuid():n}.lua");
        await File.WriteAllTextAsync(script, lua);
        try
        {
            return await run(script);
        }
        finally
        {
            File.Delete(script);
        }
    }

    private static string Header(Tracker tracker) => tracker.Token is null ? "" : $", [\"Authorization\"] = \"Bearer {tracker.Token}\"";

    private static string Beside(List<double> theirs) => theirs.Count == 0 ? "" : $"; {Wrk.Median(theirs):0} of the server beside";
}
