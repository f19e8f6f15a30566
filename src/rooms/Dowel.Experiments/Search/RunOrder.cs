using System.Text;
using Dowel.Experiments.Logging;
using Dowel.Experiments.Runs;
using Dowel.Kernel.Filters;
using Dowel.Kernel.Relational;

namespace Dowel.Experiments.Search;

/// <summary>The statements that give a list of runs in an order, part after part; a LIMIT and an OFFSET go behind them.</summary>
internal sealed record RunOrder(IReadOnlyList<string> Parts)
{
    public static async Task<RunOrder> PlanAsync(DbSession session, NameTable names, SearchSql sql, IReadOnlyList<OrderTerm> order, IReadOnlyList<FilterClause> clauses, IReadOnlyList<long> experiments, string where)
    {
        const string runs = $"SELECT {RunRow.Columns} FROM experiments_runs r JOIN experiments_experiments e ON e.no = r.experiment_no";
        // The first term's values lie sorted in an index, if they are of one experiment.
        var byValue = order.Count > 0 && RunFields.SortColumn(order[0]) is null && experiments.Count == 1;
        var joins = new StringBuilder();
        var terms = new List<string>();
        for (var i = byValue ? 1 : 0; i < order.Count; i++) await AddTermAsync(i);
        if (!order.Any(o => RunFields.SortColumn(o) == "r.started_at")) terms.Add("r.started_at DESC");
        terms.Add("r.id");
        var rest = string.Join(", ", terms);
        if (!byValue) return new RunOrder([$"{runs}{joins} WHERE {where} ORDER BY {rest}"]);

        var first = order[0];
        var isMetric = first.Field.Kind == FieldKind.Metric;
        var name = sql.Arg(await names.FindAsync(session, first.Field.Key));
        var table = RunFields.Table(first.Field.Kind);
        var direction = first.Descending ? "DESC" : "ASC";
        // SQLite takes the join in the order written, PostgreSQL finds it.
        var join = session.Engine == DbEngine.Sqlite ? "CROSS JOIN" : "JOIN";
        string Valued(string condition) => $"""
            SELECT {RunRow.Columns} FROM {table} o {join} experiments_runs r ON r.no = o.run_no JOIN experiments_experiments e ON e.no = r.experiment_no{joins}
            WHERE o.experiment_no = {sql.Arg(experiments[0])} AND o.name_no = {name}{condition} AND {where} ORDER BY o.{(isMetric ? "value" : "sort_value")} {direction}, {rest}
            """;
        var lacking = $"{runs}{joins} WHERE {where} AND NOT EXISTS (SELECT 1 FROM {table} o WHERE o.run_no = r.no AND o.name_no = {name}) ORDER BY {rest}";
        if (!isMetric) return new RunOrder([Valued(""), lacking]);

        // What the filter says of the very metric narrows the range of the index.
        var narrow = string.Concat(clauses.Where(c => c.Field == first.Field && c.Value.Number is not null && c.Operator is FilterOperator.Less or FilterOperator.LessOrEqual or FilterOperator.Greater or FilterOperator.GreaterOrEqual or FilterOperator.Equal)
            .Select(c => $" AND {sql.Real(c, "o.value")}"));
        return new RunOrder([Valued($" AND o.is_nan = 0{narrow}"), Valued(" AND o.is_nan = 1"), lacking]);

        async Task AddTermAsync(int i)
        {
            var term = order[i];
            var way = term.Descending ? "DESC" : "ASC";
            if (RunFields.SortColumn(term) is { } column)
            {
                if (column == "r.ended_at") terms.Add("CASE WHEN r.ended_at IS NULL THEN 1 ELSE 0 END");
                terms.Add($"{column} {way}");
                return;
            }
            joins.Append($" LEFT JOIN {RunFields.Table(term.Field.Kind)} o{i} ON o{i}.run_no = r.no AND o{i}.name_no = {sql.Arg(await names.FindAsync(session, term.Field.Key))}");
            if (term.Field.Kind == FieldKind.Metric)
            {
                terms.Add($"CASE WHEN o{i}.value IS NULL THEN 2 WHEN o{i}.is_nan = 1 THEN 1 ELSE 0 END");
                terms.Add($"o{i}.value {way}");
            }
            else
            {
                terms.Add($"CASE WHEN o{i}.value IS NULL THEN 1 ELSE 0 END");
                terms.Add($"o{i}.value {way}");
            }
        }
    }
}
