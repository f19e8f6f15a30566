using System.Collections.Immutable;

namespace Dowel.Serving.Endpoints;

/// <summary>The endpoints by name, as an immutable snapshot that requests read and changes replace.</summary>
internal sealed class EndpointTable
{
    private readonly Lock _changing = new();
    private volatile Snapshot _snapshot = new(ImmutableDictionary<string, LiveEndpoint>.Empty, ImmutableDictionary<string, string>.Empty);

    public IEnumerable<LiveEndpoint> All => _snapshot.ByName.Values;

    public LiveEndpoint? Find(string name) => _snapshot.ByName.GetValueOrDefault(name);

    public LiveEndpoint? FindById(string id)
    {
        var snapshot = _snapshot;
        return snapshot.Names.TryGetValue(id, out var name) ? snapshot.ByName[name] : null;
    }

    public void Put(LiveEndpoint endpoint)
    {
        lock (_changing) Replace(FindById(endpoint.Id), endpoint);
    }

    /// <summary>Changes one endpoint; false if it is gone.</summary>
    public bool Change(string id, Func<LiveEndpoint, LiveEndpoint> change)
    {
        lock (_changing)
        {
            if (FindById(id) is not { } old) return false;
            Replace(old, change(old));
            return true;
        }
    }

    public LiveEndpoint? Remove(string id)
    {
        lock (_changing)
        {
            if (FindById(id) is not { } removed) return null;
            _snapshot = new(_snapshot.ByName.Remove(removed.Name), _snapshot.Names.Remove(id));
            return removed;
        }
    }

    private void Replace(LiveEndpoint? old, LiveEndpoint endpoint)
    {
        var others = old is null || old.Name == endpoint.Name ? _snapshot.ByName : _snapshot.ByName.Remove(old.Name);
        _snapshot = new(others.SetItem(endpoint.Name, endpoint), _snapshot.Names.SetItem(endpoint.Id, endpoint.Name));
    }

    private sealed record Snapshot(ImmutableDictionary<string, LiveEndpoint> ByName, ImmutableDictionary<string, string> Names);
}
