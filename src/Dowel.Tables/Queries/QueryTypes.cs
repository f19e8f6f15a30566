namespace Dowel.Tables.Queries;

/// <summary>A table that a query may see.</summary>
/// <param name="Schema">The name before the dot: the project's.</param>
/// <param name="Name">The name after the dot: the dataset's.</param>
/// <param name="ParquetPaths">The Parquet files that make it up, at least one.</param>
public sealed record QueryTable(string Schema, string Name, IReadOnlyList<string> ParquetPaths);

/// <summary>What a query may use.</summary>
public sealed record QueryLimits
{
    /// <summary>The defaults.</summary>
    public static QueryLimits Default { get; } = new();

    /// <summary>How many rows are returned at most.</summary>
    public int MaxRows { get; init; } = 10_000;

    /// <summary>How much the returned values may weigh, roughly, in bytes; the rows after that are left out.</summary>
    public long MaxBytes { get; init; } = 64 * 1024 * 1024;

    /// <summary>How long the query may run.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>How much memory it may use, in mebibytes, beside what any process takes. Nothing is spilled to disk.</summary>
    public int MemoryMegabytes { get; init; } = 512;

    /// <summary>How many threads it may use.</summary>
    public int Threads { get; init; } = 2;
}

/// <summary>A column of a result.</summary>
/// <param name="Name">Its name; the second of two equal names has a suffix.</param>
/// <param name="Type">Its type, one of <see cref="ColumnTypes"/>.</param>
public sealed record QueryColumn(string Name, string Type);

/// <summary>The rows of a query.</summary>
/// <param name="Columns">The columns, in order.</param>
/// <param name="Rows">
/// The rows. Values are what JSON can say: null, bool, numbers, text, and <see cref="System.Text.Json.JsonElement"/> for lists, records and JSON.
/// Dates and times are ISO 8601 text (instants end in Z), bytes are base64; whole numbers past 64 bits, decimals past 28 digits, infinities and NaN are text.
/// </param>
/// <param name="Truncated">Whether there were more rows than a limit allows.</param>
/// <param name="Elapsed">How long it took.</param>
/// <param name="Tables">The tables that the query reads, for audit and lineage.</param>
public sealed record QueryResult(IReadOnlyList<QueryColumn> Columns, IReadOnlyList<object?[]> Rows, bool Truncated, TimeSpan Elapsed, IReadOnlyList<QueryTable> Tables);
