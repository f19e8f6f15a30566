using Dowel.Kernel.Ports;

namespace Dowel.Serving.Deployments;

/// <summary>The replicas of a deployment. Their number may change while requests come in.</summary>
/// <param name="start">Starts the replica of a number, from 0.</param>
internal sealed class ReplicaSet(Func<int, CancellationToken, Task<ILoadedModel>> start) : IAsyncDisposable
{
    private readonly SemaphoreSlim _changing = new(1);
    private volatile Replica[] _replicas = [];
    private readonly HashSet<int> _numbers = [];
    private volatile bool _closed;
    private int _next;

    public int Count => _replicas.Length;

    public int Available => _replicas.Count(r => r.Model.IsAvailable);

    /// <summary>Requests under way.</summary>
    public int Outstanding => _replicas.Sum(r => r.Outstanding);

    /// <summary>What the first replica says of its inputs and outputs.</summary>
    public ILoadedModel First => _replicas[0].Model;

    /// <summary>Takes the replica with the fewest requests under way; give it back with <see cref="Replica.Release"/>.</summary>
    public Replica Take()
    {
        while (true)
        {
            var replicas = _replicas;
            if (_closed || replicas.Length == 0) throw new RetiredException();
            // Starting at a moving place spreads requests over replicas that are equally busy.
            var begin = replicas.Length == 1 ? 0 : (uint)Interlocked.Increment(ref _next);
            Replica? best = null;
            for (uint i = 0; i < replicas.Length && best is not { Outstanding: 0 }; i++)
            {
                var other = replicas[(begin + i) % (uint)replicas.Length];
                if (other.Model.IsAvailable && (best is null || other.Outstanding < best.Outstanding)) best = other;
            }
            if (best is null) throw new ModelUnavailableException(replicas.Length == 1 ? "The model's process has ended and is being started again." : $"None of the model's {replicas.Length} replicas can answer; they are being started again.");
            if (best.TryAcquire()) return best;
            // It was let go of in between; the list has changed.
        }
    }

    /// <summary>Starts or lets go of replicas until there are as many as wished. Those that are let go of answer their requests first.</summary>
    public async Task ScaleAsync(int wanted, CancellationToken cancellationToken)
    {
        await _changing.WaitAsync(cancellationToken);
        try
        {
            while (!_closed && _replicas.Length < wanted)
            {
                _replicas = [.. _replicas, await StartAsync(cancellationToken)];
            }
            while (_replicas.Length > wanted)
            {
                var last = _replicas[^1];
                _replicas = _replicas[..^1];
                // It answers its requests first, which nobody waits for here.
                _ = CloseAsync(last);
            }
        }
        finally
        {
            _changing.Release();
        }
    }

    // A container goes by its replica's number, so that one that still answers its last requests keeps it.
    private async Task<Replica> StartAsync(CancellationToken cancellationToken)
    {
        var number = 0;
        lock (_numbers)
            while (!_numbers.Add(number)) number++;
        try
        {
            return new Replica(number, await start(number, cancellationToken));
        }
        catch
        {
            lock (_numbers) _numbers.Remove(number);
            throw;
        }
    }

    private async Task CloseAsync(Replica replica)
    {
        try
        {
            await replica.CloseAsync();
        }
        finally
        {
            lock (_numbers) _numbers.Remove(replica.Number);
        }
    }

    public async ValueTask DisposeAsync()
    {
        _closed = true;
        await _changing.WaitAsync();
        try
        {
            var replicas = _replicas;
            await Task.WhenAll(replicas.Select(CloseAsync));
            _replicas = [];
        }
        finally
        {
            _changing.Release();
        }
    }
}

/// <summary>One loaded copy of a model.</summary>
internal sealed class Replica(int number, ILoadedModel model)
{
    // Far below any number of requests under way, so that a closed replica is told by its sign.
    private const int Closed = int.MinValue / 2;
    private const int LongestDrainSeconds = 3600;
    private int _outstanding;

    public int Number { get; } = number;
    public ILoadedModel Model { get; } = model;

    public int Outstanding
    {
        get
        {
            var count = Volatile.Read(ref _outstanding);
            return count < 0 ? count - Closed : count;
        }
    }

    /// <summary>Counts a request; false once it was closed.</summary>
    public bool TryAcquire()
    {
        if (Interlocked.Increment(ref _outstanding) > 0) return true;
        Interlocked.Decrement(ref _outstanding);
        return false;
    }

    public void Release() => Interlocked.Decrement(ref _outstanding);

    /// <summary>Takes no more requests, waits for those under way, then lets go of the model.</summary>
    public async Task CloseAsync()
    {
        Interlocked.Add(ref _outstanding, Closed);
        for (var i = 0; i < LongestDrainSeconds * 50 && Outstanding > 0; i++) await Task.Delay(20);
        await Model.DisposeAsync();
    }
}
