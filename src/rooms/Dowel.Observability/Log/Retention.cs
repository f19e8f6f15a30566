using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Dowel.Observability.Log;

/// <summary>Opens the logs at the start, and removes what is older than it has to be kept.</summary>
internal sealed partial class Retention(PredictionLog log, IOptions<ObservabilityOptions> options, TimeProvider time, ILogger<Retention> logger) : BackgroundService
{
    private static readonly TimeSpan Every = TimeSpan.FromHours(1);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (options.Value.RetentionDays == 0) return;
        using var timer = new PeriodicTimer(Every, time);
        do
        {
            try
            {
                await ApplyAsync();
            }
            catch (IOException e)
            {
                LogFailed(e);
            }
        }
        while (await timer.WaitForNextTickAsync(stoppingToken));
    }

    /// <summary>Removes it now; the number of segments removed.</summary>
    public async Task<int> ApplyAsync()
    {
        var before = time.GetUtcNow().AddDays(-options.Value.RetentionDays);
        var removed = await log.Records.RemoveBeforeAsync(before) + await log.Truth.RemoveBeforeAsync(before);
        if (removed > 0) LogRemoved(removed, before);
        return removed;
    }

    [LoggerMessage(7000, LogLevel.Information, "Removed {Segments} segments of the prediction log whose records are older than {Before}")]
    private partial void LogRemoved(int segments, DateTimeOffset before);

    [LoggerMessage(7001, LogLevel.Error, "Old segments of the prediction log could not be removed; it is tried again")]
    private partial void LogFailed(Exception e);
}
