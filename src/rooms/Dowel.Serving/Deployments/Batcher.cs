using Dowel.Contracts;
using Dowel.Kernel.Ports;
using Dowel.Kernel.Tensors;

namespace Dowel.Serving.Deployments;

/// <summary>
/// Adaptive batching. A request that finds a free replica and expects no company runs at once; the others gather while the replicas are busy, and then for the longest wait at most,
/// until as many are there as lately came together or the batch is full. So a single caller waits for nobody, and a crowd shares its runs.
/// </summary>
internal sealed class Batcher(BatchingSettings settings, Func<IReadOnlyList<Tensor>, CancellationToken, ValueTask<ModelOutput>> run, Func<int> lanes, TimeSpan timeout, TimeProvider time)
{
    private readonly Lock _lock = new();
    private readonly LinkedList<Pending> _waiting = [];
    private readonly long _longestWait = (long)(settings.MaxWaitMs / 1000 * time.TimestampFrequency);
    private int _running;
    private int _requests;
    // How many requests were lately there at once; falls slowly, rises at once.
    private double _crowd = 1;
    private ITimer? _timer;

    /// <summary>Runs the request in a batch.</summary>
    public async ValueTask<ModelOutput> RunAsync(IReadOnlyList<Tensor> inputs, CancellationToken cancellationToken)
    {
        var rows = inputs.Count == 0 ? 0 : inputs[0].Rows;
        // What fills a batch alone needs no company; what has no rows cannot be put together.
        if (rows >= settings.MaxSize || inputs.Any(t => t.Shape.Length == 0 || t.Rows != rows)) return await run(inputs, cancellationToken);
        var pending = new Pending(inputs, rows, time.GetTimestamp(), cancellationToken);
        lock (_lock)
        {
            _crowd = Math.Max(_crowd, ++_requests);
            _waiting.AddLast(pending);
            Dispatch();
        }
        try
        {
            return await pending.Answer.Task.WaitAsync(timeout, time, cancellationToken);
        }
        finally
        {
            lock (_lock)
            {
                _requests--;
                _waiting.Remove(pending);
            }
        }
    }

    private void Dispatch()
    {
        var now = time.GetTimestamp();
        while (_waiting.First is { } first && _running < lanes())
        {
            var wanted = Math.Min(settings.MaxSize, Math.Ceiling(_crowd / lanes()));
            var waited = now - first.Value.At;
            if (_waiting.Count < wanted && waited < _longestWait)
            {
                _timer ??= time.CreateTimer(static b => ((Batcher)b!).OnTimer(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
                _timer.Change(TimeSpan.FromSeconds((_longestWait - waited) / (double)time.TimestampFrequency), Timeout.InfiniteTimeSpan);
                return;
            }
            _crowd = Math.Max(1, Math.Max(_requests, _crowd * 0.9));
            _running++;
            var batch = Gather();
            _ = Task.Run(() => RunAsync(batch));
        }
    }

    private void OnTimer()
    {
        lock (_lock) Dispatch();
    }

    private List<Pending> Gather()
    {
        var batch = new List<Pending>();
        var rows = 0;
        for (var node = _waiting.First; node is not null;)
        {
            var (next, pending) = (node.Next, node.Value);
            if (batch.Count == 0 || (rows + pending.Rows <= settings.MaxSize && TensorRows.Fit(batch[0].Inputs, pending.Inputs)))
            {
                batch.Add(pending);
                rows += pending.Rows;
                _waiting.Remove(node);
            }
            if (rows >= settings.MaxSize) break;
            node = next;
        }
        return batch;
    }

    private async Task RunAsync(List<Pending> batch)
    {
        try
        {
            if (batch.Count == 1) await AloneAsync(batch[0]);
            else await TogetherAsync(batch);
        }
        finally
        {
            lock (_lock)
            {
                _running--;
                Dispatch();
            }
        }
    }

    private async Task TogetherAsync(List<Pending> batch)
    {
        var rows = batch.Sum(p => p.Rows);
        try
        {
            var output = await run(TensorRows.Join([.. batch.Select(p => p.Inputs)]), CancellationToken.None);
            TensorRows.RequireRows(output.Tensors, rows);
            var from = 0;
            foreach (var pending in batch)
            {
                pending.Answer.TrySetResult(new ModelOutput(TensorRows.Take(output.Tensors, from, pending.Rows), output.Tags, from == 0 ? output.Metrics : null));
                from += pending.Rows;
            }
        }
        // One row that the model cannot take must not fail its neighbours.
        catch (ModelException e) when (e is not ModelUnavailableException)
        {
            foreach (var pending in batch) await AloneAsync(pending);
        }
        catch (Exception e)
        {
            foreach (var pending in batch) pending.Answer.TrySetException(e);
        }
    }

    private async Task AloneAsync(Pending pending)
    {
        if (pending.CancellationToken.IsCancellationRequested) return;
        try
        {
            pending.Answer.TrySetResult(await run(pending.Inputs, pending.CancellationToken));
        }
        catch (Exception e)
        {
            pending.Answer.TrySetException(e);
        }
    }

    private sealed record Pending(IReadOnlyList<Tensor> Inputs, int Rows, long At, CancellationToken CancellationToken)
    {
        // Whoever completes it has a batch to go on with.
        public TaskCompletionSource<ModelOutput> Answer { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
