using Dowel.Contracts;

namespace Dowel.Serving.Batch;

/// <summary>How fast a run goes: no faster than its limit, in calls that are short, and after the requests of others.</summary>
internal sealed class BatchPace(BatchSettings settings, int mostRows, TimeProvider time)
{
    // A request that comes while a call is under way waits for no longer than about this.
    private static readonly TimeSpan CallTime = TimeSpan.FromMilliseconds(20);
    // Under traffic without a gap a run still gets on, by a call each time this has passed.
    private static readonly TimeSpan LongestYield = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan YieldStep = TimeSpan.FromMilliseconds(5);
    private const int FirstCall = 64;
    private readonly Lock _gate = new();
    private readonly long _start = time.GetTimestamp();
    private readonly int _most = Math.Max(1, Math.Min(mostRows, settings.MaxRowsPerSecond is { } rate ? (int)Math.Min(int.MaxValue, Math.Ceiling(rate / 4)) : int.MaxValue));
    private int _rows = FirstCall;
    private TimeSpan _next;

    /// <summary>Rows in the next call.</summary>
    public int CallRows => Math.Min(Volatile.Read(ref _rows), _most);

    /// <summary>Waits until some rows may be sent.</summary>
    public async Task WaitAsync(int rows, IBatchTarget target, CancellationToken cancellationToken)
    {
        if (settings.MaxRowsPerSecond is { } rate)
        {
            TimeSpan delay;
            lock (_gate)
            {
                var now = time.GetElapsedTime(_start);
                var start = _next > now ? _next : now;
                (delay, _next) = (start - now, start + TimeSpan.FromSeconds(rows / rate));
            }
            if (delay > TimeSpan.Zero) await Task.Delay(delay, time, cancellationToken);
        }
        for (var begun = time.GetTimestamp(); target.Busy > 0 && time.GetElapsedTime(begun) < LongestYield;) await Task.Delay(YieldStep, time, cancellationToken);
        cancellationToken.ThrowIfCancellationRequested();
    }

    /// <summary>Learns from a call how many rows the next one takes.</summary>
    public void Learn(int rows, TimeSpan taken)
    {
        // What the last few rows of a chunk took says little.
        if (rows < CallRows) return;
        var fit = taken <= TimeSpan.Zero ? int.MaxValue : rows * (CallTime / taken);
        Volatile.Write(ref _rows, (int)Math.Clamp(fit, Math.Max(1, rows / 2), Math.Min(rows * 2L, _most)));
    }
}
