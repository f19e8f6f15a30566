using System.Collections.Concurrent;

namespace Dowel.Features.Views;

/// <summary>The schemas of all views, in memory, for the paths that may not read a database. Replaced entry by entry after each committed change.</summary>
internal sealed class ViewCatalog
{
    private readonly ConcurrentDictionary<string, ViewSchema> _views = new(StringComparer.Ordinal);

    public ViewSchema? Find(string id) => _views.GetValueOrDefault(id);

    public IEnumerable<ViewSchema> All => _views.Values;

    public void Put(ViewSchema schema) => _views[schema.Id] = schema;

    public void Remove(string id) => _views.TryRemove(id, out _);
}

/// <summary>One change at a time to a view's stores.</summary>
internal sealed class ViewLocks : IDisposable
{
    // Views share a few locks, so that there is nothing to clean up.
    private readonly SemaphoreSlim[] _locks = [.. Enumerable.Range(0, 64).Select(_ => new SemaphoreSlim(1, 1))];

    public async Task<IDisposable> EnterAsync(string viewId)
    {
        var held = _locks[(uint)viewId.GetHashCode(StringComparison.Ordinal) % (uint)_locks.Length];
        await held.WaitAsync();
        return new Release(held);
    }

    public void Dispose()
    {
        foreach (var each in _locks) each.Dispose();
    }

    private sealed class Release(SemaphoreSlim held) : IDisposable
    {
        public void Dispose() => held.Release();
    }
}
