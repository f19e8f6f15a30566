using System.Globalization;

namespace Dowel.Tables.Tests;

/// <summary>The entry point that xunit would generate, and before it the process that <see cref="SegmentCrashTests"/> starts and kills.</summary>
internal static class Program
{
    public static Task<int> Main(string[] args)
    {
        if (Environment.GetEnvironmentVariable(KilledChild.Variable) is { } task) KilledChild.Run(task);
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
