using System.Buffers.Text;
using System.Globalization;
using System.Text;
using Dowel.Contracts;
using Dowel.Experiments.Logging;
using Dowel.Experiments.Runs;
using Dowel.Kernel.Filters;
using Dowel.Kernel.Relational;
using Dowel.Kernel.Resources;
using Dowel.Kernel.Results;

namespace Dowel.Experiments.Search;

/// <summary>What is searched for.</summary>
internal sealed record RunSearchSpec
{
    public required IReadOnlyList<string> Experiments { get; init; }
    public string? Filter { get; init; }
    public IReadOnlyList<OrderTerm> Order { get; init; } = [];
    public LifecycleView View { get; init; }
    public string? NameContains { get; init; }
    public RunStatus? Status { get; init; }
    public int Limit { get; init; } = 1000;
    public string? Token { get; init; }
    public int Skip { get; init; }
}

/// <summary>A page of runs.</summary>
internal sealed record RunPage(IReadOnlyList<RunData> Runs, string? NextToken);

/// <summary>
/// Searches runs, filtered and sorted by the database. By what was logged, the list has parts, one after the other: runs with a value in the order asked for, then (metrics) those with NaN, then those without;
/// each part is one range of an index. Ties go to the newest run, then to the smaller id.
/// </summary>
internal sealed partial class RunSearch(IDb db, NameTable names, MetricJournal journal, RunDirectory directory)
{
    private const int MostExperiments = 10_000;

    // So many runs are sorted faster than an index is walked in search of them.
    private const int Few = 2000;

    // The part of a list that has none.
    private const int Whole = -1;

    /// <summary>The native list, of one experiment.</summary>
    public Task<Result<Page<Run>>> ListAsync(string experimentId, RunQuery query, CancellationToken cancellationToken) => ListAsync([experimentId], query, cancellationToken);

    /// <summary>The native list, of several experiments. In search of what is in the bin, experiments that have nothing there are left out.</summary>
    public async Task<Result<Page<Run>>> ListAsync(IReadOnlyList<string> experiments, RunQuery query, CancellationToken cancellationToken)
    {
        if (experiments.Count > 1 && query.View == LifecycleView.Deleted)
        {
            var withBin = await db.ReadAsync(s => s.QueryAsync<string>("SELECT id FROM experiments_experiments e WHERE EXISTS (SELECT 1 FROM experiments_runs r WHERE r.experiment_no = e.no AND r.deleted_at IS NOT NULL)"), cancellationToken);
            experiments = [.. experiments.Intersect(withBin)];
        }
        if (query.Limit is < 1 or > 1000) return Failure.Invalid("limit", query.Limit, "a number from 1 to 1000");
        if (query.Skip < 0 || (query.Skip > 0 && query.Cursor is not null)) return Failure.Invalid("skip", query.Skip, "a number from 0, and no cursor");
        if (!RunSort.Parse(query.Sort).TryGet(out var order, out var failure)) return failure;
        var found = await SearchAsync(new RunSearchSpec
        {
            Experiments = experiments,
            Filter = query.Filter,
            Order = order,
            View = query.View,
            NameContains = query.Search,
            Status = query.Status,
            Limit = query.Limit ?? 50,
            Token = query.Cursor,
            Skip = query.Skip ?? 0,
        }, cancellationToken);
        if (!found.TryGet(out var page, out failure)) return failure.Fields is [{ Field: "page_token" } token] ? Failure.Invalid("cursor", token.Given, token.Expected) : failure;
        return new Page<Run> { Items = [.. page.Runs.Select(r => r.ToRun())], NextCursor = page.NextToken };
    }

    /// <summary>How many runs of an experiment a query finds.</summary>
    public async Task<Result<RunCount>> CountAsync(string experimentId, RunQuery query, CancellationToken cancellationToken)
    {
        if (!FilterParser.Parse(query.Filter).TryGet(out var clauses, out var failure)) return failure;
        var no = await directory.NumberAsync(experimentId, cancellationToken);
        await journal.CatchUpAsync([no], cancellationToken);
        try
        {
            return await db.ReadAsync(async s =>
            {
                var sql = new SearchSql(s.Engine);
                var few = await FewAsync(s, clauses, no);
                if (few is []) return new RunCount(0);
                var where = await WhereAsync(s, sql, new RunSearchSpec { Experiments = [experimentId], View = query.View, NameContains = query.Search, Status = query.Status }, clauses, [no], few);
                return new RunCount(await s.ScalarAsync<long>($"SELECT COUNT(*) FROM experiments_runs r JOIN experiments_experiments e ON e.no = r.experiment_no WHERE {where}", sql.Args));
            }, cancellationToken);
        }
        catch (FailureException e)
        {
            return e.Failure;
        }
    }

    public async Task<Result<RunPage>> SearchAsync(RunSearchSpec spec, CancellationToken cancellationToken)
    {
        if (!FilterParser.Parse(spec.Filter).TryGet(out var clauses, out var failure)) return failure;
        if (spec.Order.GroupBy(o => o.Field).FirstOrDefault(g => g.Count() > 1) is { } twice) return Failure.Invalid("order_by", twice.Key.Key, "each field once: `order_by` contains duplicate fields");
        if (!Position.TryRead(spec.Token, out var start)) return Failure.Invalid("page_token", spec.Token, "the token of the page before, with the same search: Invalid page token");
        if (spec.Experiments.Count > MostExperiments) return Failure.Invalid("experiment_ids", $"{spec.Experiments.Count} experiments", $"at most {MostExperiments}");
        var experiments = new List<long>();
        foreach (var id in spec.Experiments.Distinct())
            if (await directory.NumberAsync(id, cancellationToken) is not 0 and var no) experiments.Add(no);
        if (experiments.Count == 0) return new RunPage([], null);
        await journal.CatchUpAsync(experiments, cancellationToken);
        try
        {
            return await db.ReadAsync(s => FindAsync(s, spec, clauses, experiments, start), cancellationToken);
        }
        catch (FailureException e)
        {
            return e.Failure;
        }
    }

