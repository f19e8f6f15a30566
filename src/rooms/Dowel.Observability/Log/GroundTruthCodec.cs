using System.Buffers;
using Dowel.Tables.Segments;
using DuckDB.NET.Data;

namespace Dowel.Observability.Log;

/// <summary>Ground truth of one prediction; the record with the largest <see cref="Sequence"/> counts.</summary>
/// <param name="PredictionId">Id of the prediction.</param>
/// <param name="EndpointId">Id of its endpoint.</param>
/// <param name="AtMicros">When it came.</param>
/// <param name="Sequence">Grows with each record.</param>
/// <param name="Values">A JSON array, a value a row.</param>
internal readonly record struct GroundTruthRecord(Guid PredictionId, string EndpointId, long AtMicros, long Sequence, string Values);

/// <summary>Ground truth as bytes and as rows.</summary>
internal sealed class GroundTruthCodec : ISegmentCodec<GroundTruthRecord>
{
    private const byte Version = 1;

    public IReadOnlyList<SegmentColumn> Columns { get; } =
        [new("prediction_id", "VARCHAR"), new("endpoint_id", "VARCHAR"), new("at_us", "BIGINT"), new("seq", "BIGINT"), new("labels", "VARCHAR")];

    public void Write(IBufferWriter<byte> output, in GroundTruthRecord record)
    {
        var writer = new RecordWriter(output);
        writer.Byte(Version);
        Span<byte> id = stackalloc byte[16];
        record.PredictionId.TryWriteBytes(id, bigEndian: true, out _);
        writer.Bytes(id);
        writer.Int64(record.AtMicros);
        writer.Int64(record.Sequence);
        writer.Text(record.EndpointId);
        writer.Text(record.Values);
    }

    public GroundTruthRecord Read(ReadOnlySpan<byte> payload)
    {
        var reader = new RecordReader(payload);
        if (reader.Byte() is var version and not Version) throw new InvalidDataException($"Ground truth of form {version} is not known.");
        var id = new Guid(reader.Bytes(16), bigEndian: true);
        var (at, sequence) = (reader.Int64(), reader.Int64());
        return new(id, reader.Text() ?? "", at, sequence, reader.Text() ?? "[]");
    }

    public void AppendRow(IDuckDBAppenderRow row, in GroundTruthRecord record)
        => row.AppendValue(record.PredictionId.ToString("n")).AppendValue(record.EndpointId).AppendValue(record.AtMicros).AppendValue(record.Sequence).AppendValue(record.Values);
}
