using Dowel.Kernel.Results;

namespace Dowel.Tables.Ingest;

/// <summary>A format that Dowel reads tables from.</summary>
public enum TableFormat
{
    /// <summary>Text with a header line; separated by commas, semicolons or tabs; UTF-8.</summary>
    Csv,
    /// <summary>Apache Parquet.</summary>
    Parquet,
    /// <summary>One JSON object a line; UTF-8.</summary>
    JsonLines,
}

/// <summary>A table at rest: one Parquet file.</summary>
/// <param name="Path">Where it is.</param>
/// <param name="RowCount">How many rows it has.</param>
/// <param name="ByteSize">How large the file is.</param>
/// <param name="Columns">Its columns, in order.</param>
public sealed record TableFile(string Path, long RowCount, long ByteSize, IReadOnlyList<ColumnSchema> Columns)
{
    /// <summary>Rows, size and columns of a Parquet file that Dowel itself wrote.</summary>
    /// <param name="path">The file.</param>
    /// <param name="ct">Stops it.</param>
    public static Task<Result<TableFile>> DescribeAsync(string path, CancellationToken ct = default) => TableIngest.DescribeAsync(path, ct);
}
