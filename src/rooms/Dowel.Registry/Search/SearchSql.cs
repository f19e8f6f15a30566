using System.Globalization;
using Dapper;
using Dowel.Contracts;
using Dowel.Kernel.Filters;
using Dowel.Kernel.Relational;
using Dowel.Kernel.Results;

namespace Dowel.Registry.Search;

/// <summary>Makes conditions of a filter's comparisons. Every value is a parameter.</summary>
internal sealed class SearchSql(DbEngine engine, DynamicParameters args)
{
    private static readonly FilterOperator[] OfText = [FilterOperator.Equal, FilterOperator.NotEqual, FilterOperator.Like, FilterOperator.ILike];
    private readonly List<string> _conditions = [];
    private int _count;

    public string Conditions => string.Concat(_conditions.Select(c => $" AND {c}"));

    public void Add(string condition) => _conditions.Add(condition);

    /// <summary>A comparison of a text.</summary>
    /// <param name="clause">The comparison.</param>
    /// <param name="column">The column.</param>
    /// <param name="sorted">A column with the beginning of the text, which an index has; null for none.</param>
    /// <param name="listed">Whether a list (IN) is allowed.</param>
    public void Text(FilterClause clause, string column, string? sorted = null, bool listed = false)
    {
        if (clause.Value.IsList && !listed) throw Bad("Only the 'run_id' attribute supports comparison with a list of quoted string values.");
        if (clause.Value is { IsList: true, Texts: var list })
        {
            if (clause.Operator is not FilterOperator.In) throw Comparator(clause);
            var name = $"f{_count++}";
            args.Add(name, list.ToArray());
            Add(list.Count == 0 ? "1 = 0" : $"{column} IN @{name}");
            return;
        }
        if (!OfText.Contains(clause.Operator)) throw Comparator(clause);
        if (clause.Value.Number is { } number) throw Bad($"Expected a quoted string value or a list of quoted string values for attributes. Got value {number}");
        Add(Compare(clause, column, sorted));
    }

    /// <summary>A comparison of a whole number.</summary>
    public void Number(FilterClause clause, string column)
    {
        var op = clause.Operator switch
        {
            FilterOperator.Equal => "=",
            FilterOperator.NotEqual => "<>",
            FilterOperator.Less => "<",
            FilterOperator.LessOrEqual => "<=",
            FilterOperator.Greater => ">",
            FilterOperator.GreaterOrEqual => ">=",
            _ => throw Bad($"Invalid comparator for attribute {clause.Field.Key}: {Name(clause.Operator)}"),
        };
        if (clause.Value.IsList) throw Bad("Only the 'run_id' attribute supports comparison with a list of quoted string values.");
        var text = clause.Value.Number ?? clause.Value.Texts[0];
        if (!double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var value)) throw Bad($"Expected a number for the attribute '{clause.Field.Key}'. Got value {text}");
        Add($"{column} {op} {Parameter(value)}");
    }

    /// <summary>A comparison of a tag's value; a thing without the tag is not found.</summary>
    public void Tag(FilterClause clause, string id, string table, string owner)
    {
        if (!OfText.Contains(clause.Operator)) throw Bad($"Invalid comparator for tag: {Name(clause.Operator)}");
        if (clause.Value.Number is { } number) throw Bad($"Expected a quoted string value for tag (e.g. 'my-value'). Got value {number}");
        Add($"{id} IN (SELECT t.{owner} FROM {table} t WHERE t.name = {Parameter(clause.Field.Key)} AND {Compare(clause, "t.value", "t.sort_value")})");
    }

    public string Parameter(object value)
    {
        var name = $"f{_count++}";
        args.Add(name, value);
        return $"@{name}";
    }

    public static FailureException Bad(string message) => new(new Failure(ErrorCodes.Invalid, message, new FieldError("filter", null, "a filter in MLflow's grammar")));

    public static FailureException Entity(FieldKind kind)
        => Bad($"Invalid entity type '{kind.ToString().ToLowerInvariant()}'. Valid entity types are ('attribute', 'tag', 'tags')");

    private string Compare(FilterClause clause, string column, string? sorted)
    {
        var value = clause.Value.Texts.Count == 1 ? clause.Value.Texts[0] : throw Comparator(clause);
        return clause.Operator switch
        {
            FilterOperator.Equal when sorted is not null => $"({sorted} = {Parameter(SortText.Of(value))} AND {column} = {Parameter(value)})",
            FilterOperator.Equal => $"{column} = {Parameter(value)}",
            FilterOperator.NotEqual => $"{column} <> {Parameter(value)}",
            // Without an escape character, as MLflow has it. LIKE minds case on both engines.
            FilterOperator.Like => $"{column} LIKE {Parameter(value)}{NoEscape}",
            _ => $"LOWER({column}) LIKE LOWER({Parameter(value)}){NoEscape}",
        };
    }

    private string NoEscape => engine == DbEngine.Postgres ? " ESCAPE ''" : "";

    private static FailureException Comparator(FilterClause clause) => Bad($"Invalid comparator for attribute: {Name(clause.Operator)}");

    private static string Name(FilterOperator op) => op switch
    {
        FilterOperator.Equal => "=",
        FilterOperator.NotEqual => "!=",
        FilterOperator.Less => "<",
        FilterOperator.LessOrEqual => "<=",
        FilterOperator.Greater => ">",
        FilterOperator.GreaterOrEqual => ">=",
        FilterOperator.Like => "LIKE",
        FilterOperator.ILike => "ILIKE",
        FilterOperator.In => "IN",
        FilterOperator.NotIn => "NOT IN",
        FilterOperator.IsNull => "IS NULL",
        _ => "IS NOT NULL",
    };
}
