namespace Dowel.Bench;

/// <summary>Start-up on the demo's data folder, and memory when idle.</summary>
internal static class StartBench
{
    public static async Task<IReadOnlyList<BenchRow>> RunAsync(DemoServer demo)
    {
        var seconds = new List<double>();
        for (var i = 0; i < 5; i++)
        {
            await demo.StopAsync();
            seconds.Add(await demo.RunAsync());
        }
        await Task.Delay(TimeSpan.FromSeconds(10));
        demo.Process.Refresh();
        var megabytes = demo.Process.WorkingSet64 / 1e6;
        var median = seconds.Order().ElementAt(2);
        return
        [
            new("start on an existing data folder, to /health/ready (median of 5)", $"{median:0.00} s", "under 2 s", null, median < 2),
            new("memory when idle, ten seconds after the start", $"{megabytes:0} MB", "under 250 MB", null, megabytes < 250),
        ];
    }
}
