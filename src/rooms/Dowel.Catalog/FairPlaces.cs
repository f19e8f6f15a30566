namespace Dowel.Catalog;

/// <summary>Places that callers share: nobody holds more than half of them, rounded up, and those who wait take turns, whoever has how many waiting.</summary>
internal sealed class FairPlaces(int places)
{
    private readonly int _most = (places + 1) / 2;
    private readonly Lock _gate = new();
    private readonly Dictionary<string, int> _held = [];
    private readonly List<Waiter> _waiting = [];
    private int _free = places;

    /// <summary>Waits for a place, which is given back by <see cref="Leave"/>.</summary>
    public async Task EnterAsync(string caller, CancellationToken cancellationToken)
    {
        var waiter = new Waiter(caller);
        lock (_gate)
        {
            _waiting.Add(waiter);
            Admit();
        }
        try
        {
            await waiter.Task.WaitAsync(cancellationToken);
        }
        catch (OperationCanceledException)
        {
            bool admitted;
            lock (_gate) admitted = !_waiting.Remove(waiter);
            if (admitted) Leave(caller);
            throw;
        }
    }

    public void Leave(string caller)
    {
        lock (_gate)
        {
            _free++;
            if (--_held[caller] == 0) _held.Remove(caller);
            Admit();
        }
    }

    private void Admit()
    {
        while (_free > 0 && _waiting.Find(w => _held.GetValueOrDefault(w.Caller) < _most) is { } next)
        {
            _free--;
            _held[next.Caller] = _held.GetValueOrDefault(next.Caller) + 1;
            _waiting.Remove(next);
            // The caller's others go behind everybody else's.
            var others = _waiting.FindAll(w => w.Caller == next.Caller);
            _waiting.RemoveAll(w => w.Caller == next.Caller);
            _waiting.AddRange(others);
            next.SetResult();
        }
    }

    private sealed class Waiter(string caller) : TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)
    {
        public string Caller => caller;
    }
}
