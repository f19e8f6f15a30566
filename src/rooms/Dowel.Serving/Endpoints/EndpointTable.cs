using System.Collections.Immutable;

namespace Dowel.Serving.Endpoints;

/// <summary>The endpoints by name, as an immutable snapshot that requests read and changes replace.</summary>
internal sealed class EndpointTable
{
    private ImmutableDictionary<string, LiveEndpoint> _byName = ImmutableDictionary<string, LiveEndpoint>.Empty;

    public IEnumerable<LiveEndpoint> All => _byName.Values;

    public LiveEndpoint? Find(string name) => _byName.GetValueOrDefault(name);

    public LiveEndpoint? FindById(string id) => _byName.Values.FirstOrDefault(e => e.Id == id);

    public void Put(LiveEndpoint endpoint) => ImmutableInterlocked.Update(ref _byName, map =>
    {
        var old = map.Values.FirstOrDefault(e => e.Id == endpoint.Id);
        return (old is null ? map : map.Remove(old.Name)).SetItem(endpoint.Name, endpoint);
    });

    /// <summary>Changes one endpoint; false if it is gone.</summary>
    public bool Change(string id, Func<LiveEndpoint, LiveEndpoint> change)
    {
        var found = false;
        ImmutableInterlocked.Update(ref _byName, map =>
        {
            var old = map.Values.FirstOrDefault(e => e.Id == id);
            found = old is not null;
            if (old is null) return map;
            var changed = change(old);
            return map.Remove(old.Name).SetItem(changed.Name, changed);
        });
        return found;
    }

    public LiveEndpoint? Remove(string id)
    {
        LiveEndpoint? removed = null;
        ImmutableInterlocked.Update(ref _byName, map =>
        {
            removed = map.Values.FirstOrDefault(e => e.Id == id);
            return removed is null ? map : map.Remove(removed.Name);
        });
        return removed;
    }
}
