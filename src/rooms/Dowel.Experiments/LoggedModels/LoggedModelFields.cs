using Dowel.Contracts;
using Dowel.Experiments.Search;
using Dowel.Kernel.Filters;
using Dowel.Kernel.Results;

namespace Dowel.Experiments.LoggedModels;

/// <summary>What the fields of logged models mean in SQL, on <see cref="LoggedModelRow.From"/>. Source of their names: mlflow/utils/search_logged_model_utils.py.</summary>
internal static class LoggedModelFields
{
    private static readonly Dictionary<string, string> Attributes = new(StringComparer.Ordinal)
    {
        ["model_id"] = "m.id",
        ["experiment_id"] = "e.id",
        ["name"] = "m.name",
        ["artifact_location"] = "(RTRIM(e.artifact_location, '/') || '/models/' || m.id || '/artifacts')",
        ["creation_timestamp"] = "m.created_at",
        ["last_updated_timestamp"] = "m.updated_at",
        ["status"] = "m.status",
        ["model_type"] = "m.model_type",
        ["source_run_id"] = "m.source_run_id",
        ["lifecycle_stage"] = "CASE WHEN m.deleted_at IS NULL THEN 'active' ELSE 'deleted' END",
    };

    /// <summary>The condition of a comparison.</summary>
    /// <param name="sql">Takes the values.</param>
    /// <param name="clause">The comparison.</param>
    /// <param name="datasets">A condition on the datasets of metrics <c>v</c>, or empty.</param>
    public static string Condition(SearchSql sql, FilterClause clause, string datasets)
    {
        var isNull = clause.Operator is FilterOperator.IsNull or FilterOperator.IsNotNull;
        var not = clause.Operator == FilterOperator.IsNull ? "NOT " : "";
        switch (clause.Field.Kind)
        {
            case FieldKind.Metric:
                var value = isNull ? "" : clause.Operator == FilterOperator.NotEqual ? $" AND (v.is_nan = 1 OR {sql.Real(clause, "v.value")})" : $" AND v.is_nan = 0 AND {sql.Real(clause, "v.value")}";
                return $"{not}EXISTS (SELECT 1 FROM experiments_model_metrics v WHERE v.model_no = m.no AND v.name = {sql.Arg(clause.Field.Key)}{value}{datasets})";
            case FieldKind.Param or FieldKind.Tag:
                var table = clause.Field.Kind == FieldKind.Param ? "params" : "tags";
                return $"{not}EXISTS (SELECT 1 FROM experiments_model_{table} v WHERE v.model_no = m.no AND v.name = {sql.Arg(clause.Field.Key)}{(isNull ? "" : $" AND {sql.Text(Quoted(clause), "v.value", "v.sort_value")}")})";
            case FieldKind.Attribute:
                return Attribute(sql, clause, isNull);
            default:
                throw SearchSql.Wrong(clause, "attributes, metrics, params or tags", "Invalid entity type: 'datasets'. Expected one of ['attributes', 'metrics', 'params', 'tags'].");
        }
    }

    /// <summary>The expression to sort by.</summary>
    public static string SortColumn(string field)
        => Attributes.GetValueOrDefault(Canonical(field)) ?? throw new FailureException(new Failure(ErrorCodes.Invalid, $"Invalid order by field name: {field}", new FieldError("order_by", field, $"metrics.KEY, {string.Join(", ", Attributes.Keys)}")));

    private static string Attribute(SearchSql sql, FilterClause clause, bool isNull)
    {
        var key = Canonical(clause.Field.Key);
        if (!Attributes.TryGetValue(key, out var column))
            throw SearchSql.Wrong(clause, string.Join(", ", Attributes.Keys), $"Invalid attribute key '{clause.Field.Key}' specified. Valid keys are '{string.Join("', '", Attributes.Keys)}'");
        if (isNull) return clause.Operator == FilterOperator.IsNull ? "1 = 0" : "1 = 1";
        if (key is "creation_timestamp" or "last_updated_timestamp") return sql.Millis(clause, column);
        if (key == "status") clause = clause with { Value = clause.Value with { Texts = [.. clause.Value.Texts.Select(t => t.Replace("LOGGED_MODEL_", "", StringComparison.Ordinal))] } };
        return sql.Text(Quoted(clause), column);
    }

    // A number may stand for a text without quotes: params.lr = 0.01.
    private static FilterClause Quoted(FilterClause clause) => clause.Value.Number is { } number ? clause with { Value = new FilterValue(null, [number]) } : clause;

    private static string Canonical(string key) => key switch
    {
        "creation_time" or "creation_timestamp_ms" => "creation_timestamp",
        "last_updated_timestamp_ms" => "last_updated_timestamp",
        "artifact_uri" => "artifact_location",
        _ => key,
    };
}
