using Dowel.Contracts;
using Dowel.Kernel.Filters;
using Dowel.Kernel.Relational;
using Dowel.Kernel.Results;

namespace Dowel.Experiments.Search;

// Runs by the values of a param or tag.
internal sealed partial class RunSearch
{
    private const int MostSummed = 50;

    public async Task<Result<IReadOnlyList<RunGroup>>> GroupAsync(string experimentId, RunGroupQuery query, CancellationToken cancellationToken)
    {
        if (query.Limit is < 1 or > 1000) return Failure.Invalid("limit", query.Limit, "a number from 1 to 1000");
        if (query.Metrics.Count > MostSummed) return Failure.Invalid("metric", $"{query.Metrics.Count} metrics", $"at most {MostSummed}");
        if (RunSort.Field(query.By) is not { Kind: FieldKind.Param or FieldKind.Tag } by) return Failure.Invalid("by", query.By, "params.KEY or tags.KEY");
        if (!FilterParser.Parse(query.Filter).TryGet(out var clauses, out var failure)) return failure;
        var experiment = await directory.NumberAsync(experimentId, cancellationToken);
        await journal.CatchUpAsync([experiment], cancellationToken);
        try
        {
            return await db.ReadAsync(async s => Result.Ok(await GroupAsync(s, experiment, query, by, clauses)), cancellationToken);
        }
        catch (FailureException e)
        {
            return e.Failure;
        }
    }

    private async Task<IReadOnlyList<RunGroup>> GroupAsync(DbSession session, long experiment, RunGroupQuery query, FieldName by, IReadOnlyList<FilterClause> clauses)
    {
        var sql = new SearchSql(session.Engine);
        var where = await WhereAsync(session, sql, new RunSearchSpec { Experiments = [], View = query.View, Status = query.Status }, clauses, [experiment]);
        var runs = $"""
            FROM experiments_runs r JOIN experiments_experiments e ON e.no = r.experiment_no
            LEFT JOIN {RunFields.Table(by.Kind)} g ON g.run_no = r.no AND g.name_no = {sql.Arg(await names.FindAsync(session, by.Key))}
            """;
        var groups = await session.QueryAsync<GroupRow>($"SELECT g.value, COUNT(*) AS runs {runs} WHERE {where} GROUP BY g.value ORDER BY COUNT(*) DESC, g.value LIMIT {query.Limit ?? 200}", sql.Args);
        var sums = new Dictionary<string, Dictionary<string, MetricSummary>>();
        foreach (var metric in query.Metrics.Distinct())
        {
            var rows = await session.QueryAsync<SumRow>($"""
                SELECT g.value, COUNT(*) AS runs, AVG(m.value) AS mean, MIN(m.value) AS least, MAX(m.value) AS most {runs}
                JOIN experiments_metrics m ON m.run_no = r.no AND m.name_no = {sql.Arg(await names.FindAsync(session, metric))} AND m.is_nan = 0 WHERE {where} GROUP BY g.value
                """, sql.Args);
            foreach (var row in rows)
            {
                if (!sums.TryGetValue(Key(row.Value), out var of)) sums[Key(row.Value)] = of = [];
                // SQLite has no NaN: the mean of both infinities is NULL.
                of[metric] = new MetricSummary(row.Runs, row.Mean ?? double.NaN, row.Least, row.Most);
            }
        }
        return [.. groups.Select(g => new RunGroup { Value = g.Value, Runs = g.Runs, Metrics = sums.GetValueOrDefault(Key(g.Value)) ?? [] })];
    }

    // No value and an empty one are two groups.
    private static string Key(string? value) => value is null ? "" : $"={value}";

    private sealed class GroupRow
    {
        public string? Value { get; set; }
        public long Runs { get; set; }
    }

    private sealed class SumRow
    {
        public string? Value { get; set; }
        public long Runs { get; set; }
        public double? Mean { get; set; }
        public double Least { get; set; }
        public double Most { get; set; }
    }
}
