using System.Buffers.Binary;
using System.Text.Json.Serialization;
using Dowel.Contracts;
using Dowel.Tables.Ingest;
using Dowel.Tables.Queries;

namespace Dowel.Tables.Workers;

/// <summary>What a frame between the server and a worker holds.</summary>
internal enum FrameKind : byte
{
    /// <summary>From the worker, once: it can take work. Empty.</summary>
    Ready,
    /// <summary>To the worker: a <see cref="QueryRequest"/>. Answered by a head, rows and an end.</summary>
    Query,
    /// <summary>To the worker: an <see cref="IngestRequest"/>. Answered by a value, a <see cref="TableFile"/>.</summary>
    Ingest,
    /// <summary>To the worker: a <see cref="ProfileRequest"/>. Answered by a value, a <see cref="Profiles.TableProfile"/>.</summary>
    Profile,
    /// <summary>From the worker: it has taken the work. Empty.</summary>
    Taken,
    /// <summary>From the worker: a <see cref="QueryHead"/>.</summary>
    Head,
    /// <summary>From the worker, any number: a JSON array of rows, each an array of values.</summary>
    Rows,
    /// <summary>From the worker: a <see cref="QueryEnd"/>; the result is whole.</summary>
    End,
    /// <summary>From the worker: the result, as JSON of <see cref="DowelJson"/>.</summary>
    Value,
    /// <summary>From the worker: a <see cref="WorkFailure"/>; what came before is void.</summary>
    Failed,
}

internal sealed record QueryRequest(QueryTable[] Tables, string Sql, QueryLimits Limits);

internal sealed record IngestRequest(string Source, TableFormat Format, string Target, JobLimits Limits);

internal sealed record ProfileRequest(string[] Paths, JobLimits Limits);

/// <param name="Columns">The columns of the rows that follow.</param>
/// <param name="Tables">Which tables of the request are read, by their place there.</param>
internal sealed record QueryHead(IReadOnlyList<QueryColumn> Columns, IReadOnlyList<int> Tables);

internal sealed record QueryEnd(bool Truncated, TimeSpan Elapsed);

internal sealed record WorkFailure(string Code, string Detail, IReadOnlyList<FieldError> Fields);

[JsonSerializable(typeof(QueryRequest)), JsonSerializable(typeof(IngestRequest)), JsonSerializable(typeof(ProfileRequest))]
[JsonSerializable(typeof(QueryHead)), JsonSerializable(typeof(QueryEnd)), JsonSerializable(typeof(WorkFailure))]
internal sealed partial class WorkerJson : JsonSerializerContext;

/// <summary>Frames on a pipe: four bytes of length, one of kind, the content.</summary>
internal static class WorkerFrames
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
