using System.Diagnostics;
using System.Globalization;
using Dowel.Client;
using Dowel.Contracts;
using Microsoft.ML.OnnxRuntime;

namespace Dowel.Bench;

/// <summary>A forest of 100 trees over 10 features as ONNX, a row at a time, against a bare endpoint that parses and answers equal JSON, and against ONNX Runtime called without a server.</summary>
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
            await TrainAsync(options, folder);
            var model = Path.Combine(folder, "forest", "model.onnx");
            await DeployAsync(client, model);
            var direct = DirectMicros(model);

            var port = DemoServer.FreePort();
            using var baseline = Process.Start(new ProcessStartInfo("dotnet", [typeof(OnnxBench).Assembly.Location, "baseline", $"{port}"]))!;
            try
            {
                await File.WriteAllTextAsync(script, Script(demo.Token));
                string[] urls = [$"{demo.Url}/v2/models/{Endpoint}/infer", $"http://127.0.0.1:{port}/forest"];
                foreach (var url in urls) await Wrk.RunAsync(Connections, Math.Min(options.Seconds, 5), url, script);
                List<Load>[] loads = [[], []], alone = [[], []];
                for (var round = 0; round < options.Rounds; round++)
                    for (var i = 0; i < 2; i++)
                    {
                        loads[i].Add(await Wrk.RunAsync(Connections, options.Seconds, urls[i], script));
                        alone[i].Add(await Wrk.RunAsync(1, options.Seconds, urls[i], script));
                    }

                var throughput = Wrk.Median(loads[0].Zip(loads[1], (a, b) => a.PerSecond / b.PerSecond));
                var p99 = Wrk.Median(loads[0].Zip(loads[1], (a, b) => a.P99Ms / b.P99Ms));
                var one = Wrk.Median(alone[0].Select(l => l.P50Ms)) * 1000;
                var bare = Wrk.Median(alone[1].Select(l => l.P50Ms)) * 1000;
                var errors = loads.Concat(alone).Sum(l => l.Sum(r => r.Errors));
                string Rate(int i) => $"{Wrk.Median(loads[i].Select(l => l.PerSecond)):0} requests/s";
                string Tail(int i) => $"{Wrk.Median(loads[i].Select(l => l.P99Ms)):0.00} ms";
                return
                [
                    new($"ONNX forest, a row, {Connections} connections: throughput", $"{Rate(0)}, {throughput:P0} of the baseline", "at least 70 %", Rate(1), throughput >= 0.7),
                    new($"ONNX forest, a row, {Connections} connections: p99", $"{Tail(0)}, {p99:0.0} times the baseline", "at most 2 times", Tail(1), p99 <= 2),
                    new("ONNX forest, a row, 1 connection: median beyond ONNX Runtime called directly", $"{one - direct:0} µs ({one:0} µs)", "under 60 µs", $"{direct:0} µs direct; {bare:0} µs bare endpoint", one - direct < 60),
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

    private static async Task TrainAsync(BenchOptions options, string folder)
    {
        using var python = Process.Start(new ProcessStartInfo("/usr/bin/python3", [Path.Combine(options.Home, "tests", "Dowel.Adapters.Onnx.Tests", "train.py"), folder]))!;
        await python.WaitForExitAsync();
        if (python.ExitCode != 0) throw new InvalidOperationException("The forest could not be trained; it takes Debian's python3-sklearn, python3-onnx and python3-torch.");
    }

    private static async Task DeployAsync(DowelClient client, string path)
    {
        var name = $"bench-{Guid.NewGuid():n}";
        var experiment = await client.Experiments.CreateAsync(new CreateExperiment { Name = name });
        var run = await client.Runs.CreateAsync(experiment.Id, new CreateRun());
        await using (var file = File.OpenRead(path)) await client.Runs.UploadArtifactAsync(run.Id, "model/model.onnx", file);
        var model = await client.Models.CreateAsync(new CreateModel { Name = name });
        var version = await client.Models.CreateVersionAsync(model.Id, new CreateModelVersion { RunId = run.Id, Flavor = "onnx" });
        await client.Endpoints.CreateAsync(new CreateEndpoint { Name = Endpoint, Deployment = new DeploymentSpec { Model = model.Id, Version = version.Version } });
        await client.Endpoints.WaitUntilReadyAsync(Endpoint);
    }

    /// <summary>The median time of one call in this process, with input and output as a server has them.</summary>
    private static double DirectMicros(string path)
    {
        using var settings = new SessionOptions { IntraOpNumThreads = 1, InterOpNumThreads = 1 };
        using var session = new InferenceSession(path, settings);
        using var run = new RunOptions();
        var row = Enumerable.Range(1, 10).Select(i => i / 10f).ToArray();
        var taken = new double[20_000];
        for (var i = 0; i < taken.Length; i++)
        {
            var began = Stopwatch.GetTimestamp();
            using var input = OrtValue.CreateTensorValueFromMemory(row, [1, 10]);
            using var outputs = session.Run(run, ["X"], [input], ["output_label", "output_probability"]);
            _ = outputs[1].GetTensorDataAsSpan<float>().ToArray();
            taken[i] = Stopwatch.GetElapsedTime(began).TotalMicroseconds;
        }
        return Wrk.Median(taken.Skip(taken.Length / 2));
    }

    // Rows that differ, so that nothing is answered from a cache of the processor's branches.
    private static string Script(string token) => string.Create(CultureInfo.InvariantCulture, $$"""
        local bodies, n = {}, 0
        init = function() math.randomseed(7); for i = 1, 1000 do
          local row = {}; for c = 1, 10 do row[c] = string.format("%.6f", math.random() * 4 - 2) end
          bodies[i] = wrk.format("POST", nil, { ["Authorization"] = "Bearer {{token}}", ["Content-Type"] = "application/json" },
            '{"inputs":[{"name":"X","shape":[1,10],"datatype":"FP32","data":[' .. table.concat(row, ",") .. ']}]}') end end
        request = function() n = n % 1000 + 1; return bodies[n] end
        """);
}
