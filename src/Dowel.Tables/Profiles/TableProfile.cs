namespace Dowel.Tables.Profiles;

/// <summary>What a table looks like, column by column.</summary>
/// <param name="RowCount">How many rows it has.</param>
/// <param name="Columns">The columns, in order, up to <see cref="MaxColumns"/>.</param>
/// <param name="LeftOut">How many columns come after those.</param>
/// <param name="Correlations">Pearson's correlation between the numeric columns, the first fifty of them.</param>
public sealed record TableProfile(long RowCount, IReadOnlyList<ColumnProfile> Columns, int LeftOut, CorrelationMatrix Correlations)
{
    /// <summary>How many columns are profiled.</summary>
    public const int MaxColumns = 1000;
}

/// <summary>What a column looks like. Statistics of numbers leave out what is missing and what is infinite.</summary>
public sealed record ColumnProfile
{
    /// <summary>Its name.</summary>
    public required string Name { get; init; }
    /// <summary>Its type, one of <see cref="ColumnTypes"/>.</summary>
    public required string Type { get; init; }
    /// <summary>Values that are there: rows less <see cref="Missing"/>.</summary>
    public required long Count { get; init; }
    /// <summary>Values that are null or NaN.</summary>
    public required long Missing { get; init; }
    /// <summary><see cref="Missing"/> as a part of the rows, 0 to 1; 0 for an empty table.</summary>
    public required double MissingFraction { get; init; }
    /// <summary>Infinite values; they count as there, but no statistic contains them.</summary>
    public long Infinite { get; init; }
    /// <summary>Different values among those that are there; null for types that cannot be compared.</summary>
    public long? Distinct { get; init; }
    /// <summary>The smallest value: a number, or text (dates and times in ISO 8601).</summary>
    public object? Min { get; init; }
    /// <summary>The largest value.</summary>
    public object? Max { get; init; }
    /// <summary>The mean, of numbers.</summary>
    public double? Mean { get; init; }
    /// <summary>The sample standard deviation (n-1), of two numbers or more.</summary>
    public double? Std { get; init; }
    /// <summary>Quantiles of numbers, interpolated linearly between neighbours (type 7, as numpy does).</summary>
    public IReadOnlyList<Quantile> Quantiles { get; init; } = [];
    /// <summary>The ten most frequent values, the most frequent first.</summary>
    public IReadOnlyList<ValueCount> TopValues { get; init; } = [];
    /// <summary>The distribution of numbers and of dates and times; null for other types and where there is no value.</summary>
    public Histogram? Histogram { get; init; }
}

/// <summary>A quantile.</summary>
/// <param name="P">Its place, 0 to 1.</param>
/// <param name="Value">The value there.</param>
public sealed record Quantile(double P, double Value);

/// <summary>A value and how often it occurs.</summary>
/// <param name="Value">The value: bool, number or text.</param>
/// <param name="Count">How often.</param>
public sealed record ValueCount(object? Value, long Count);

/// <summary>Counts in bins of equal width.</summary>
/// <param name="Edges">The edges, one more than bins. Each bin holds its left edge; the last holds both. For dates and times: milliseconds since 1970 UTC.</param>
/// <param name="Counts">How many values lie in each bin.</param>
public sealed record Histogram(IReadOnlyList<double> Edges, IReadOnlyList<long> Counts);

/// <summary>Pearson's correlation of every pair of numeric columns, over the rows in which both have a finite value.</summary>
/// <param name="Columns">The columns.</param>
/// <param name="Values">One row a column; null where a column is constant or fewer than two rows remain.</param>
public sealed record CorrelationMatrix(IReadOnlyList<string> Columns, IReadOnlyList<IReadOnlyList<double?>> Values);
