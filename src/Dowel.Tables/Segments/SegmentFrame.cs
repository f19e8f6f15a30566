using System.Buffers.Binary;
using System.IO.Hashing;

namespace Dowel.Tables.Segments;

/// <summary>
/// The frame around a record in a log file: a mark (4 bytes), the payload's length (4), its XxHash3 seeded with the length (8), the payload.
/// The mark lets a reader find the next record after a damaged one.
/// </summary>
internal static class SegmentFrame
{
    public const int HeaderSize = 16;
    private const uint Mark = 0x31_57_4C_44; // "DLW1"

    private static ReadOnlySpan<byte> MarkBytes => "DLW1"u8;

    public static void WriteHeader(Span<byte> header, ReadOnlySpan<byte> payload)
    {
        BinaryPrimitives.WriteUInt32LittleEndian(header, Mark);
        BinaryPrimitives.WriteInt32LittleEndian(header[4..], payload.Length);
        BinaryPrimitives.WriteUInt64LittleEndian(header[8..], XxHash3.HashToUInt64(payload, payload.Length));
    }

    /// <summary>The length of the payload of a whole and sound frame at the start of the bytes; -1: there is none.</summary>
    public static int TryRead(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length < HeaderSize || BinaryPrimitives.ReadUInt32LittleEndian(bytes) != Mark) return -1;
        var length = BinaryPrimitives.ReadInt32LittleEndian(bytes[4..]);
        if (length < 0 || length > bytes.Length - HeaderSize) return -1;
        return XxHash3.HashToUInt64(bytes.Slice(HeaderSize, length), length) == BinaryPrimitives.ReadUInt64LittleEndian(bytes[8..]) ? length : -1;
    }

    /// <summary>Where the next sound frame begins, at or after <paramref name="from"/>; -1: nowhere.</summary>
    public static int FindNext(ReadOnlySpan<byte> bytes, int from)
    {
        while (from <= bytes.Length - HeaderSize)
        {
            var hit = bytes[from..].IndexOf(MarkBytes);
            if (hit < 0) return -1;
            from += hit;
            if (TryRead(bytes[from..]) >= 0) return from;
            from++;
        }
        return -1;
    }
}
