using System.Diagnostics;
using System.Text;
using Dowel.Contracts;
using Dowel.Kernel.Hosting;
using Dowel.Kernel.Resources;
using Dowel.Observability.Log;
using Dowel.Tables;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using static Dowel.Observability.Tests.Samples;

namespace Dowel.Observability.Tests;

public sealed class CrashTests
{
    private const string ChildVariable = "DOWEL_OBSERVABILITY_CHILD";

    public static bool IsChild => Environment.GetEnvironmentVariable(ChildVariable) is not null;

    [Fact]
    public async Task Every_appended_record_survives_a_kill_at_any_moment()
    {
        var folder = Directory.CreateTempSubdirectory("dowel-crash-").FullName;
        try
        {
            for (var round = 0; round < 3; round++)
            {
                var acknowledged = Path.Combine(folder, $"acknowledged-{round}");
                var start = new ProcessStartInfo(Environment.ProcessPath!, ["-method", $"{typeof(CrashTests).FullName}.{nameof(Appends_until_it_is_killed)}"]) { RedirectStandardOutput = true, UseShellExecute = false };
                start.Environment[ChildVariable] = $"{folder}|{acknowledged}";
                using var child = Process.Start(start)!;
                var output = child.StandardOutput.ReadToEndAsync();
                while (!child.HasExited && !(File.Exists(acknowledged) && new FileInfo(acknowledged).Length > 1000)) await Task.Delay(20);
                await Task.Delay(300 + (round * 300));
                // SIGKILL, while it writes and compacts.
                child.Kill();
                await child.WaitForExitAsync();
                Assert.True(child.ExitCode != 0, await output);

                // The last line may be torn.
                var ids = (await File.ReadAllTextAsync(acknowledged)).Split('\n').Where(l => l.Length == 32).ToHashSet();
                Assert.True(ids.Count > 10);
                await using var services = Services(folder);
                var there = await services.GetRequiredService<PredictionLog>().QueryAsync(false, c => c.QueryAsync("SELECT id FROM predictions", r => r.GetString(0)), default);
                Assert.Equal(there.Count, there.Distinct().Count());
                Assert.Empty(ids.Except(there));
            }
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Fact]
    public async Task A_damaged_file_of_the_log_costs_its_own_records_alone_and_is_told_of()
    {
        await using var host = await StartAsync();
        var endpoint = await host.EndpointAsync("admin", "e");
        var log = host.Services.GetRequiredService<PredictionLog>();
        for (var i = 0; i < 3; i++)
        {
            host.Sink().Append(Record(endpoint, i));
            await log.Records.CompactAsync();
        }
        Assert.Equal(HealthStatus.Healthy, (await HealthAsync()).Status);

        await host.RestartAsync(() => File.WriteAllText(Path.Combine(host.DataDir, "observability", "predictions", "0000000002-0000000002.parquet"), "PAR1garbagePAR1"));
        var page = await host.AdminClient.GetAsync<Page<Prediction>>("/api/v1/endpoints/e/predictions");
        Assert.Equal([1002, 1000], page.Items.Select(p => (long)Math.Round(p.LatencyMs * 1000)));
        var health = await HealthAsync();
        Assert.Equal(HealthStatus.Degraded, health.Status);
        Assert.Contains("predictions/0000000002-0000000002.parquet.damaged", health.Entries["prediction-log"].Description, StringComparison.Ordinal);

        Task<HealthReport> HealthAsync() => host.Services.GetRequiredService<HealthCheckService>().CheckHealthAsync(c => c.Name == "prediction-log");
    }

    /// <summary>The process to be killed: the same program, started by the test above.</summary>
    [Fact(Skip = "is started by another test", SkipUnless = nameof(IsChild))]
    public async Task Appends_until_it_is_killed()
    {
        var parts = Environment.GetEnvironmentVariable(ChildVariable)!.Split('|');
        await using var services = Services(parts[0]);
        var log = services.GetRequiredService<PredictionLog>();
        var endpoint = new Resource { Info = new ResourceInfo { Id = "ep_1", Name = "e" }, ProjectId = "", OwnerId = "" };
        await using var acknowledged = new FileStream(parts[1], FileMode.Create, FileAccess.Write, FileShare.Read, bufferSize: 0);
        for (var t = 0; t < 3; t++)
            new Thread(() =>
            {
                for (var i = 0; ; i++)
                {
                    var record = Record(endpoint, i);
                    log.Append(in record);
                    if (i % 10 != 0) continue;
                    lock (acknowledged) acknowledged.Write(Encoding.ASCII.GetBytes($"{record.Id:n}\n"));
                }
            }).Start();
        while (true)
        {
            await log.Records.CompactAsync();
            await Task.Delay(50);
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
}
