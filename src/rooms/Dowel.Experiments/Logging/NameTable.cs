using System.Collections.Concurrent;
using Dowel.Kernel.Relational;

namespace Dowel.Experiments.Logging;

/// <summary>The numbers under which names of metrics, params and tags are kept. A name keeps its number for ever.</summary>
internal sealed class NameTable
{
    private const int MostCached = 200_000;
    private readonly ConcurrentDictionary<string, long> _known = new(StringComparer.Ordinal);

    /// <summary>The number of a name, made if it is new, within a transaction.</summary>
    public ValueTask<long> GetAsync(DbSession session, string name)
        => _known.TryGetValue(name, out var no) ? ValueTask.FromResult(no) : new ValueTask<long>(MakeAsync(session, name));

    /// <summary>The number of a name, or -1 where nothing of that name was ever logged.</summary>
    public async ValueTask<long> FindAsync(DbSession session, string name)
    {
        if (_known.TryGetValue(name, out var no)) return no;
        if (await ReadAsync(session, name) is not { } found) return -1;
        Remember(name, found);
        return found;
    }

    private async Task<long> MakeAsync(DbSession session, string name)
    {
        var no = await ReadAsync(session, name);
        if (no is null)
        {
            await session.Prepare("INSERT INTO experiments_names (name) VALUES (@p0) ON CONFLICT DO NOTHING").With(name).ExecuteAsync();
            no = await ReadAsync(session, name);
        }
        // A transaction that is rolled back takes the number with it.
        session.AfterCommit(() => Remember(name, no!.Value));
        return no!.Value;
    }

    private static async Task<long?> ReadAsync(DbSession session, string name)
        => await session.Prepare("SELECT no FROM experiments_names WHERE name = @p0").With(name).ScalarAsync() is { } no ? Convert.ToInt64(no) : null;

    private void Remember(string name, long no)
    {
        // Names are users' to choose: a run that numbers them must not fill the memory.
        if (_known.Count >= MostCached) _known.Clear();
        _known[name] = no;
    }
}
