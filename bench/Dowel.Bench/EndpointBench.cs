using System.Diagnostics;

namespace Dowel.Bench;

/// <summary>The titanic endpoint with everything on, against the bare endpoint, in turn (A B A B …) under the same load.</summary>
internal static class EndpointBench
{
    private const int Connections = 16;

    public static async Task<IReadOnlyList<BenchRow>> RunAsync(DemoServer demo, BenchOptions options)
    {
        var port = DemoServer.FreePort();
        using var baseline = Process.Start(new ProcessStartInfo("dotnet", [typeof(EndpointBench).Assembly.Location, "baseline", $"{port}"]))!;
        var script = Path.Combine(Path.GetTempPath(), $"dowel-bench-{Environment.ProcessId}.lua");
        await File.WriteAllTextAsync(script, Script(demo.Token));
        try
        {
            string[] urls = [$"{demo.Url}/v2/models/titanic-survival/infer", $"http://127.0.0.1:{port}/infer"];
            foreach (var url in urls) await Wrk.RunAsync(Connections, Wrk.WarmUpSeconds, url, script);
            List<Load>[] loads = [[], []];
            for (var round = 0; round < options.Rounds; round++)
                for (var i = 0; i < 2; i++)
                    loads[i].Add(await Wrk.RunAsync(Connections, options.Seconds, urls[i], script));

            var throughput = Wrk.Median(loads[0].Zip(loads[1], (a, b) => a.PerSecond / b.PerSecond));
            var p99 = Wrk.Median(loads[0].Zip(loads[1], (a, b) => a.P99Ms / b.P99Ms));
            var errors = loads.Sum(l => l.Sum(r => r.Errors));
            string Rate(int i) => $"{Wrk.Median(loads[i].Select(l => l.PerSecond)):0} requests/s";
            string Tail(int i) => $"{Wrk.Median(loads[i].Select(l => l.P99Ms)):0.00} ms";
            return
            [
                new($"endpoint by passenger_id, {Connections} connections: throughput", $"{Rate(0)}, {throughput:P0} of the baseline", "at least 50 %", Rate(1), throughput >= 0.5),
                new($"endpoint by passenger_id, {Connections} connections: p99", $"{Tail(0)}, {p99:0.0} times the baseline", "at most 2.5 times", Tail(1), p99 <= 2.5),
                new("endpoint by passenger_id: answers that are not 200", $"{errors}", "0", null, errors == 0),
            ];
        }
        finally
        {
            baseline.Kill();
            File.Delete(script);
        }
    }

    private static string Script(string token) => $$"""
        local bodies, n = {}, 0
        init = function() for id = 1, 1309 do bodies[id] = wrk.format("POST", nil, { ["Authorization"] = "Bearer {{token}}", ["Content-Type"] = "application/json" },
          '{"inputs":[{"name":"passenger_id","shape":[1],"datatype":"INT64","data":[' .. id .. ']}]}') end end
        request = function() n = n % 1309 + 1; return bodies[n] end
        """;
}
