using System.Collections.Concurrent;

namespace Dowel.Serving.Deployments;

/// <summary>A token that is cancelled by the caller or when time is up. Used again, as every request takes one.</summary>
internal sealed class Deadline : IDisposable
{
    private const int MostKept = 256;
    private static readonly ConcurrentQueue<Deadline> Kept = [];
    private readonly CancellationTokenSource _source = new();
    private CancellationTokenRegistration _caller;
    private CancellationToken _given;

    public CancellationToken Token => _source.Token;

    /// <summary>Whether time was up, and not the caller gone.</summary>
    public bool HasPassed => _source.IsCancellationRequested && !_given.IsCancellationRequested;

    public static Deadline Begin(TimeSpan timeout, CancellationToken caller)
    {
        if (!Kept.TryDequeue(out var deadline)) deadline = new Deadline();
        deadline._given = caller;
        deadline._caller = caller.UnsafeRegister(static s => ((CancellationTokenSource)s!).Cancel(), deadline._source);
        deadline._source.CancelAfter(timeout);
        return deadline;
    }

    public void End()
    {
        _caller.Dispose();
        _given = default;
        if (_source.TryReset() && Kept.Count < MostKept) Kept.Enqueue(this);
        else Dispose();
    }

    public void Dispose() => _source.Dispose();
}
