using System.Collections.Concurrent;
using Dowel.Contracts;
using Dowel.Kernel.Relational;
using Dowel.Kernel.Results;

namespace Dowel.Experiments.Runs;

/// <summary>A run as the tables know it.</summary>
/// <param name="No">Its number.</param>
/// <param name="Id">Its id.</param>
/// <param name="ExperimentNo">Its experiment's number.</param>
/// <param name="DeletedAt">When it was put into the bin, or null.</param>
internal sealed record RunKey(long No, string Id, long ExperimentNo, long? DeletedAt);

/// <summary>Finds runs by id, with prepared statements.</summary>
internal static class RunKeys
{
    private const string Sql = "SELECT no, experiment_no, deleted_at FROM experiments_runs WHERE id = @p0";

    public static async Task<RunKey?> FindAsync(DbSession session, string runId)
    {
        await using var reader = await session.Prepare(Sql).With(runId).ReadAsync();
        return await reader.ReadAsync() ? new RunKey(reader.GetInt64(0), runId, reader.GetInt64(1), reader.IsDBNull(2) ? null : reader.GetInt64(2)) : null;
    }

    /// <summary>A run that may be changed. On PostgreSQL its row is held, so that nobody deletes it for good meanwhile.</summary>
    public static async Task<Result<RunKey>> ActiveAsync(DbSession session, string runId)
    {
        if (session.Engine == DbEngine.Postgres) await session.Prepare("SELECT 1 FROM experiments_runs WHERE id = @p0 FOR KEY SHARE").With(runId).ExecuteAsync();
        return await FindAsync(session, runId) switch
        {
            null => NotFound(runId),
            { DeletedAt: not null } => new Failure(ErrorCodes.Conflict, $"The run {runId} must be in the 'active' state. Current state is deleted."),
            var run => run,
        };
    }

    public static Failure NotFound(string runId) => new(ErrorCodes.NotFound, $"Run with id={runId} not found");
}

/// <summary>Which experiment a run belongs to, and under which number an experiment is kept: both never change, so they are answered from memory.</summary>
internal sealed class RunDirectory(IDb db)
{
    private const int Most = 200_000;
    private readonly ConcurrentDictionary<string, string> _experiments = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, long> _numbers = new(StringComparer.Ordinal);

    /// <summary>The id of the run's experiment, or null.</summary>
    public async ValueTask<string?> ExperimentOfAsync(string runId, CancellationToken cancellationToken)
    {
        if (_experiments.TryGetValue(runId, out var known)) return known;
        var found = await db.ReadAsync(s => s.ScalarAsync<string>("SELECT e.id FROM experiments_runs r JOIN experiments_experiments e ON e.no = r.experiment_no WHERE r.id = @runId", new { runId }), cancellationToken);
        if (found is not null) Keep(_experiments, runId, found);
        return found;
    }

    /// <summary>The number of an experiment, or 0 where there is none.</summary>
    public async ValueTask<long> NumberAsync(string experimentId, CancellationToken cancellationToken)
    {
        if (_numbers.TryGetValue(experimentId, out var known)) return known;
        var no = await db.ReadAsync(s => s.ScalarAsync<long?>("SELECT no FROM experiments_experiments WHERE id = @experimentId", new { experimentId }), cancellationToken) ?? 0;
        if (no != 0) Keep(_numbers, experimentId, no);
        return no;
    }

    /// <summary>Forgets a run that was deleted for good.</summary>
    public void Forget(string runId) => _experiments.TryRemove(runId, out _);

    private static void Keep<T>(ConcurrentDictionary<string, T> dictionary, string key, T value)
    {
        if (dictionary.Count >= Most) dictionary.Clear();
        dictionary[key] = value;
    }
}
