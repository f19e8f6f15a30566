using System.Buffers.Binary;
using System.Text.Json.Serialization;
using Dowel.Contracts;

namespace Dowel.Tables.Queries;

/// <summary>What a frame between the server and a query worker holds.</summary>
internal enum FrameKind : byte
{
    /// <summary>From the worker, once: it can take queries. Empty.</summary>
    Ready,
    /// <summary>To the worker: a <see cref="QueryRequest"/>.</summary>
    Query,
    /// <summary>From the worker: it has taken the query. Empty.</summary>
    Taken,
    /// <summary>From the worker: a <see cref="QueryHead"/>.</summary>
    Head,
    /// <summary>From the worker, any number: a JSON array of rows, each an array of values.</summary>
    Rows,
    /// <summary>From the worker: a <see cref="QueryEnd"/>; the result is whole.</summary>
    End,
    /// <summary>From the worker: a <see cref="QueryFailure"/>; what came before is void.</summary>
    Failed,
}

internal sealed record QueryRequest(QueryTable[] Tables, string Sql, QueryLimits Limits);

/// <param name="Columns">The columns of the rows that follow.</param>
/// <param name="Tables">Which tables of the request are read, by their place there.</param>
internal sealed record QueryHead(IReadOnlyList<QueryColumn> Columns, IReadOnlyList<int> Tables);

internal sealed record QueryEnd(bool Truncated, TimeSpan Elapsed);

internal sealed record QueryFailure(string Code, string Detail, IReadOnlyList<FieldError> Fields);

[JsonSerializable(typeof(QueryRequest)), JsonSerializable(typeof(QueryHead)), JsonSerializable(typeof(QueryEnd)), JsonSerializable(typeof(QueryFailure))]
internal sealed partial class QueryJson : JsonSerializerContext;

/// <summary>Frames on a pipe: four bytes of length, one of kind, the content.</summary>
internal static class QueryFrames
{
    /// <summary>The longest frame that a worker may send.</summary>
    public const int MaxBytes = 32 * 1024 * 1024;

    private const int HeadBytes = 5;

    public static byte[] Encode(FrameKind kind, ReadOnlySpan<byte> content)
    {
        var frame = new byte[HeadBytes + content.Length];
        BinaryPrimitives.WriteInt32LittleEndian(frame, content.Length);
        frame[HeadBytes - 1] = (byte)kind;
        content.CopyTo(frame.AsSpan(HeadBytes));
        return frame;
    }

    /// <summary>The next frame; null where the other side has closed, at whatever place.</summary>
    public static async ValueTask<(FrameKind Kind, byte[] Content)?> ReadAsync(Stream stream, int maxBytes)
    {
        var head = new byte[HeadBytes];
        if (await stream.ReadAtLeastAsync(head, HeadBytes, throwOnEndOfStream: false) < HeadBytes) return null;
        var length = BinaryPrimitives.ReadInt32LittleEndian(head);
        if (length < 0 || length > maxBytes) throw new InvalidDataException($"A frame of {length} bytes.");
        var content = new byte[length];
        if (await stream.ReadAtLeastAsync(content, length, throwOnEndOfStream: false) < length) return null;
        return ((FrameKind)head[^1], content);
    }
}
