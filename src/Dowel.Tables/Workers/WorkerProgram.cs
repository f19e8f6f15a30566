using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Text.Json;
using Dowel.Tables.Ingest;
using Dowel.Tables.Profiles;
using Dowel.Tables.Queries;

namespace Dowel.Tables.Workers;

/// <summary>
/// The worker's side: takes work from standard input, one piece at a time, and answers on standard output. It lives as long as its input is open, so it never
/// outlives the server, however that ends; it needs no signal to go, and takes none that was meant for the server.
/// </summary>
internal static class WorkerProgram
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
        while (await WorkerFrames.ReadAsync(input, int.MaxValue) is var (kind, content))
        {
            Say(FrameKind.Taken);
            new Thread(() => Answer(kind, content, new AnswerWriter(output)), StackBytes).Start();
        }
        // Something may be running, which nothing else ends at once.
        Process.GetCurrentProcess().Kill();

        void Say(FrameKind kind)
        {
            output.Write(WorkerFrames.Encode(kind, []));
            output.Flush();
        }
    }

    private static void Answer(FrameKind kind, byte[] content, AnswerWriter answer)
    {
        switch (kind)
        {
            case FrameKind.Query:
                SandboxedQuery.Run(JsonSerializer.Deserialize(content, WorkerJson.Default.QueryRequest)!, answer);
                break;
            case FrameKind.Ingest:
                var file = JsonSerializer.Deserialize(content, WorkerJson.Default.IngestRequest)!;
                answer.Send(TableIngest.ToParquet(file.Source, file.Format, file.Target, file.Limits));
                break;
            case FrameKind.Profile:
                var table = JsonSerializer.Deserialize(content, WorkerJson.Default.ProfileRequest)!;
                answer.Send(TableProfiler.Profile(table.Paths, table.Limits));
                break;
            default:
                throw new InvalidDataException($"A frame of kind {kind}.");
        }
    }
}
