using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Text.Json;

namespace Dowel.Tables.Queries;

/// <summary>
/// The worker's side: takes queries from standard input, one at a time, and answers on standard output. It lives as long as its input is open, so it never
/// outlives the server, however that ends; it needs no signal to go, and takes none that was meant for the server.
/// </summary>
internal static class QueryWorkerProgram
{
    /// <summary>DuckDB follows the nesting of a query on the stack; a thread of the pool has little of that.</summary>
    private const int StackBytes = 32 * 1024 * 1024;

    public static async Task RunAsync()
    {
        using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, static s => s.Cancel = true);
        using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, static s => s.Cancel = true);
        // When memory runs out, the kernel is to take this process first.
        if (OperatingSystem.IsLinux()) await File.WriteAllTextAsync("/proc/self/oom_score_adj", "1000");
        var (input, output) = (Console.OpenStandardInput(), Console.OpenStandardOutput());
        // Loads the native library, so that no query's time goes into it.
        Duck.Open().Dispose();
        Say(FrameKind.Ready);
        while (await QueryFrames.ReadAsync(input, int.MaxValue) is var (_, content))
        {
            Say(FrameKind.Taken);
            var request = JsonSerializer.Deserialize(content, QueryJson.Default.QueryRequest)!;
            new Thread(() => SandboxedQuery.Run(request, new ResultWriter(output)), StackBytes).Start();
        }
        // A query may be running, which nothing else ends at once.
        Process.GetCurrentProcess().Kill();

        void Say(FrameKind kind)
        {
            output.Write(QueryFrames.Encode(kind, []));
            output.Flush();
        }
    }
}
