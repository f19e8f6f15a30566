using System.Buffers;
using DuckDB.NET.Data;

namespace Dowel.Tables.Segments;

/// <summary>A column of the relation that a log's records become.</summary>
/// <param name="Name">Its name.</param>
/// <param name="DuckType">Its DuckDB type, such as <c>BIGINT</c>.</param>
public sealed record SegmentColumn(string Name, string DuckType);

/// <summary>
/// Says how a record becomes bytes and how it becomes a row. One instance serves all threads.
/// </summary>
/// <remarks>
/// Records that an older version wrote are read again after an update: begin the payload with a version byte.
/// A column may be added (older segments read null) but not change its type.
/// </remarks>
/// <typeparam name="TRecord">The record.</typeparam>
public interface ISegmentCodec<TRecord>
{
    /// <summary>The columns of the relation, in the order in which <see cref="AppendRow"/> fills them.</summary>
    IReadOnlyList<SegmentColumn> Columns { get; }

    /// <summary>Writes the record as bytes. Called on the appending thread; should allocate nothing.</summary>
    /// <param name="output">Where to.</param>
    /// <param name="record">The record.</param>
    void Write(IBufferWriter<byte> output, in TRecord record);

    /// <summary>Reads what <see cref="Write"/> wrote.</summary>
    /// <param name="payload">The bytes of one record.</param>
    TRecord Read(ReadOnlySpan<byte> payload);

    /// <summary>Appends the values of one row, in the order of <see cref="Columns"/>; the caller ends the row.</summary>
    /// <param name="row">The row.</param>
    /// <param name="record">The record.</param>
    void AppendRow(IDuckDBAppenderRow row, in TRecord record);
}
