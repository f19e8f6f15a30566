using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace Dowel.Tables.Queries;

/// <summary>Writes the answer to one query as frames: the head, rows as they come, the end.</summary>
internal sealed class ResultWriter(Stream stream) : IDisposable
{
    private const int FlushBytes = 64 * 1024;
    private readonly ArrayBufferWriter<byte> _rows = new();
    private Utf8JsonWriter? _json;

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
        if (content.Length > QueryFrames.MaxBytes) return false;
        stream.Write(QueryFrames.Encode(kind, content));
        stream.Flush();
        return true;
    }

    public void Dispose() => _json?.Dispose();
}
