using System.Globalization;
using Dapper;
using Dowel.Contracts;
using Dowel.Kernel.Filters;
using Dowel.Kernel.Relational;
using Dowel.Kernel.Results;

namespace Dowel.Experiments.Search;

/// <summary>Turns comparisons of a filter into SQL conditions; every value of a user is a parameter.</summary>
internal sealed class SearchSql(DbEngine engine)
{
    private int _count;

    public DynamicParameters Args { get; } = new();

    /// <summary>A parameter; its name with the '@'.</summary>
    public string Arg(object? value)
    {
        var name = $"f{_count++}";
        Args.Add(name, value);
        return $"@{name}";
    }

    /// <summary>Compares a text column. The comparisons that it takes are those of MLflow for texts.</summary>
    /// <param name="clause">The comparison.</param>
    /// <param name="column">The column's SQL.</param>
    /// <param name="sortColumn">A column with the text's beginning that is indexed, or null.</param>
    public string Text(FilterClause clause, string column, string? sortColumn = null)
    {
        if (clause.Value.Number is not null)
            throw Wrong(clause, "a quoted text, such as 'my-value'", $"Expected a quoted string value for {Name(clause)} (e.g. 'my-value'). Got value {clause.Value}");
        switch (clause.Operator)
        {
            case FilterOperator.In or FilterOperator.NotIn:
                if (clause.Value.Texts.Count == 0) throw Wrong(clause, "a list of texts");
                return $"{column} {(clause.Operator == FilterOperator.In ? "" : "NOT ")}IN {Arg(clause.Value.Texts.ToArray())}";
            case FilterOperator.Equal:
                var begins = sortColumn is null ? "" : $"{sortColumn} = {Arg(SortText.Of(clause.Value.Texts[0]))} AND ";
                return $"{begins}{column} = {Arg(clause.Value.Texts[0])}";
            case FilterOperator.NotEqual:
                return $"{column} <> {Arg(clause.Value.Texts[0])}";
            // LIKE without an escape character: '\' is a letter as any other, on both engines.
            case FilterOperator.Like:
                return $"{column} LIKE {Arg(clause.Value.Texts[0])}{Escape}";
            case FilterOperator.ILike:
                return $"LOWER({column}) LIKE LOWER({Arg(clause.Value.Texts[0])}){Escape}";
            default:
                throw Wrong(clause, "=, !=, LIKE, ILIKE, IN or NOT IN", $"Invalid comparator '{Symbol(clause.Operator)}' for {Name(clause)}: expected =, !=, LIKE, ILIKE, IN or NOT IN.");
        }
    }

    /// <summary>Compares a number column.</summary>
    public string Real(FilterClause clause, string column) => $"{column} {Comparator(clause)} {Arg(double.Parse(NumberOf(clause), NumberStyles.Float, CultureInfo.InvariantCulture))}";

    /// <summary>Compares a column of Unix microseconds with milliseconds.</summary>
    public string Millis(FilterClause clause, string column)
    {
        var given = NumberOf(clause);
        if (!decimal.TryParse(given, NumberStyles.Float, CultureInfo.InvariantCulture, out var millis) || Math.Abs(millis) > 9_000_000_000_000_000m) throw Wrong(clause, "a time in milliseconds since 1970");
        return $"({column} / 1000) {Comparator(clause)} {Arg((long)millis)}";
    }

    public static string Symbol(FilterOperator op) => op switch
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

    public static FailureException Wrong(FilterClause clause, string expected, string? message = null) => new(new Failure(ErrorCodes.Invalid,
        message ?? $"Invalid clause in filter: {Name(clause)} {Symbol(clause.Operator)} {clause.Value}: expected {expected}.",
        new FieldError("filter", $"{Name(clause)} {Symbol(clause.Operator)} {clause.Value}", expected) { Position = clause.Position }));

    private string Escape => engine == DbEngine.Postgres ? " ESCAPE ''" : "";

    private static string NumberOf(FilterClause clause)
        => clause.Value.Number ?? throw Wrong(clause, "a number", $"Expected numeric value type for {Name(clause)}. Found {clause.Value}");

    private static string Comparator(FilterClause clause) => clause.Operator switch
    {
        FilterOperator.NotEqual => "<>",
        FilterOperator.Equal or FilterOperator.Less or FilterOperator.LessOrEqual or FilterOperator.Greater or FilterOperator.GreaterOrEqual => Symbol(clause.Operator),
        _ => throw Wrong(clause, "=, !=, <, <=, > or >=", $"Invalid comparator '{Symbol(clause.Operator)}' for {Name(clause)}: expected =, !=, <, <=, > or >=."),
    };

    private static string Name(FilterClause clause) => $"{clause.Field.Kind.ToString().ToLowerInvariant()}.{clause.Field.Key}";
}
