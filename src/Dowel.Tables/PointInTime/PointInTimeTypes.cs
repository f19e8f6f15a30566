namespace Dowel.Tables.PointInTime;

/// <summary>The rows for which features are wanted: entity keys, an event timestamp, and any other columns, which are kept.</summary>
public sealed record EntityRows
{
    private EntityRows()
    {
    }

    /// <summary>Names of the columns, in order; empty for a Parquet file.</summary>
    public IReadOnlyList<string> Columns { get; private init; } = [];
    /// <summary>The rows, when they are in memory.</summary>
    public IReadOnlyList<object?[]>? Rows { get; private init; }
    /// <summary>The Parquet files, when they are on disk.</summary>
    public IReadOnlyList<string>? ParquetPaths { get; private init; }

    /// <summary>Rows in memory: values may be null, bool, numbers, text, <see cref="DateTime"/>, <see cref="DateTimeOffset"/>, <see cref="DateOnly"/>.</summary>
    /// <param name="columns">Names of the columns.</param>
    /// <param name="rows">The rows, each with a value a column.</param>
    public static EntityRows From(IReadOnlyList<string> columns, IReadOnlyList<object?[]> rows) => new() { Columns = columns, Rows = rows };

    /// <summary>Rows of Parquet files.</summary>
    /// <param name="paths">The files.</param>
    public static EntityRows FromParquet(params IReadOnlyList<string> paths) => new() { ParquetPaths = paths };
}

/// <summary>A table of feature values over time.</summary>
public sealed record FeatureTable
{
    /// <summary>Its name, for messages.</summary>
    public required string Name { get; init; }
    /// <summary>The Parquet files that make it up.</summary>
    public required IReadOnlyList<string> ParquetPaths { get; init; }
    /// <summary>The columns that identify the entity.</summary>
    public required IReadOnlyList<JoinKey> Keys { get; init; }
    /// <summary>The column that says when a value came to be true.</summary>
    public required string TimestampColumn { get; init; }
    /// <summary>The column that says when a row was written: of two rows with the same event timestamp the later written one counts.</summary>
    public string? CreatedColumn { get; init; }
    /// <summary>How old a value may be; null or zero: as old as it likes.</summary>
    public TimeSpan? Ttl { get; init; }
    /// <summary>The features wanted.</summary>
    public required IReadOnlyList<FeatureColumn> Features { get; init; }
}

/// <summary>A key by which entity rows and feature rows meet.</summary>
/// <param name="EntityColumn">The column of the entity rows.</param>
/// <param name="FeatureColumn">The column of the feature table.</param>
public sealed record JoinKey(string EntityColumn, string FeatureColumn);

/// <summary>A feature that is wanted.</summary>
/// <param name="Column">The column of the feature table.</param>
/// <param name="OutputName">The name in the result.</param>
public sealed record FeatureColumn(string Column, string OutputName);

/// <summary>The entity rows with their features.</summary>
/// <param name="Columns">The entity rows' columns, then the features.</param>
/// <param name="Rows">The rows in the order of the entity rows; values as in <see cref="Queries.QueryResult"/>.</param>
public sealed record PointInTimeResult(IReadOnlyList<ColumnSchema> Columns, IReadOnlyList<object?[]> Rows);
