using System.Globalization;
using Dowel.Kernel.Ports;
using Dowel.Kernel.Rooms;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Dowel.Kernel.Objects;

/// <summary>
/// Removes objects that no room refers to, at start and daily: those that nobody put for a day, and that are in use neither now nor an hour later. The day covers an upload that is not recorded yet;
/// the hour covers what is copied from one room to another while it is looked at, and whoever still reads what was just let go.
/// </summary>
internal sealed partial class ObjectSweep(IObjectStore store, IEnumerable<IObjectReferences> references, RoomSet rooms, TimeProvider time, ILogger<ObjectSweep> logger) : BackgroundService
{
    public static readonly TimeSpan Grace = TimeSpan.FromDays(1);
    public static readonly TimeSpan Settle = TimeSpan.FromHours(1);
    private static readonly TimeSpan Period = TimeSpan.FromDays(1);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        // A room that is off cannot say what it refers to.
        if (rooms.Describe().FirstOrDefault(r => !r.Enabled) is { } off)
        {
            LogOff(off.Name);
            return;
        }
        try
        {
            for (; ; await Task.Delay(Period, time, stoppingToken))
            {
                try
                {
                    await SweepAsync(stoppingToken);
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

    private async Task SweepAsync(CancellationToken cancellationToken)
    {
        var putBefore = time.GetUtcNow() - Grace;
        var unused = new List<string>();
        var used = await UsedAsync(cancellationToken);
        await foreach (var hash in store.ListAsync(putBefore, cancellationToken))
            if (!used.Contains(Key(hash))) unused.Add(hash);
        if (unused.Count == 0) return;
        used = [];
        await Task.Delay(Settle, time, cancellationToken);
        used = await UsedAsync(cancellationToken);
        var removed = 0;
        foreach (var hash in unused)
            if (!used.Contains(Key(hash)) && await store.DeleteAsync(hash, putBefore, cancellationToken)) removed++;
        LogRemoved(removed);
    }

    private async Task<HashSet<UInt128>> UsedAsync(CancellationToken cancellationToken)
    {
        var used = new HashSet<UInt128>();
        foreach (var room in references) await room.VisitAsync(hash => used.Add(Key(hash)), cancellationToken);
        return used;
    }

    // Half of a hash tells objects apart, in a quarter of the memory of its text.
    private static UInt128 Key(string hash) => UInt128.Parse(hash.AsSpan(0, 32), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture);

    [LoggerMessage(1300, LogLevel.Information, "Removed {Count} objects that nothing refers to")]
    private partial void LogRemoved(int count);

    [LoggerMessage(1301, LogLevel.Error, "Removing objects that nothing refers to failed; it is tried again in a day")]
    private partial void LogFailed(Exception e);

    [LoggerMessage(1302, LogLevel.Information, "Objects that nothing refers to are kept: the room {Room} is off and cannot say what it refers to")]
    private partial void LogOff(string room);
}
