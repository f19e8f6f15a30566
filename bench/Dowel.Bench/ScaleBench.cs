using Dowel.Client;
using Dowel.Contracts;

namespace Dowel.Bench;

/// <summary>Many endpoints and many connections: what they cost one endpoint and the server.</summary>
internal static class ScaleBench
{
    private const int Endpoints = 10_000;
    private const int Connections = 1000;

    public static async Task<IReadOnlyList<BenchRow>> RunAsync(DemoServer demo, BenchOptions options)
    {
        var folder = Directory.CreateTempSubdirectory("dowel-bench-scale-").FullName;
        try
        {
            using var client = DowelClient.Connect(new Uri(demo.Url), demo.Token);
            await BenchModels.PythonAsync(Path.Combine(options.Home, "tests", "Dowel.Adapters.Onnx.Tests", "train.py"), Path.Combine(folder, "onnx"));
            await BenchModels.DeployAsync(client, "bench-one", Path.Combine(folder, "onnx", "torch"), "onnx");
            var script = Path.Combine(folder, "load.lua");
            await File.WriteAllTextAsync(script, BenchModels.Rows(demo.Token, "features", 4));
            var url = $"{demo.Url}/v2/models/bench-one/infer";

            async Task<(double P50, double P99)> LatencyAsync()
            {
                // Each time on a server that has just started.
                await Wrk.RunAsync(4, Wrk.WarmUpSeconds, url, script);
                List<Load> loads = [];
                for (var round = 0; round < options.Rounds; round++) loads.Add(await Wrk.RunAsync(4, options.Seconds, url, script));
                return (Wrk.Median(loads.Select(l => l.P50Ms)) * 1000, Wrk.Median(loads.Select(l => l.P99Ms)) * 1000);
            }

            await demo.StopAsync();
            await demo.RunAsync();
            var few = await LatencyAsync();
            var model = await BenchModels.RegisterAsync(client, Path.Combine(folder, "onnx", "torch"), "onnx");
            var deployment = new DeploymentSpec { Model = model, Version = 1, Settings = new DeploymentSettings { Scaling = new ScalingSettings { Min = 0, IdleSeconds = 1 } } };
            await Parallel.ForAsync(0, Endpoints, new ParallelOptions { MaxDegreeOfParallelism = 8 }, async (i, ct) => await client.Endpoints.CreateAsync(new CreateEndpoint { Name = $"many-{i}", Deployment = deployment }, ct));
            // Each was loaded once, to see that it can be; after a start none is.
            for (var left = Endpoints; left > 0; await Task.Delay(500)) left = await CountAsync(client, DeploymentState.Loading);
            await demo.StopAsync();
            var start = await demo.RunAsync();
            var many = await LatencyAsync();
            demo.Process.Refresh();
            var memory = demo.Process.WorkingSet64 / 1e6;
            var crowd = await Wrk.RunAsync(Connections, options.Seconds, url, script);
            return
            [
                new($"one endpoint of {Endpoints}, 4 connections: median latency", $"{many.P50:0} µs (p99 {many.P99:0} µs)", "no measurable change: within a tenth", $"{few.P50:0} µs (p99 {few.P99:0} µs) with few endpoints", many.P50 <= few.P50 * 1.1),
                new($"{Endpoints} endpoints without their models loaded: memory", $"{memory:0} MB; start to ready {start:0.00} s", "under 1000 MB", null, memory < 1000),
                new($"{Connections} open connections: answers that are not 200", $"{crowd.Errors} ({crowd.PerSecond:0} requests/s, p99 {crowd.P99Ms:0} ms)", "0", null, crowd.Errors == 0),
            ];
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static async Task<int> CountAsync(DowelClient client, DeploymentState state)
    {
        var count = 0;
        await foreach (var endpoint in client.Endpoints.AllAsync(new ListQuery { Limit = 200 }))
            if (endpoint.State == state) count++;
        return count;
    }
}
