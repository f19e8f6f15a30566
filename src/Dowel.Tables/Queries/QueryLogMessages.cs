using Microsoft.Extensions.Logging;

namespace Dowel.Tables.Queries;

internal static partial class QueryLogMessages
{
    [LoggerMessage(20, LogLevel.Warning, "A query ended its process with exit code {ExitCode}: {Output}")]
    public static partial void QueryEndedWorker(this ILogger logger, Exception? exception, int exitCode, string output);
}
