using System.Buffers;
using System.Buffers.Binary;
using System.Text;

namespace Dowel.Observability.Log;

/// <summary>Writes the parts of a record: little-endian numbers, lengths as LEB128, text as UTF-8.</summary>
internal readonly ref struct RecordWriter(IBufferWriter<byte> output)
{
    public IBufferWriter<byte> Output { get; } = output;

    public void Byte(byte value)
    {
        Output.GetSpan(1)[0] = value;
        Output.Advance(1);
    }

    public void Int64(long value)
    {
        BinaryPrimitives.WriteInt64LittleEndian(Output.GetSpan(8), value);
        Output.Advance(8);
    }

    public void Length(uint value)
    {
        var span = Output.GetSpan(5);
        Output.Advance(PutLength(span, value));
    }

    public void Bytes(ReadOnlySpan<byte> bytes)
    {
        bytes.CopyTo(Output.GetSpan(Math.Max(1, bytes.Length)));
        Output.Advance(bytes.Length);
    }

    /// <summary>A text, or null: its length plus one (0 for null), then its bytes.</summary>
    public void Text(string? text)
    {
        if (text is null)
        {
            Byte(0);
            return;
        }
        var count = Encoding.UTF8.GetByteCount(text);
        var span = Output.GetSpan(count + 5);
        var header = PutLength(span, (uint)count + 1);
        Output.Advance(header + Encoding.UTF8.GetBytes(text, span[header..]));
    }

    private static int PutLength(Span<byte> span, uint value)
    {
        var n = 0;
        for (; value >= 0x80; value >>= 7) span[n++] = (byte)(value | 0x80);
        span[n++] = (byte)value;
        return n;
    }
}

/// <summary>Reads what <see cref="RecordWriter"/> wrote.</summary>
internal ref struct RecordReader(ReadOnlySpan<byte> bytes)
{
    private ReadOnlySpan<byte> _rest = bytes;

    public byte Byte() => Bytes(1)[0];

    public int Int32() => BinaryPrimitives.ReadInt32LittleEndian(Bytes(4));

    public long Int64() => BinaryPrimitives.ReadInt64LittleEndian(Bytes(8));

    public uint Length()
    {
        var value = 0u;
        for (var shift = 0; ; shift += 7)
        {
            var b = Byte();
            value |= (uint)(b & 0x7F) << shift;
            if (b < 0x80) return value;
        }
    }

    public string? Text() => Length() is var length and > 0 ? Encoding.UTF8.GetString(Bytes((int)length - 1)) : null;

    public ReadOnlySpan<byte> Bytes(int count)
    {
        var taken = _rest[..count];
        _rest = _rest[count..];
        return taken;
    }
}
