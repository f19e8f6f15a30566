using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Dowel.Contracts;
using Dowel.Kernel.Results;
using Dowel.Tables.Queries;

namespace Dowel.Tables.Workers;

/// <summary>Writes the answer to one piece of work as frames: a value, or rows as they come with a head and an end, or a failure.</summary>
internal sealed class AnswerWriter(Stream stream) : IDisposable
{
    private const int FlushBytes = 64 * 1024;
    private const int MaxDetailLength = 10_000;
    private readonly ArrayBufferWriter<byte> _rows = new();
    private Utf8JsonWriter? _json;

    /// <summary>Sends a result that is one value.</summary>
    public void Send<T>(Result<T> result)
    {
        if (!result.TryGet(out var value, out var failure)) Send(failure);
        else if (!TrySend(FrameKind.Value, JsonSerializer.SerializeToUtf8Bytes(value, DowelJson.Options))) Send(new Failure(ErrorCodes.TooLarge, $"The result is larger than {WorkerFrames.MaxBytes >> 20} MiB."));
    }

    /// <summary>Sends a failure; of a long message, the beginning.</summary>
    public void Send(Failure failure) => TrySend(
        FrameKind.Failed,
        new(failure.Code.Code, failure.Detail.Length > MaxDetailLength ? failure.Detail[..MaxDetailLength] + "…" : failure.Detail, failure.Fields),
        WorkerJson.Default.WorkFailure);

    /// <summary>Sends what is small enough for a frame.</summary>
    /// <returns>Whether it is.</returns>
    public bool TrySend<T>(FrameKind kind, T content, JsonTypeInfo<T> type) => TrySend(kind, JsonSerializer.SerializeToUtf8Bytes(content, type));

    /// <summary>Adds a row, which goes with the rows around it.</summary>
    /// <returns>Whether it is small enough for a frame.</returns>
    public bool TryAdd(object?[] row)
    {
        if (_json is null)
        {
            _json = new(_rows, new JsonWriterOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping });
            _json.WriteStartArray();
        }
        ResultRows.Write(_json, row);
        return _json.BytesCommitted + _json.BytesPending < FlushBytes || TryFlush();
    }

    /// <summary>Sends the rows that are left.</summary>
    public bool TryFlush()
    {
        if (_json is null) return true;
        _json.WriteEndArray();
        _json.Dispose();
        _json = null;
        var sent = TrySend(FrameKind.Rows, _rows.WrittenSpan);
        _rows.ResetWrittenCount();
        return sent;
    }

    private bool TrySend(FrameKind kind, ReadOnlySpan<byte> content)
    {
        if (content.Length > WorkerFrames.MaxBytes) return false;
        stream.Write(WorkerFrames.Encode(kind, content));
        stream.Flush();
        return true;
    }

    public void Dispose() => _json?.Dispose();
}
