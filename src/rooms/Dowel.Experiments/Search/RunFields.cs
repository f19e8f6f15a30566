using Dowel.Contracts;
using Dowel.Experiments.Logging;
using Dowel.Kernel.Filters;
using Dowel.Kernel.Relational;
using Dowel.Kernel.Results;

namespace Dowel.Experiments.Search;

/// <summary>What the fields of runs mean in SQL, on <c>experiments_runs r</c> and <c>experiments_experiments e</c>. Source of their names: mlflow/utils/search_utils.py.</summary>
internal static class RunFields
{
    private const string Uri = "(RTRIM(e.artifact_location, '/') || '/' || r.id || '/artifacts')";
    private static readonly string[] Attributes = ["artifact_uri", "end_time", "run_id", "run_name", "start_time", "status", "user_id"];

    /// <summary>The condition of a comparison.</summary>
    public static async Task<string> ConditionAsync(DbSession session, NameTable names, SearchSql sql, FilterClause clause)
    {
        var isNull = clause.Operator is FilterOperator.IsNull or FilterOperator.IsNotNull;
        var not = clause.Operator == FilterOperator.IsNull ? "NOT " : "";
        switch (clause.Field.Kind)
        {
            case FieldKind.Metric:
                var metric = await names.FindAsync(session, clause.Field.Key);
                // NaN is unequal to everything and neither larger nor smaller.
                var value = isNull ? "" : clause.Operator == FilterOperator.NotEqual ? $" AND (v.is_nan = 1 OR {sql.Real(clause, "v.value")})" : $" AND v.is_nan = 0 AND {sql.Real(clause, "v.value")}";
                return $"{not}EXISTS (SELECT 1 FROM experiments_metrics v WHERE v.run_no = r.no AND v.name_no = {sql.Arg(metric)}{value})";
            case FieldKind.Param or FieldKind.Tag:
                var name = await names.FindAsync(session, clause.Field.Key);
                return $"{not}EXISTS (SELECT 1 FROM {Table(clause.Field.Kind)} v WHERE v.run_no = r.no AND v.name_no = {sql.Arg(name)}{(isNull ? "" : $" AND {sql.Text(clause, "v.value", "v.sort_value")}")})";
            case FieldKind.Dataset:
                var column = clause.Field.Key switch
                {
                    "name" => "d.name",
                    "digest" => "d.digest",
                    "context" => "i.context",
                    _ => throw SearchSql.Wrong(clause, "name, digest or context", $"Invalid dataset key '{clause.Field.Key}' specified. Valid keys are 'name', 'digest', 'context'"),
                };
                return $"{not}EXISTS (SELECT 1 FROM experiments_inputs i JOIN experiments_datasets d ON d.no = i.dataset_no WHERE i.run_no = r.no AND {(isNull ? $"{column} IS NOT NULL" : sql.Text(clause, column))})";
            default:
                return Attribute(sql, clause, isNull);
        }
    }

    /// <summary>The rows of one experiment that fulfil a comparison, as a range of the index over what was logged; null where there is none.</summary>
    public static async Task<string?> RangeAsync(DbSession session, NameTable names, SearchSql sql, FilterClause clause, long experimentNo)
    {
        var value = clause switch
        {
            { Field.Kind: FieldKind.Metric, Operator: FilterOperator.Equal or FilterOperator.Less or FilterOperator.LessOrEqual or FilterOperator.Greater or FilterOperator.GreaterOrEqual } => $"v.is_nan = 0 AND {sql.Real(clause, "v.value")}",
            { Field.Kind: FieldKind.Param or FieldKind.Tag, Operator: FilterOperator.Equal } => sql.Text(clause, "v.value", "v.sort_value"),
            _ => null,
        };
        return value is null ? null : $"FROM {Table(clause.Field.Kind)} v WHERE v.experiment_no = {sql.Arg(experimentNo)} AND v.name_no = {sql.Arg(await names.FindAsync(session, clause.Field.Key))} AND {value}";
    }

    /// <summary>The expression to sort by, for what is a column of the run; null for what is logged.</summary>
    public static string? SortColumn(OrderTerm term) => term.Field.Kind != FieldKind.Attribute ? null : Canonical(term.Field.Key) switch
    {
        "start_time" => "r.started_at",
        "end_time" => "r.ended_at",
        "run_name" => "r.name",
        "run_id" => "r.id",
        "status" => "r.status",
        "user_id" => "r.user_name",
        "artifact_uri" => Uri,
        _ => throw new FailureException(Unknown("order_by", term.Field.Key)),
    };

    /// <summary>The table of what is logged under a name.</summary>
    public static string Table(FieldKind kind) => kind switch
    {
        FieldKind.Metric => "experiments_metrics",
        FieldKind.Param => "experiments_params",
        _ => "experiments_tags",
    };

    private static string Attribute(SearchSql sql, FilterClause clause, bool isNull)
    {
        var key = Canonical(clause.Field.Key);
        if (!Attributes.Contains(key)) throw new FailureException(Unknown("filter", clause.Field.Key) with { Fields = [new FieldError("filter", clause.Field.Key, string.Join(", ", Attributes)) { Position = clause.Position }] });
        if (isNull) return key == "end_time" ? $"r.ended_at IS {(clause.Operator == FilterOperator.IsNull ? "" : "NOT ")}NULL" : clause.Operator == FilterOperator.IsNull ? "1 = 0" : "1 = 1";
        return key switch
        {
            "start_time" => sql.Millis(clause, "r.started_at"),
            "end_time" => sql.Millis(clause, "r.ended_at"),
            "run_name" => sql.Text(clause, "r.name"),
            "run_id" => sql.Text(clause, "r.id"),
            "status" => sql.Text(clause, "UPPER(r.status)"),
            "user_id" => sql.Text(clause, "r.user_name"),
            _ => sql.Text(clause, Uri),
        };
    }

    private static string Canonical(string key) => key switch
    {
        "created" or "Created" => "start_time",
        "run name" or "Run name" or "Run Name" => "run_name",
        _ => key,
    };

    private static Failure Unknown(string field, string key)
        => new(ErrorCodes.Invalid, $"Invalid attribute key '{key}' specified. Valid keys are '{string.Join("', '", Attributes)}'", new FieldError(field, key, string.Join(", ", Attributes)));
}
