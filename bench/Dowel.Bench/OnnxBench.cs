using System.Diagnostics;
using Dowel.Client;

namespace Dowel.Bench;

/// <summary>A forest of 100 trees over 10 features as ONNX, a row at a time, against a bare endpoint that parses and answers equal JSON, against the same with ONNX Runtime asked, and against ONNX Runtime without a server.</summary>
internal static class OnnxBench
{
    private const int Connections = 16;
    private const string Endpoint = "bench-forest";

    public static async Task<IReadOnlyList<BenchRow>> RunAsync(DemoServer demo, BenchOptions options)
    {
        var folder = Directory.CreateTempSubdirectory("dowel-bench-onnx-").FullName;
        var script = Path.Combine(folder, "load.lua");
        using var client = DowelClient.Connect(new Uri(demo.Url), demo.Token);
        try
        {
            await BenchModels.PythonAsync(Path.Combine(options.Home, "tests", "Dowel.Adapters.Onnx.Tests", "train.py"), folder);
            await BenchModels.DeployAsync(client, Endpoint, Path.Combine(folder, "forest"), "onnx");
            var model = Path.Combine(folder, "forest", "model.onnx");
            var direct = DirectMicros(model);

            var port = DemoServer.FreePort();
            using var baseline = Process.Start(new ProcessStartInfo("dotnet", [typeof(OnnxBench).Assembly.Location, "baseline", $"{port}", model]))!;
            try
            {
                await File.WriteAllTextAsync(script, BenchModels.Rows(demo.Token, "X", 10));
                string[] urls = [$"{demo.Url}/v2/models/{Endpoint}/infer", $"http://127.0.0.1:{port}/forest", $"http://127.0.0.1:{port}/forest/run"];
                foreach (var url in urls) await Wrk.RunAsync(Connections, Wrk.WarmUpSeconds, url, script);
                List<Load>[] loads = [[], [], []], alone = [[], [], []];
                for (var round = 0; round < options.Rounds; round++)
                    for (var i = 0; i < urls.Length; i++)
                    {
                        loads[i].Add(await Wrk.RunAsync(Connections, options.Seconds, urls[i], script));
                        alone[i].Add(await Wrk.RunAsync(1, options.Seconds, urls[i], script));
                    }

                var throughput = Wrk.Median(loads[0].Zip(loads[1], (a, b) => a.PerSecond / b.PerSecond));
                var asking = Wrk.Median(loads[2].Zip(loads[1], (a, b) => a.PerSecond / b.PerSecond));
                var p99 = Wrk.Median(loads[0].Zip(loads[1], (a, b) => a.P99Ms / b.P99Ms));
                var one = Wrk.Median(alone[0].Select(l => l.P50Ms)) * 1000;
                double Bare(int i) => Wrk.Median(alone[i].Select(l => l.P50Ms)) * 1000;
                var errors = loads.Concat(alone).Sum(l => l.Sum(r => r.Errors));
                string Rate(int i) => $"{Wrk.Median(loads[i].Select(l => l.PerSecond)):0} requests/s";
                string Tail(int i) => $"{Wrk.Median(loads[i].Select(l => l.P99Ms)):0.00} ms";
                return
                [
                    new($"ONNX forest, a row, {Connections} connections: throughput", $"{Rate(0)}, {throughput:P0} of the baseline", "at least 70 %", $"{Rate(1)}; {Rate(2)} when it asks ONNX Runtime too, {asking:P0}", throughput >= 0.7),
                    new($"ONNX forest, a row, {Connections} connections: p99", $"{Tail(0)}, {p99:0.0} times the baseline", "at most 2 times", Tail(1), p99 <= 2),
                    new("ONNX forest, a row, 1 connection: median beyond ONNX Runtime called directly", $"{one - direct:0} µs ({one:0} µs)", "under 60 µs", $"{direct:0} µs direct; bare endpoint {Bare(1):0} µs, {Bare(2):0} µs with ONNX Runtime", one - direct < 60),
                    new("ONNX forest: answers that are not 200", $"{errors}", "0", null, errors == 0),
                ];
            }
            finally
            {
                baseline.Kill();
            }
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    /// <summary>The median time of one call in this process.</summary>
    private static double DirectMicros(string path)
    {
        using var forest = new DirectForest(path);
        var row = Enumerable.Range(1, 10).Select(i => i / 10f).ToArray();
        var taken = new double[20_000];
        for (var i = 0; i < taken.Length; i++)
        {
            var began = Stopwatch.GetTimestamp();
            _ = forest.Run(row);
            taken[i] = Stopwatch.GetElapsedTime(began).TotalMicroseconds;
        }
        return Wrk.Median(taken.Skip(taken.Length / 2));
    }
}
