namespace Dowel.Kernel.Filters;

/// <summary>One comparison of a filter: <c>metrics.loss &lt; 0.5</c>.</summary>
/// <param name="Field">What is compared.</param>
/// <param name="Operator">How.</param>
/// <param name="Value">With what.</param>
/// <param name="Position">Where it begins in the filter, from 0.</param>
public sealed record FilterClause(FieldName Field, FilterOperator Operator, FilterValue Value, int Position);

/// <summary>A field as a filter or an order names it.</summary>
/// <param name="Kind">What kind of field.</param>
/// <param name="Key">Its key, without the kind and quotes.</param>
public sealed record FieldName(FieldKind Kind, string Key);

/// <summary>One term of an order: <c>metrics.loss DESC</c>.</summary>
/// <param name="Field">By what.</param>
/// <param name="Descending">Whether the largest comes first.</param>
public sealed record OrderTerm(FieldName Field, bool Descending);

/// <summary>A value of a filter: a number as it was written, texts, or nothing (<c>IS NULL</c>).</summary>
/// <param name="Number">The number's text.</param>
/// <param name="Texts">One quoted text, or a list of them.</param>
/// <param name="IsList">Whether it was a list.</param>
public sealed record FilterValue(string? Number, IReadOnlyList<string> Texts, bool IsList = false)
{
    /// <summary>For people.</summary>
    public override string ToString() => Number ?? (IsList ? $"({string.Join(", ", Texts)})" : Texts.Count == 1 ? Texts[0] : "NULL");
}

/// <summary>The kinds of fields.</summary>
public enum FieldKind
{
    /// <summary><c>attributes.KEY</c>, or a bare key.</summary>
    Attribute,
    /// <summary><c>metrics.KEY</c>.</summary>
    Metric,
    /// <summary><c>params.KEY</c>.</summary>
    Param,
    /// <summary><c>tags.KEY</c>.</summary>
    Tag,
    /// <summary><c>datasets.KEY</c>.</summary>
    Dataset,
}

/// <summary>The comparisons.</summary>
public enum FilterOperator
{
    /// <summary><c>=</c></summary>
    Equal,
    /// <summary><c>!=</c></summary>
    NotEqual,
    /// <summary><c>&lt;</c></summary>
    Less,
    /// <summary><c>&lt;=</c></summary>
    LessOrEqual,
    /// <summary><c>&gt;</c></summary>
    Greater,
    /// <summary><c>&gt;=</c></summary>
    GreaterOrEqual,
    /// <summary><c>LIKE</c>: '%' for any text, '_' for one character.</summary>
    Like,
    /// <summary><c>ILIKE</c>: as LIKE, blind to case.</summary>
    ILike,
    /// <summary><c>IN (…)</c></summary>
    In,
    /// <summary><c>NOT IN (…)</c></summary>
    NotIn,
    /// <summary><c>IS NULL</c></summary>
    IsNull,
    /// <summary><c>IS NOT NULL</c></summary>
    IsNotNull,
}
