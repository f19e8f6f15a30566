using Dowel.Contracts;
using Dowel.Experiments.Logging;
using Dowel.Experiments.Runs;
using Dowel.Kernel.Relational;
using Dowel.Kernel.Resources;
using Dowel.Kernel.Results;

namespace Dowel.Experiments.Search;

/// <summary>The names that an experiment's runs log under, for columns and completion.</summary>
internal sealed class LoggedNameQuery(IDb db, RunDirectory directory, MetricJournal journal)
{
    public async Task<Result<LoggedNames>> ListAsync(string experimentId, string? search, int? limit, CancellationToken cancellationToken)
    {
        if (limit is < 1 or > 1000) return Failure.Invalid("limit", limit, "a number from 1 to 1000");
        var experiment = await directory.NumberAsync(experimentId, cancellationToken);
        await journal.CatchUpAsync([experiment], cancellationToken);
        return await db.ReadAsync(async s => new LoggedNames
        {
            Metrics = await OfAsync(s, "metrics", experiment, search, limit ?? 200),
            Params = await OfAsync(s, "params", experiment, search, limit ?? 200),
            Tags = await OfAsync(s, "tags", experiment, search, limit ?? 200),
        }, cancellationToken);
    }

    // Counted in the index of values before the names are looked up.
    private static async Task<IReadOnlyList<LoggedName>> OfAsync(DbSession session, string table, long experiment, string? search, int limit)
    {
        var like = string.IsNullOrWhiteSpace(search) ? "" : " WHERE LOWER(n.name) LIKE @like ESCAPE '\\'";
        var rows = await session.QueryAsync<NameRow>($"""
            SELECT n.name, c.runs FROM (SELECT name_no, COUNT(*) AS runs FROM experiments_{table} WHERE experiment_no = @experiment GROUP BY name_no) c
            JOIN experiments_names n ON n.no = c.name_no{like} ORDER BY c.runs DESC, n.name LIMIT {limit}
            """, new { experiment, like = Names.LikePattern(search ?? "") });
        return [.. rows.Select(r => new LoggedName(r.Name, r.Runs))];
    }

    // SQLite gives a count no type where there are no rows, so it is no argument of a constructor.
    private sealed class NameRow
    {
        public string Name { get; set; } = "";
        public long Runs { get; set; }
    }
}
