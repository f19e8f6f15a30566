using DuckDB.NET.Data;

namespace Dowel.Tables.Segments;

/// <summary>
/// A log as it stood at one moment: its Parquet segments and the records not yet made into Parquet. Several can be attached to one connection,
/// so that one query joins several logs. Keep it until the last query is done; disposing it lets replaced files go.
/// </summary>
public sealed class SegmentSnapshot : IDisposable
{
    private readonly SegmentFileSet _files;
    private readonly List<ParquetSegment> _parquet;
    private readonly List<LogSegment> _logs;
    private readonly string _columns;
    private readonly Fill _fill;
    private int _disposed;

    internal delegate void Fill(DuckDBConnection connection, string table, string columns, IReadOnlyList<LogSegment> logs, CancellationToken ct);

    internal SegmentSnapshot(SegmentFileSet files, List<ParquetSegment> parquet, List<LogSegment> logs, string columns, Fill fill) =>
        (_files, _parquet, _logs, _columns, _fill) = (files, parquet, logs, columns, fill);

    /// <summary>
    /// Makes the log a relation of the connection, under the given name. Records not yet in Parquet are copied into a temporary table.
    /// </summary>
    /// <param name="connection">An open connection that may read files (not confined).</param>
    /// <param name="relation">The name that queries use.</param>
    /// <param name="ct">Stops it.</param>
    public Task AttachAsync(DuckDBConnection connection, string relation, CancellationToken ct = default)
    {
        ObjectDisposedException.ThrowIf(_disposed != 0, this);
        return Task.Run(() => Attach(connection, relation, ct), ct);
    }

    private void Attach(DuckDBConnection connection, string relation, CancellationToken ct)
    {
        var tail = relation + "_tail";
        _fill(connection, tail, _columns, _logs, ct);
        // The tail comes first: it has every column of today, which older segments may lack.
        var parquet = _parquet.Count == 0 ? "" : $" UNION ALL BY NAME SELECT * FROM {Duck.ReadParquet([.. _parquet.Select(p => p.Path)])}";
        connection.Execute($"CREATE TEMP VIEW {Duck.Identifier(relation)} AS SELECT * FROM temp.main.{Duck.Identifier(tail)}{parquet}", ct);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (Interlocked.Exchange(ref _disposed, 1) == 0) _files.Release([.. _parquet.Select(p => p.Path), .. _logs.Select(l => l.Path)]);
    }
}
