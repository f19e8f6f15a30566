using System.Globalization;
using Dowel.Contracts;
using Dowel.Kernel.Results;

namespace Dowel.Serving.Batch;

/// <summary>How far a run is that is under way.</summary>
internal sealed class BatchProgress(long rows, double mostFailed, TimeProvider time)
{
    // Before, a share says little.
    private const int FirstVerdict = 1000;
    private readonly Lock _gate = new();
    private long _began = time.GetTimestamp();
    private long _before;
    private string? _lastReason;

    public long Done { get; private set; }
    public long Failed { get; private set; }

    /// <summary>What it waits for; null for nothing.</summary>
    public string? Waiting { get; set; }

    /// <summary>Begins to measure, with what was done before.</summary>
    public void Begin(long done, long failed)
    {
        lock (_gate) (Done, Failed, _before, _began) = (done, failed, done, time.GetTimestamp());
    }

    /// <summary>Counts rows.</summary>
    /// <exception cref="BatchStoppedException">Too many failed.</exception>
    public void Add(int rows, int failed, string? reason)
    {
        lock (_gate)
        {
            (Done, Failed, _lastReason) = (Done + rows, Failed + failed, reason ?? _lastReason);
            if (Done >= FirstVerdict) Judge();
        }
    }

    /// <summary>Stops a run of whose rows too many failed.</summary>
    public void Judge()
    {
        if (Failed > 0 && Failed > mostFailed * Done)
            throw new BatchStoppedException(new Failure(ErrorCodes.ModelFailed, string.Create(CultureInfo.InvariantCulture,
                $"{Failed} of {Done} rows failed, more than the {mostFailed:P0} that may.{(_lastReason is null ? "" : $" The last reason: {_lastReason}")}")));
    }

    public (double? RowsPerSecond, double? SecondsLeft) Rate()
    {
        lock (_gate)
        {
            var (done, seconds) = (Done - _before, time.GetElapsedTime(_began).TotalSeconds);
            if (done == 0 || seconds < 0.1) return (null, null);
            return (done / seconds, (rows - Done) * seconds / done);
        }
    }
}