    private async Task<RunPage> FindAsync(DbSession session, RunSearchSpec spec, IReadOnlyList<FilterClause> clauses, IReadOnlyList<long> experiments, Position start)
    {
        var sql = new SearchSql(session.Engine);
        var few = experiments.Count == 1 && start.Part <= 0 ? await FewAsync(session, clauses, experiments[0]) : null;
        if (few is []) return new RunPage([], null);
        var where = await WhereAsync(session, sql, spec, clauses, experiments, few);
        // A list that began in one piece goes on in one piece, and one in parts in parts, however many runs fulfil the filter by now.
        var whole = start.Part == Whole || (few is not null && string.IsNullOrEmpty(spec.Token));
        var plan = await RunOrder.PlanAsync(session, names, sql, spec.Order, clauses, whole ? [] : experiments, where);
        var rows = new List<RunRow>();
        var (part, offset) = (whole ? 0 : start.Part, start.Offset);
        if (part >= plan.Parts.Count) throw new FailureException(Failure.Invalid("page_token", spec.Token, "the token of the page before, with the same search: Invalid page token"));
        for (var skip = (long)spec.Skip; skip > 0; part++)
        {
            // The last part may be passed over whole; of the others it takes their count.
            var inPart = part + 1 < plan.Parts.Count ? await session.ScalarAsync<long>($"SELECT COUNT(*) FROM ({plan.Parts[part]}) p", sql.Args) : long.MaxValue;
            if (skip < inPart)
            {
                offset = skip;
                break;
            }
            skip -= inPart;
        }
        while (true)
        {
            var wanted = spec.Limit + 1 - rows.Count;
            var found = await session.QueryAsync<RunRow>($"{plan.Parts[part]} LIMIT {wanted} OFFSET {offset}", sql.Args);
            if (rows.Count + found.Count > spec.Limit)
            {
                // One more than the page takes: the next page begins with it.
                var kept = spec.Limit - rows.Count;
                rows.AddRange(found.Take(kept));
                return new RunPage(await RunReader.ReadAsync(session, rows), new Position(whole ? Whole : part, offset + kept).Write());
            }
            rows.AddRange(found);
            if (++part == plan.Parts.Count) return new RunPage(await RunReader.ReadAsync(session, rows), null);
            offset = 0;
        }
    }

    /// <summary>The numbers of the runs that fulfil the rarest of the comparisons which an index answers, if they are few; null where no index says so.</summary>
    private async Task<IReadOnlyList<long>?> FewAsync(DbSession session, IReadOnlyList<FilterClause> clauses, long experimentNo)
    {
        foreach (var clause in clauses)
        {
            var sql = new SearchSql(session.Engine);
            if (await RunFields.RangeAsync(session, names, sql, clause, experimentNo) is not { } range) continue;
            var found = await session.QueryAsync<long>($"SELECT v.run_no {range} LIMIT {Few + 1}", sql.Args);
            if (found.Count <= Few) return found;
        }
        return null;
    }

    /// <summary>The condition for what is searched for.</summary>
    private async Task<string> WhereAsync(DbSession session, SearchSql sql, RunSearchSpec spec, IReadOnlyList<FilterClause> clauses, IReadOnlyList<long> experiments, IReadOnlyList<long>? few = null)
    {
        // The '+' keeps SQLite from walking the experiment where the few are known.
        var where = new StringBuilder(few is not null ? $"r.no IN ({string.Join(',', few)}) AND +r.experiment_no = {sql.Arg(experiments[0])}"
            : experiments.Count == 1 ? $"r.experiment_no = {sql.Arg(experiments[0])}" : $"r.experiment_no IN {sql.Arg(experiments.ToArray())}");
        if (spec.View != LifecycleView.All) where.Append($" AND r.deleted_at IS {(spec.View == LifecycleView.Active ? "" : "NOT ")}NULL");
        if (spec.Status is { } status) where.Append($" AND r.status = {sql.Arg(RunRow.Text(status))}");
        if (!string.IsNullOrWhiteSpace(spec.NameContains)) where.Append($" AND LOWER(r.name) LIKE {sql.Arg(Names.LikePattern(spec.NameContains))} ESCAPE '\\'");
        foreach (var clause in clauses) where.Append(" AND ").Append(await RunFields.ConditionAsync(session, names, sql, clause));
        return where.ToString();
    }

    /// <summary>Where a page begins: the part of the list, and how many of it come before.</summary>
    private readonly record struct Position(int Part, long Offset)
    {
        public string Write() => Base64Url.EncodeToString(Encoding.ASCII.GetBytes(FormattableString.Invariant($"{Part}:{Offset}")));

        public static bool TryRead(string? token, out Position position)
        {
            position = default;
            if (string.IsNullOrEmpty(token)) return true;
            try
            {
                if (token.Length > 100 || Encoding.ASCII.GetString(Base64Url.DecodeFromChars(token)).Split(':') is not [var part, var offset]) return false;
                if (!int.TryParse(part, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var p) || !long.TryParse(offset, NumberStyles.None, CultureInfo.InvariantCulture, out var o)) return false;
                position = new Position(p, o);
                return p >= Whole;
            }
            catch (FormatException)
            {
                return false;
            }
        }
    }
}
