using System.Text.Json;
using Dowel.Bench;
using Spectre.Console;

if (args is ["baseline", var port, .. var model]) return await Baseline.RunAsync(int.Parse(port), model.FirstOrDefault());

var options = BenchOptions.Parse(args);
if (options is null)
{
    Console.Error.WriteLine("usage: ./eng/bench [--only endpoint,onnx,python,scale,tracking,artifacts,start,docker,soak] [--seconds N] [--rounds N] [--beside URL] [--json FILE]");
    return 2;
}

var rows = new List<BenchRow>();
await using (var demo = await DemoServer.StartAsync(options))
{
    rows.Add(new("demo, all stages on a built product", $"{demo.DemoSeconds:0.0} s", "under 60 s", null, demo.DemoSeconds < 60));
    if (options.Runs("endpoint")) rows.AddRange(await EndpointBench.RunAsync(demo, options));
    if (options.Runs("onnx")) rows.AddRange(await OnnxBench.RunAsync(demo, options));
    if (options.Runs("python")) rows.AddRange(await PythonBench.RunAsync(demo, options));
    if (options.Runs("docker")) rows.AddRange(await DockerBench.RunAsync(demo, options));
    if (options.Runs("scale")) rows.AddRange(await ScaleBench.RunAsync(demo, options));
    if (options.Runs("soak")) rows.AddRange(await SoakBench.RunAsync(demo, options));
    if (options.Runs("start")) rows.AddRange(await StartBench.RunAsync(demo));
    if (options.Runs("tracking")) rows.AddRange(await TrackingBench.RunAsync(demo, options));
    if (options.Runs("artifacts")) rows.AddRange(await ArtifactBench.RunAsync(demo));
}

var table = new Table().AddColumns("what", "measured", "baseline in the same run", "goal", "held");
foreach (var row in rows) table.AddRow(row.What, row.Measured, row.Baseline ?? "", row.Goal, row.Held ? "yes" : "NO");
AnsiConsole.Write(table);
Directory.CreateDirectory(Path.GetDirectoryName(options.Json)!);
await File.WriteAllTextAsync(options.Json, JsonSerializer.Serialize(rows, new JsonSerializerOptions(JsonSerializerDefaults.Web) { WriteIndented = true }));
Console.WriteLine($"written to {options.Json}");
return rows.All(r => r.Held) ? 0 : 1;

/// <summary>One line of the result.</summary>
internal sealed record BenchRow(string What, string Measured, string Goal, string? Baseline, bool Held);
