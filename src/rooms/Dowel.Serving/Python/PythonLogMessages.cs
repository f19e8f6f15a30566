using Microsoft.Extensions.Logging;

namespace Dowel.Serving.Python;

internal static partial class PythonLogMessages
{
    [LoggerMessage(30, LogLevel.Warning, "The Python worker of {Name} ended: {Why}")]
    public static partial void WorkerEnded(this ILogger logger, string name, string why);
}
