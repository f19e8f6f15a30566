using Dowel.Contracts;
using Dowel.Kernel.Results;
using Dowel.Kernel.Tensors;

namespace Dowel.Serving.Batch;

/// <summary>Has a chunk answered, call by call. Rows that fail together are divided until those are found that fail alone.</summary>
internal sealed class ChunkPredictor(IBatchTarget target, BatchColumns columns, BatchPace pace, BatchProgress progress, TimeProvider time) : IDisposable
{
    // A circuit breaker is closed well before so many waits are over, each twice as long as the one before.
    private const int MostTries = 5;
    // Each death costs a start of the model, and a pause before it that grows: rows that may be the reason are divided at once, into many parts of which few die.
    private const int PartsOfDead = 8;
    // A row with which alone the model died twice is what it died of.
    private const int MostDeaths = 2;
    // So many without an answer in between are not those of a row here and there.
    private const int MostDeathsInARow = 12;
    private static readonly TimeSpan FirstWait = TimeSpan.FromSeconds(1);
    public static readonly TimeSpan LongestWait = TimeSpan.FromMinutes(10);
    private static readonly HashSet<string> Stops = [ErrorCodes.Forbidden.Code, ErrorCodes.NotFound.Code, ErrorCodes.RoomOff.Code];
    // Rows whose call the model did not survive are asked one after another, so that none is taken for what another did.
    private readonly SemaphoreSlim _suspects = new(1);
    private long _lastAnswer = time.GetTimestamp();
    private int _deathsInARow;

    public async Task<ChunkAnswers> RunAsync(ChunkTable chunk, CancellationToken cancellationToken)
    {
        var answers = new ChunkAnswers();
        for (var at = 0; at < chunk.Count;)
        {
            var (rows, before) = (Math.Min(pace.CallRows, chunk.Count - at), answers.Reasons.Count);
            await RangeAsync(chunk, answers, at, rows, isWhole: true, cancellationToken);
            var failed = answers.Reasons.Count - before;
            progress.Add(rows, failed, failed > 0 ? answers.Reasons.Last().Value : null);
            at += rows;
        }
        return answers;
    }

    private async Task RangeAsync(ChunkTable chunk, ChunkAnswers answers, int from, int rows, bool isWhole, CancellationToken cancellationToken)
    {
        var asked = await AskAsync(chunk, from, rows, isWhole, cancellationToken);
        if (asked.TryGet(out var answer, out var failure))
        {
            answers.Add(from, rows, answer);
            return;
        }
        if (rows == 1)
        {
            answers.Fail(from, failure.Detail);
            return;
        }
        var parts = failure.Code.Code == ErrorCodes.NotReady.Code ? PartsOfDead : 2;
        var size = (rows + parts - 1) / parts;
        for (var at = 0; at < rows; at += size) await RangeAsync(chunk, answers, from + at, Math.Min(size, rows - at), isWhole: false, cancellationToken);
    }

    /// <summary>The answer, or why these rows have none. What is only a matter of time is waited for.</summary>
    private async Task<Result<BatchAnswer>> AskAsync(ChunkTable chunk, int from, int rows, bool isWhole, CancellationToken cancellationToken)
    {
        var inputs = new Tensor[columns.Inputs.Count];
        for (var i = 0; i < inputs.Length; i++)
        {
            if (!chunk.Inputs[i].Take(columns.Inputs[i].Input, from, rows).TryGet(out var tensor, out var unfit)) return unfit;
            inputs[i] = tensor;
        }
        for (var (tries, deaths) = (0, 0); ;)
        {
            await pace.WaitAsync(rows, target, cancellationToken);
            var (begun, isSuspect) = (time.GetTimestamp(), !isWhole || tries > 0);
            var (asked, wasReady, died) = await AskOnceAsync(inputs, isSuspect, cancellationToken);
            if (asked.TryGet(out _, out var failure))
            {
                if (!isSuspect) pace.Learn(rows, time.GetElapsedTime(begun));
                Volatile.Write(ref _lastAnswer, time.GetTimestamp());
                Volatile.Write(ref _deathsInARow, 0);
                progress.Waiting = null;
                return asked;
            }
            if (Stops.Contains(failure.Code.Code)) throw new BatchStoppedException(failure);
            var notReady = IsNotReady(asked);
            if (!notReady && failure.Code.Code != ErrorCodes.RateLimited.Code) return failure;
            if (died && CountDeath(isSuspect) >= MostDeathsInARow)
                throw new BatchStoppedException(failure with { Detail = $"The model ended {MostDeathsInARow} times without an answer in between, the last time with: {failure.Detail}" });
            // These rows may be why; what was not there before has nothing to do with them.
            var mayBeTheirs = notReady && wasReady;
            if (mayBeTheirs)
            {
                (tries, deaths) = (tries + 1, died && isSuspect ? deaths + 1 : deaths);
                if (rows > 1 || tries == MostTries || deaths == MostDeaths) return failure;
            }
            if (time.GetElapsedTime(Volatile.Read(ref _lastAnswer)) > LongestWait) throw new BatchStoppedException(failure with { Detail = $"There was no answer for {LongestWait.TotalMinutes:0} minutes: {failure.Detail}" });
            progress.Waiting = failure.Detail;
            await Task.Delay(mayBeTheirs ? FirstWait * (1 << (tries - 1)) : TimeSpan.FromSeconds(failure.RetryAfterSeconds ?? 1), time, cancellationToken);
        }
    }

    /// <summary>What came of it, whether the model was there before, and whether it then was not.</summary>
    private async Task<(Result<BatchAnswer> Answer, bool WasReady, bool Died)> AskOnceAsync(Tensor[] inputs, bool isSuspect, CancellationToken cancellationToken)
    {
        if (isSuspect) await _suspects.WaitAsync(cancellationToken);
        try
        {
            var wasReady = target.IsReady;
            var answer = await target.PredictAsync(inputs, cancellationToken);
            return (answer, wasReady, wasReady && IsNotReady(answer) && await HasDiedAsync(cancellationToken));
        }
        finally
        {
            if (isSuspect) _suspects.Release();
        }
    }

    /// <summary>The deaths in a row with this one. One death may end many calls that are under way side by side, which together count once; suspects die alone.</summary>
    private int CountDeath(bool isSuspect)
    {
        if (isSuspect) return Interlocked.Increment(ref _deathsInARow);
        Interlocked.CompareExchange(ref _deathsInARow, 1, 0);
        return Volatile.Read(ref _deathsInARow);
    }

    private static bool IsNotReady(Result<BatchAnswer> asked) => asked.Failure?.Code.Code == ErrorCodes.NotReady.Code;

    /// <summary>Whether the model, which was there before some rows, is not after them. That its process has ended is seen a moment after its connection has.</summary>
    private async Task<bool> HasDiedAsync(CancellationToken cancellationToken)
    {
        for (var i = 0; i < 20 && target.IsReady; i++) await Task.Delay(TimeSpan.FromMilliseconds(25), time, cancellationToken);
        return !target.IsReady;
    }

    public void Dispose() => _suspects.Dispose();
}
