using Dowel.Client;

namespace Dowel.Bench;

/// <summary>Ten minutes of full load over two runtimes at once, in process and Python: memory must be flat.</summary>
internal static class SoakBench
{
    private const int Minutes = 10;

    public static async Task<IReadOnlyList<BenchRow>> RunAsync(DemoServer demo, BenchOptions options)
    {
        var folder = Directory.CreateTempSubdirectory("dowel-bench-soak-").FullName;
        try
        {
            using var client = DowelClient.Connect(new Uri(demo.Url), demo.Token);
            await BenchModels.PythonAsync(Path.Combine(options.Home, "bench", "Dowel.Bench", "pickles.py"), Path.Combine(folder, "pickles"));
            await BenchModels.PythonAsync(Path.Combine(options.Home, "tests", "Dowel.Adapters.Onnx.Tests", "train.py"), Path.Combine(folder, "onnx"));
            await BenchModels.DeployAsync(client, "soak-onnx", Path.Combine(folder, "onnx", "forest"), "onnx");
            await BenchModels.DeployAsync(client, "soak-pickle", Path.Combine(folder, "pickles", "forest"), "sklearn");
            var script = Path.Combine(folder, "load.lua");
            await File.WriteAllTextAsync(script, BenchModels.Rows(demo.Token, "X", 10));
            var samples = new List<double>();
            var errors = 0;
            var asked = 0.0;
            for (var minute = 0; minute < Minutes; minute++)
            {
                var loads = await Task.WhenAll(Wrk.RunAsync(16, 60, $"{demo.Url}/v2/models/soak-onnx/infer", script), Wrk.RunAsync(4, 60, $"{demo.Url}/v2/models/soak-pickle/infer", script));
                errors += loads.Sum(l => l.Errors);
                asked += loads.Sum(l => l.PerSecond * 60);
                demo.Process.Refresh();
                samples.Add(demo.Process.WorkingSet64 / 1e6);
            }
            // The first minutes fill what is kept (compiled code, pools, the log's buffers).
            var (before, after) = (Wrk.Median(samples.Skip(2).Take(3)), Wrk.Median(samples.TakeLast(3)));
            return
            [
                new($"{Minutes} minutes at full load, {asked / 1e6:0.0} million requests: memory of the server", $"{after:0} MB at the end", "flat: within a tenth of minutes 3 to 5", $"{before:0} MB in minutes 3 to 5", after <= before * 1.1),
                new("soak: answers that are not 200", $"{errors}", "0", null, errors == 0),
            ];
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }
}
