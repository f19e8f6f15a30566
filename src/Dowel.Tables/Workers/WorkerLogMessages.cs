using Microsoft.Extensions.Logging;

namespace Dowel.Tables.Workers;

internal static partial class WorkerLogMessages
{
    [LoggerMessage(20, LogLevel.Warning, "A worker process ended in the middle of its work with exit code {ExitCode}: {Output}")]
    public static partial void WorkerEnded(this ILogger logger, Exception? exception, int exitCode, string output);
}
