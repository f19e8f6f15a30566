using System.Collections.Concurrent;
using Dowel.Contracts;
using Dowel.Kernel.Relational;
using Dowel.Kernel.Results;

namespace Dowel.Experiments.Logging;

/// <summary>The numbers under which names of metrics, params and tags are kept. A name keeps its number for ever.</summary>
internal sealed class NameTable(IDb db)
{
    private const int MostCached = 200_000;
    private readonly ConcurrentDictionary<string, long> _known = new(StringComparer.Ordinal);

    /// <summary>
    /// Gives numbers to names that have none, in a transaction of its own: in the caller's, two callers who bring the same new names in different order would wait for each other for ever.
    /// </summary>
    public async ValueTask EnsureAsync(LogToRun log, CancellationToken cancellationToken)
    {
        SortedSet<string>? missing = null;
        void Check(string name)
        {
            if (!_known.ContainsKey(name)) (missing ??= new(StringComparer.Ordinal)).Add(name);
        }
        for (var i = 0; i < (log.Metrics?.Count ?? 0); i++) Check(log.Metrics![i].Key);
        foreach (var name in log.Params?.Keys ?? []) Check(name);
        foreach (var name in log.Tags?.Keys ?? []) Check(name);
        if (missing is null) return;
        await db.WriteGroupedAsync<Unit>(async s =>
        {
            foreach (var name in missing)
                if (await FindAsync(s, name) == -1) await s.Prepare("INSERT INTO experiments_names (name) VALUES (@p0) ON CONFLICT DO NOTHING").With(name).ExecuteAsync();
            return Unit.Value;
        }, cancellationToken);
    }

    /// <summary>The number of a name, or -1 where nothing of that name was ever logged.</summary>
    public async ValueTask<long> FindAsync(DbSession session, string name)
    {
        if (_known.TryGetValue(name, out var known)) return known;
        if (await session.Prepare("SELECT no FROM experiments_names WHERE name = @p0").With(name).ScalarAsync() is not { } found) return -1;
        var no = Convert.ToInt64(found);
        // Within a transaction it may be one that is rolled back yet.
        session.AfterCommit(() => Remember(name, no));
        return no;
    }

    private void Remember(string name, long no)
    {
        // Names are users' to choose: a run that numbers them must not fill the memory.
        if (_known.Count >= MostCached) _known.Clear();
        _known[name] = no;
    }
}
