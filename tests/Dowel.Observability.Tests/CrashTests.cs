using System.Diagnostics;
using System.Runtime.CompilerServices;
using Dowel.Kernel.Hosting;
using Dowel.Kernel.Ports;
using Dowel.Kernel.Resources;
using Dowel.Contracts;
using Dowel.Observability.Log;
using Dowel.Tables;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging;
using static Dowel.Observability.Tests.Samples;

namespace Dowel.Observability.Tests;

public sealed class CrashTests
{
    private const string ChildVariable = "DOWEL_OBSERVABILITY_CHILD";

    [Fact]
    public async Task Every_appended_record_survives_a_kill_at_any_moment()
    {
        var folder = Directory.CreateTempSubdirectory("dowel-crash-").FullName;
        try
        {
            for (var round = 0; round < 3; round++)
            {
                var start = new ProcessStartInfo(Environment.ProcessPath!) { RedirectStandardOutput = true, UseShellExecute = false };
                start.Environment[ChildVariable] = folder;
                using var child = Process.Start(start)!;
                List<string> acknowledged = [];
                var limit = Stopwatch.StartNew();
                while (await child.StandardOutput.ReadLineAsync() is { } line)
                {
                    if (Guid.TryParseExact(line, "n", out _)) acknowledged.Add(line);
                    // SIGKILL, while it writes and compacts.
                    if (limit.ElapsedMilliseconds > 1000 + (round * 300) && !child.HasExited) child.Kill();
                }
                await child.WaitForExitAsync();
                Assert.NotEqual(0, child.ExitCode);
                Assert.NotEmpty(acknowledged);
                await using var services = Services(folder);
                var there = await services.GetRequiredService<PredictionLog>().QueryAsync(false, c => c.QueryAsync("SELECT id FROM predictions", r => r.GetString(0)), default);
                Assert.Equal(there.Count, there.Distinct().Count());
                Assert.Empty(acknowledged.Except(there));
            }
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    /// <summary>The room's own services on a folder, without a server.</summary>
    private static ServiceProvider Services(string folder)
    {
        var services = new ServiceCollection().AddLogging().AddSingleton(TimeProvider.System);
        services.Configure<DowelOptions>(o => o.DataDir = folder);
        new ObservabilityRoom().AddServices(services, new ConfigurationBuilder().Build());
        return services.BuildServiceProvider();
    }

    /// <summary>The same program, started by the test above, is the process to be killed.</summary>
    [ModuleInitializer]
    internal static void RunAsChild()
    {
        if (Environment.GetEnvironmentVariable(ChildVariable) is not { } folder) return;
        var services = Services(folder);
        var sink = services.GetRequiredService<IPredictionSink>();
        var endpoint = new Resource { Info = new ResourceInfo { Id = "ep_1", Name = "e" }, ProjectId = "", OwnerId = "" };
        var output = new Lock();
        for (var t = 0; t < 4; t++)
            new Thread(() =>
            {
                for (var i = 0; ; i++)
                {
                    var record = Record(endpoint, i);
                    sink.Append(in record);
                    if (i % 10 != 0) continue;
                    lock (output)
                    {
                        Console.WriteLine(record.Id.ToString("n"));
                        Console.Out.Flush();
                    }
                }
            }).Start();
        new Thread(() =>
        {
            while (true) services.GetRequiredService<PredictionLog>().Records.CompactAsync().GetAwaiter().GetResult();
        }).Start();
        Thread.CurrentThread.Join();
    }
}
