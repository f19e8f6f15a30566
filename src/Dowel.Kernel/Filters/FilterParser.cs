using Dowel.Contracts;
using Dowel.Kernel.Results;

namespace Dowel.Kernel.Filters;

/// <summary>
/// Reads filters and orders in the grammar of MLflow's searches (mlflow/utils/search_utils.py): comparisons joined by AND, identifiers such as <c>metrics.loss</c> or <c>tags.`a b`</c>,
/// numbers and quoted texts. It knows the form alone; what a field means and which comparisons it takes is the room's to say. Linear in the text's length, without recursion.
/// </summary>
public static class FilterParser
{
    /// <summary>Characters of a filter.</summary>
    public const int MaxLength = 100_000;
    private const int MostClauses = 100;
    private const int MostListed = 10_000;

    /// <summary>Reads a filter; empty is no clause.</summary>
    /// <param name="filter">The filter.</param>
    public static Result<IReadOnlyList<FilterClause>> Parse(string? filter)
    {
        if (string.IsNullOrWhiteSpace(filter)) return Result.Ok<IReadOnlyList<FilterClause>>([]);
        if (filter.Length > MaxLength) return Failure.Invalid("filter", $"{filter.Length} characters", $"at most {MaxLength} characters");
        var scanner = new FilterScanner(filter);
        var clauses = new List<FilterClause>();
        try
        {
            do
            {
                if (clauses.Count == MostClauses) throw scanner.Error($"at most {MostClauses} comparisons");
                clauses.Add(Clause(scanner));
            }
            while (scanner.TryWord("AND"));
            if (!scanner.AtEnd) throw scanner.Error("AND or the end of the filter");
            return Result.Ok<IReadOnlyList<FilterClause>>(clauses);
        }
        catch (FilterSyntaxException e)
        {
            return Wrong("filter", filter, e);
        }
    }

    /// <summary>Reads one term of an order: a field, then ASC (the default) or DESC.</summary>
    /// <param name="term">The term.</param>
    public static Result<OrderTerm> ParseOrder(string? term)
    {
        if (string.IsNullOrWhiteSpace(term) || term.Length > MaxLength) return Failure.Invalid("order_by", term, "a field, such as metrics.loss, and ASC or DESC");
        var scanner = new FilterScanner(term);
        try
        {
            var field = Field(scanner, true);
            var descending = scanner.TryWord("DESC");
            if (!descending) scanner.TryWord("ASC");
            if (!scanner.AtEnd) throw scanner.Error("ASC, DESC or the end");
            return new OrderTerm(field, descending);
        }
        catch (FilterSyntaxException e)
        {
            return Wrong("order_by", term, e);
        }
    }

    private static Failure Wrong(string field, string text, FilterSyntaxException e)
    {
        var near = text.Length == 0 ? "" : e.Position >= text.Length ? "the end" : $"'{Cut(text[e.Position..])}'";
        return new Failure(ErrorCodes.Invalid, $"Invalid {field} '{Cut(text)}': at character {e.Position + 1}, near {near}: expected {e.Expected}.", new FieldError(field, text, e.Expected) { Position = e.Position });
    }

    private static string Cut(string text) => text.Length <= 100 ? text : text[..100] + "…";

    private static FilterClause Clause(FilterScanner scanner)
    {
        scanner.SkipSpace();
        var position = scanner.Position;
        var field = Field(scanner, false);
        if (scanner.TryWord("IS"))
        {
            var not = scanner.TryWord("NOT");
            if (!scanner.TryWord("NULL")) throw scanner.Error("NULL or NOT NULL");
            return new FilterClause(field, not ? FilterOperator.IsNotNull : FilterOperator.IsNull, new FilterValue(null, []), position);
        }
        var negated = scanner.TryWord("NOT");
        if (scanner.TryWord("IN")) return new FilterClause(field, negated ? FilterOperator.NotIn : FilterOperator.In, List(scanner), position);
        if (negated) throw scanner.Error("IN");
        var op = scanner.TryWord("LIKE") ? FilterOperator.Like : scanner.TryWord("ILIKE") ? FilterOperator.ILike : scanner.Comparison();
        return new FilterClause(field, op, Value(scanner), position);
    }

    private static FieldName Field(FilterScanner scanner, bool ordering)
    {
        scanner.SkipSpace();
        var start = scanner.Position;
        // A quoted name alone is an attribute: 'Run name' of older clients.
        if (scanner.TryQuoted(out var bare)) return new FieldName(FieldKind.Attribute, bare);
        var first = scanner.Identifier() ?? throw scanner.Error("a field, such as metrics.loss, params.depth, tags.team or attributes.status");
        if (!scanner.TryChar('.')) return new FieldName(FieldKind.Attribute, first);
        var kind = first.ToLowerInvariant() switch
        {
            "metric" or "metrics" => FieldKind.Metric,
            "parameter" or "parameters" or "param" or "params" => FieldKind.Param,
            "tag" or "tags" => FieldKind.Tag,
            "attribute" or "attributes" or "attr" or "run" => FieldKind.Attribute,
            "dataset" or "datasets" when !ordering => FieldKind.Dataset,
            _ => throw new FilterSyntaxException(start, $"an entity type of metrics, params, tags, attributes{(ordering ? "" : " or datasets")}; invalid entity type '{first}'"),
        };
        if (scanner.TryQuoted(out var quoted)) return new FieldName(kind, quoted);
        return new FieldName(kind, scanner.Key() ?? throw scanner.Error($"the key of the {kind.ToString().ToLowerInvariant()}"));
    }

    private static FilterValue Value(FilterScanner scanner)
    {
        scanner.SkipSpace();
        if (scanner.TryQuoted(out var text)) return new FilterValue(null, [text]);
        if (scanner.Number() is { } number) return new FilterValue(number, []);
        throw scanner.Error("a number or a quoted text");
    }

    private static FilterValue List(FilterScanner scanner)
    {
        scanner.SkipSpace();
        if (!scanner.TryChar('(')) throw scanner.Error("a list in parentheses, such as ('a', 'b')");
        var texts = new List<string>();
        do
        {
            scanner.SkipSpace();
            if (texts.Count > 0 && scanner.TryChar(')')) return new FilterValue(null, texts, IsList: true);
            if (!scanner.TryQuoted(out var text)) throw scanner.Error("a quoted text");
            if (texts.Count == MostListed) throw scanner.Error($"a list of at most {MostListed} texts");
            texts.Add(text);
            scanner.SkipSpace();
        }
        while (scanner.TryChar(','));
        return scanner.TryChar(')') ? new FilterValue(null, texts, IsList: true) : throw scanner.Error("',' or ')'");
    }
}
