using System.Buffers;
using System.Buffers.Binary;
using Dowel.Kernel.Ports;
using Dowel.Tables.Segments;
using DuckDB.NET.Data;

namespace Dowel.Observability.Log;

/// <summary>Predictions as bytes (of at most <see cref="MostBytes"/>, whatever was sent) and as rows.</summary>
internal sealed class PredictionCodec : ISegmentCodec<PredictionRecord>
{
    /// <summary>The most bytes of a record; larger tensors and texts are cut.</summary>
    public const int MostBytes = 1024 * 1024;

    private const byte Version = 1;
    private const int FixedBytes = 1 + 16 + 8 + (5 * 4);
    private const int LongestText = 1000;
    private const int LongestError = 10_000;
    // Beside the tensors: the fixed part and eight texts of at most three bytes a character.
    private const int MostBesideTensors = FixedBytes + (7 * ((3 * LongestText) + 50)) + (3 * LongestError) + 50;
    private const int RoomForTensors = MostBytes - MostBesideTensors;

    public IReadOnlyList<SegmentColumn> Columns { get; } =
    [
        new("id", "VARCHAR"), new("at_us", "BIGINT"), new("endpoint_id", "VARCHAR"), new("endpoint", "VARCHAR"), new("caller_id", "VARCHAR"), new("caller", "VARCHAR"),
        new("model", "VARCHAR"), new("deployment", "VARCHAR"), new("protocol", "VARCHAR"), new("status", "INTEGER"), new("error", "VARCHAR"), new("row_count", "INTEGER"),
        new("latency_us", "INTEGER"), new("features_us", "INTEGER"), new("model_us", "INTEGER"),
        new("inputs", "VARCHAR"), new("features", "VARCHAR"), new("outputs", "VARCHAR"), new("types", "VARCHAR"),
    ];

    public void Write(IBufferWriter<byte> output, in PredictionRecord record)
    {
        var span = output.GetSpan(FixedBytes);
        span[0] = Version;
        record.Id.TryWriteBytes(span[1..], bigEndian: true, out _);
        BinaryPrimitives.WriteInt64LittleEndian(span[17..], record.AtMicros);
        BinaryPrimitives.WriteInt32LittleEndian(span[25..], record.Status);
        BinaryPrimitives.WriteInt32LittleEndian(span[29..], record.Rows);
        BinaryPrimitives.WriteInt32LittleEndian(span[33..], record.LatencyMicros);
        BinaryPrimitives.WriteInt32LittleEndian(span[37..], record.FeaturesMicros);
        BinaryPrimitives.WriteInt32LittleEndian(span[41..], record.ModelMicros);
        output.Advance(FixedBytes);

        var writer = new RecordWriter(output);
        writer.Text(TensorCodec.Cut(record.EndpointId, LongestText));
        writer.Text(TensorCodec.Cut(record.Endpoint, LongestText));
        writer.Text(TensorCodec.Cut(record.CallerId, LongestText));
        writer.Text(TensorCodec.Cut(record.Caller, LongestText));
        writer.Text(TensorCodec.Cut(record.Model, LongestText));
        writer.Text(TensorCodec.Cut(record.Deployment, LongestText));
        writer.Text(TensorCodec.Cut(record.Protocol, LongestText));
        writer.Text(TensorCodec.Cut(record.Error, LongestError));

        var (inputs, features, outputs) = (TensorCodec.UpperBound(record.Inputs), TensorCodec.UpperBound(record.Features), TensorCodec.UpperBound(record.Outputs));
        if (inputs + features + outputs <= RoomForTensors)
        {
            TensorCodec.Write(writer, record.Inputs);
            TensorCodec.Write(writer, record.Features);
            TensorCodec.Write(writer, record.Outputs);
            return;
        }
        // Small lists stay whole; the large ones share what is left.
        var third = RoomForTensors / 3;
        var small = (inputs <= third ? inputs : 0) + (features <= third ? features : 0) + (outputs <= third ? outputs : 0);
        var large = (inputs > third ? 1 : 0) + (features > third ? 1 : 0) + (outputs > third ? 1 : 0);
        var share = (RoomForTensors - small) / Math.Max(1, large);
        TensorCodec.WriteCut(writer, record.Inputs, Math.Max(third, share));
        TensorCodec.WriteCut(writer, record.Features, Math.Max(third, share));
        TensorCodec.WriteCut(writer, record.Outputs, Math.Max(third, share));
    }

    public PredictionRecord Read(ReadOnlySpan<byte> payload)
    {
        var reader = new RecordReader(payload);
        if (reader.Byte() is var version and not Version) throw new InvalidDataException($"A prediction of form {version} is not known.");
        return new PredictionRecord
        {
            Id = new Guid(reader.Bytes(16), bigEndian: true),
            AtMicros = reader.Int64(),
            Status = reader.Int32(),
            Rows = reader.Int32(),
            LatencyMicros = reader.Int32(),
            FeaturesMicros = reader.Int32(),
            ModelMicros = reader.Int32(),
            EndpointId = reader.Text() ?? "",
            Endpoint = reader.Text() ?? "",
            CallerId = reader.Text() ?? "",
            Caller = reader.Text() ?? "",
            Model = reader.Text() ?? "",
            Deployment = reader.Text() ?? "",
            Protocol = reader.Text() ?? "",
            Error = reader.Text(),
            Inputs = TensorCodec.Read(ref reader),
            Features = TensorCodec.Read(ref reader),
            Outputs = TensorCodec.Read(ref reader),
        };
    }

    public void AppendRow(IDuckDBAppenderRow row, in PredictionRecord record)
    {
        var json = TensorJson.Own;
        row.AppendValue(record.Id.ToString("n")).AppendValue(record.AtMicros)
            .AppendValue(Plain(record.EndpointId)).AppendValue(Plain(record.Endpoint)).AppendValue(Plain(record.CallerId)).AppendValue(Plain(record.Caller))
            .AppendValue(Plain(record.Model)).AppendValue(Plain(record.Deployment)).AppendValue(Plain(record.Protocol))
            .AppendValue(record.Status).AppendValue(Plain(record.Error)).AppendValue(record.Rows)
            .AppendValue(record.LatencyMicros).AppendValue(record.FeaturesMicros).AppendValue(record.ModelMicros)
            .AppendValue(json.Values(record.Inputs)).AppendValue(json.Values(record.Features)).AppendValue(json.Values(record.Outputs))
            .AppendValue(json.Types(record.Inputs, record.Features, record.Outputs));
    }

    /// <summary>Without the character zero, which C strings end at.</summary>
    private static string? Plain(string? text) => text?.Replace('\0', '\uFFFD');
}
