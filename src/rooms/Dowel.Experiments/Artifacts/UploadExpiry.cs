using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Dowel.Experiments.Artifacts;

/// <summary>Removes uploads that were begun and left, at start and hourly.</summary>
internal sealed partial class UploadExpiry(ArtifactUploads uploads, TimeProvider time, ILogger<UploadExpiry> logger) : BackgroundService
{
    private static readonly TimeSpan Period = TimeSpan.FromHours(1);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        try
        {
            for (; ; await Task.Delay(Period, time, stoppingToken))
            {
                try
                {
                    await uploads.ExpireAsync(stoppingToken);
                }
                catch (Exception e) when (!stoppingToken.IsCancellationRequested)
                {
                    LogFailed(e);
                }
            }
        }
        catch (OperationCanceledException)
        {
        }
    }

    [LoggerMessage(4100, LogLevel.Error, "Removing unfinished uploads failed; it is tried again in an hour")]
    private partial void LogFailed(Exception e);
}
