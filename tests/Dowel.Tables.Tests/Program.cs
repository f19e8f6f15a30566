using System.Globalization;
using Dowel.Kernel.Hosting;
using Dowel.Tables.Queries;
using Dowel.Tables.Workers;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;

namespace Dowel.Tables.Tests;

/// <summary>The entry point that xunit would generate, and before it the processes that <see cref="SegmentCrashTests"/> and <see cref="WorkerTests"/> start and kill.</summary>
internal static class Program
{
    public static Task<int> Main(string[] args)
    {
        if (Environment.GetEnvironmentVariable(KilledChild.Variable) is { } task) KilledChild.Run(task);
        if (Environment.GetEnvironmentVariable(KilledServer.Variable) is { } folder) return KilledServer.RunAsync(folder);
        return args.Any(a => a is "--server" or "--internal-msbuild-node")
            ? Xunit.MicrosoftTestingPlatform.TestPlatformTestFramework.RunAsync(args, SelfRegisteredExtensions.AddSelfRegisteredExtensions)
            : Xunit.Runner.InProc.SystemConsole.ConsoleRunner.Run(args);
    }
}

/// <summary>Appends from four threads without end and prints what was acknowledged.</summary>
internal static class KilledChild
{
    public const string Variable = "DOWEL_SEGMENT_CHILD";

    public static void Run(string task)
    {
        var parts = task.Split('|');
        var offset = int.Parse(parts[1], CultureInfo.InvariantCulture);
        var log = TestLog.Open(parts[0], o => o with { SealBytes = 200_000, MergeCount = 3 });
        var output = new Lock();
        for (var t = 1; t <= 4; t++)
        {
            var thread = offset + t;
            new Thread(() =>
            {
                for (var id = 1L; ; id++)
                {
                    log.Append(new(id, thread, null, "some text to make it longer"));
                    if (id % 50 != 0) continue;
                    lock (output)
                    {
                        Console.WriteLine($"{thread} {id}");
                        Console.Out.Flush();
                    }
                }
            }).Start();
        }
        Thread.CurrentThread.Join();
    }
}

/// <summary>Runs a query without end, as a server would.</summary>
internal static class KilledServer
{
    public const string Variable = "DOWEL_QUERY_SERVER";

    public static async Task<int> RunAsync(string folder)
    {
        using var workers = new TableWorkers(Options.Create(new DowelOptions { DataDir = folder }), TimeProvider.System, NullLogger<TableWorkers>.Instance);
        await workers.QueryAsync([], "SELECT count(*) FROM range(100000000) a, range(100000) b WHERE a.range + b.range = 3", new QueryLimits { Timeout = TimeSpan.FromMinutes(5) });
        return 0;
    }
}
