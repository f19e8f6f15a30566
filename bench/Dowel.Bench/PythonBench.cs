using Dowel.Client;
using Dowel.Contracts;

namespace Dowel.Bench;

/// <summary>Models in Python workers, one worker each, a row at a time, against figures of MLServer 1.7 on this kind of machine (scikit-learn pickles, one row, 16 connections) and against themselves without batching.</summary>
internal static class PythonBench
{
    private const double MlserverLogistic = 2310;
    private const double MlserverForest = 455;

    private const string Class = """
        class Sum:
            inputs = {"x": float}
            outputs = {"sum": float}

            def predict(self, x):
                return {"sum": x + 1}
        """;

    public static async Task<IReadOnlyList<BenchRow>> RunAsync(DemoServer demo, BenchOptions options)
    {
        var folder = Directory.CreateTempSubdirectory("dowel-bench-python-").FullName;
        using var client = DowelClient.Connect(new Uri(demo.Url), demo.Token);
        try
        {
            Directory.CreateDirectory(Path.Combine(folder, "class"));
            await File.WriteAllTextAsync(Path.Combine(folder, "class", "model.py"), Class);
            await BenchModels.PythonAsync(Path.Combine(options.Home, "bench", "Dowel.Bench", "pickles.py"), Path.Combine(folder, "pickles"));
            await BenchModels.PythonAsync(Path.Combine(options.Home, "tests", "Dowel.Adapters.Onnx.Tests", "train.py"), Path.Combine(folder, "onnx"));
            var batched = new DeploymentSettings { Batching = new BatchingSettings { MaxSize = 64, MaxWaitMs = 5 } };
            await BenchModels.DeployAsync(client, "bench-class", Path.Combine(folder, "class"), "python");
            await BenchModels.DeployAsync(client, "bench-logistic", Path.Combine(folder, "pickles", "logistic"), "sklearn");
            await BenchModels.DeployAsync(client, "bench-alone", Path.Combine(folder, "pickles", "forest"), "sklearn");
            await BenchModels.DeployAsync(client, "bench-batched", Path.Combine(folder, "pickles", "forest"), "sklearn", batched);
            await BenchModels.DeployAsync(client, "bench-logistic-onnx", Path.Combine(folder, "onnx", "logistic-maps"), "onnx");
            await BenchModels.DeployAsync(client, "bench-forest-onnx", Path.Combine(folder, "onnx", "forest"), "onnx");

            async Task<Load> AskAsync(string endpoint, string input, int columns, int connections)
            {
                var script = Path.Combine(folder, $"{endpoint}.lua");
                await File.WriteAllTextAsync(script, BenchModels.Rows(demo.Token, input, columns).Replace("[1,1]", "[1]"));
                var url = $"{demo.Url}/v2/models/{endpoint}/infer";
                await Wrk.RunAsync(connections, Wrk.WarmUpSeconds, url, script);
                List<Load> loads = [];
                for (var round = 0; round < options.Rounds; round++) loads.Add(await Wrk.RunAsync(connections, options.Seconds, url, script));
                return new Load(Wrk.Median(loads.Select(l => l.PerSecond)), Wrk.Median(loads.Select(l => l.P50Ms)), Wrk.Median(loads.Select(l => l.P99Ms)), loads.Sum(l => l.Errors));
            }

            async Task<string> InputAsync(string endpoint) => (await client.Endpoints.GetAsync(endpoint)).Signature!.Inputs is [{ Name: var only }] ? only : "X";

            var trivial = await AskAsync("bench-class", "x", 1, 16);
            var logistic = await AskAsync("bench-logistic", await InputAsync("bench-logistic"), 4, 16);
            var forest = await AskAsync("bench-batched", await InputAsync("bench-batched"), 10, 16);
            var onnxLogistic = await AskAsync("bench-logistic-onnx", "X", 4, 16);
            var onnxForest = await AskAsync("bench-forest-onnx", "X", 10, 16);
            var alone = await AskAsync("bench-alone", await InputAsync("bench-alone"), 10, 64);
            var crowd = await AskAsync("bench-batched", await InputAsync("bench-batched"), 10, 64);
            var errors = new[] { trivial, logistic, forest, onnxLogistic, onnxForest, alone, crowd }.Sum(l => l.Errors);
            return
            [
                new("Python class, trivial, one worker, 16 connections", $"{trivial.PerSecond:0} requests/s", "at least 5000", null, trivial.PerSecond >= 5000),
                Beside("logistic regression, pickle in a worker", logistic, MlserverLogistic, 3),
                Beside("forest of 100 trees, pickle in a worker, batched", forest, MlserverForest, 3),
                Beside("logistic regression, ONNX in process", onnxLogistic, MlserverLogistic, 10),
                Beside("forest of 100 trees, ONNX in process", onnxForest, MlserverForest, 10),
                new("forest in a worker with batching, 64 connections", $"{crowd.PerSecond:0} requests/s, {crowd.PerSecond / alone.PerSecond:0.0} times", "at least 10 times the same without batching", $"{alone.PerSecond:0} requests/s", crowd.PerSecond >= 10 * alone.PerSecond),
                new("Python: answers that are not 200", $"{errors}", "0", null, errors == 0),
            ];
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static BenchRow Beside(string what, Load load, double mlserver, double times)
        => new($"{what}, 16 connections", $"{load.PerSecond:0} requests/s, {load.PerSecond / mlserver:0.0} times", $"at least {times:0} times", $"MLServer, measured before: {mlserver:0} requests/s", load.PerSecond >= times * mlserver);
}
