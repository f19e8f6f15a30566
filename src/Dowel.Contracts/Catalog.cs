namespace Dowel.Contracts;

/// <summary>A dataset: a named table with versions, in the catalog.</summary>
public sealed record Dataset : ResourceInfo
{
    /// <summary>For JSON.</summary>
    public Dataset() { }
    /// <summary>With what every thing has in common.</summary>
    public Dataset(ResourceInfo info) : base(info) { }
    /// <summary>The newest version; null before the first upload.</summary>
    public DatasetVersion? Latest { get; init; }
}

/// <summary>One version of a dataset; never changes.</summary>
public sealed record DatasetVersion
{
    /// <summary>Number, from 1.</summary>
    public int Version { get; init; }
    /// <summary>Rows.</summary>
    public long Rows { get; init; }
    /// <summary>Size as stored, in bytes.</summary>
    public long Bytes { get; init; }
    /// <summary>SHA-256 of the stored table, hexadecimal.</summary>
    public string Hash { get; init; } = "";
    /// <summary>The columns.</summary>
    public IReadOnlyList<ColumnInfo> Columns { get; init; } = [];
    /// <summary>File name it came from, where known.</summary>
    public string? Source { get; init; }
    /// <summary>When it was added.</summary>
    public DateTimeOffset CreatedAt { get; init; }
    /// <summary>Who added it.</summary>
    public string CreatedBy { get; init; } = "";
}

/// <summary>Makes a dataset, empty at first.</summary>
public sealed record CreateDataset : ResourceSpec;

/// <summary>The profile of a dataset version.</summary>
public sealed record DatasetProfile
{
    /// <summary>Rows.</summary>
    public long Rows { get; init; }
    /// <summary>A profile a column, of the first 1000.</summary>
    public IReadOnlyList<ColumnProfile> Columns { get; init; } = [];
    /// <summary>How many columns come after those, without a profile.</summary>
    public int ColumnsLeftOut { get; init; }
    /// <summary>Pearson correlation of the numeric columns, the first fifty of them, over rows where both are present.</summary>
    public CorrelationMatrix Correlation { get; init; } = new();
}

/// <summary>The profile of one column.</summary>
public sealed record ColumnProfile
{
    /// <summary>Name.</summary>
    public string Name { get; init; } = "";
    /// <summary>Type.</summary>
    public string Type { get; init; } = "";
    /// <summary>Rows without a value (null or NaN).</summary>
    public long Missing { get; init; }
    /// <summary>Different values, exact.</summary>
    public long Distinct { get; init; }
    /// <summary>Smallest value, as text for dates and strings.</summary>
    public object? Min { get; init; }
    /// <summary>Largest value.</summary>
    public object? Max { get; init; }
    /// <summary>Arithmetic mean of finite values; null for columns without numbers.</summary>
    public double? Mean { get; init; }
    /// <summary>Sample standard deviation (n − 1).</summary>
    public double? Std { get; init; }
    /// <summary>Quantiles by linear interpolation, keyed 0.01, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99.</summary>
    public IReadOnlyDictionary<string, double> Quantiles { get; init; } = new Dictionary<string, double>();
    /// <summary>The ten most frequent values.</summary>
    public IReadOnlyList<ValueCount> Top { get; init; } = [];
    /// <summary>Histogram of the finite numbers; null for other columns.</summary>
    public HistogramData? Histogram { get; init; }
}

/// <summary>A value and how often it stands there.</summary>
/// <param name="Value">The value as text.</param>
/// <param name="Count">How often.</param>
public sealed record ValueCount(string Value, long Count);

/// <summary>A histogram: n + 1 edges and n counts; the last bin includes its upper edge.</summary>
/// <param name="Edges">Edges, ascending.</param>
/// <param name="Counts">Counts.</param>
public sealed record HistogramData(IReadOnlyList<double> Edges, IReadOnlyList<long> Counts);

/// <summary>A correlation matrix.</summary>
public sealed record CorrelationMatrix
{
    /// <summary>Names of rows and columns.</summary>
    public IReadOnlyList<string> Columns { get; init; } = [];
    /// <summary>Square, row by row; null where not defined.</summary>
    public IReadOnlyList<double?[]> Values { get; init; } = [];
}

/// <summary>A SQL query over the datasets that the caller may use: each is a table of its name, or "project"."name".</summary>
public sealed record SqlQuery
{
    /// <summary>One SELECT statement (DuckDB's SQL).</summary>
    public string Sql { get; init; } = "";
    /// <summary>Rows at most: 1 to 100000, default 1000.</summary>
    public int? Limit { get; init; }
}

/// <summary>What a query answered.</summary>
public sealed record SqlResult
{
    /// <summary>The columns.</summary>
    public IReadOnlyList<ColumnInfo> Columns { get; init; } = [];
    /// <summary>The rows.</summary>
    public IReadOnlyList<object?[]> Rows { get; init; } = [];
    /// <summary>Whether there were more rows than the limit.</summary>
    public bool Truncated { get; init; }
    /// <summary>How long it ran, in milliseconds.</summary>
    public double ElapsedMs { get; init; }
    /// <summary>The datasets it could read, by "project.name".</summary>
    public IReadOnlyList<string> Tables { get; init; } = [];
}
