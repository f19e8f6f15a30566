using System.Buffers.Binary;
using System.Text;
using Dowel.Features.Views;

namespace Dowel.Features.Online;

/// <summary>
/// A row as bytes, little-endian: format (1 byte), number of features it was written with (2), event time in Unix microseconds (8), order (8),
/// a bit for each feature that is missing, a slot of 8 bytes for each feature, then the text. A slot holds the value, or for text its offset and length.
/// Features are only ever added to a view, so a row of an older schema is one with fewer of them.
/// </summary>
internal readonly ref struct OnlineRow(ReadOnlySpan<byte> bytes)
{
    private const byte Format = 1;
    private const int Header = 19;
    private readonly ReadOnlySpan<byte> _bytes = bytes;
    private readonly int _slots = Header + ((BinaryPrimitives.ReadUInt16LittleEndian(bytes[1..]) + 7) / 8);

    public int FeatureCount => BinaryPrimitives.ReadUInt16LittleEndian(_bytes[1..]);
    public long EventMicros => BinaryPrimitives.ReadInt64LittleEndian(_bytes[3..]);
    public long Order => BinaryPrimitives.ReadInt64LittleEndian(_bytes[11..]);

    public bool IsMissing(int feature) => feature >= FeatureCount || (_bytes[Header + (feature >> 3)] & (1 << (feature & 7))) != 0;

    public long Bits(int feature) => BinaryPrimitives.ReadInt64LittleEndian(_bytes[(_slots + (feature * 8))..]);
    public double Float(int feature) => BitConverter.Int64BitsToDouble(Bits(feature));

    public string Text(int feature)
    {
        var slot = Bits(feature);
        return Encoding.UTF8.GetString(_bytes.Slice((int)(slot & 0xFFFFFFFF), (int)(slot >> 32)));
    }

    /// <summary>The value as an object; not for the hot path.</summary>
    public object? Value(int feature, FeatureType type) => IsMissing(feature) ? null : type switch
    {
        FeatureType.Boolean => Bits(feature) != 0,
        FeatureType.Int64 => Bits(feature),
        FeatureType.Float64 => Float(feature),
        _ => Text(feature),
    };

    /// <summary>Whether a row of this time and order is newer than a stored one: the later event wins, of equal ones the one pushed last.</summary>
    public bool IsOlderThan(long eventMicros, long order) => eventMicros > EventMicros || (eventMicros == EventMicros && order > Order);

    /// <summary>Writes a row into a buffer, made larger if needed; its length.</summary>
    public static int Write(ref byte[] buffer, Push.RowBatch rows, int row)
    {
        var features = rows.Columns.Length;
        var slots = Header + ((features + 7) / 8);
        var end = slots + (features * 8);
        if (buffer.Length < end) Array.Resize(ref buffer, end * 2);
        var span = buffer.AsSpan();
        span[..end].Clear();
        span[0] = Format;
        BinaryPrimitives.WriteUInt16LittleEndian(span[1..], (ushort)features);
        BinaryPrimitives.WriteInt64LittleEndian(span[3..], rows.Timestamps[row]);
        BinaryPrimitives.WriteInt64LittleEndian(span[11..], rows.Orders[row]);
        for (var i = 0; i < features; i++)
        {
            var cell = rows.Columns[i][row];
            if (cell.IsMissing)
            {
                span[Header + (i >> 3)] |= (byte)(1 << (i & 7));
                continue;
            }
            var slot = cell.Bits;
            if (cell.Text is { } text)
            {
                var length = Encoding.UTF8.GetByteCount(text);
                if (buffer.Length < end + length)
                {
                    Array.Resize(ref buffer, (end + length) * 2);
                    span = buffer.AsSpan();
                }
                Encoding.UTF8.GetBytes(text, span[end..]);
                slot = ((long)length << 32) | (uint)end;
                end += length;
            }
            BinaryPrimitives.WriteInt64LittleEndian(span[(slots + (i * 8))..], slot);
        }
        return end;
    }
}
