using System.Buffers.Binary;

namespace Dowel.Serving.Python;

/// <summary>Bytes on their way to a worker; grows as needed, and lets go of what a large frame took.</summary>
internal sealed class FrameBuffer
{
    private const int Kept = 256 << 10;
    private byte[] _data = new byte[Kept];

    public int Length { get; private set; }

    public ReadOnlyMemory<byte> Written => _data.AsMemory(0, Length);

    /// <summary>The next bytes, to be filled.</summary>
    public Span<byte> Take(int count)
    {
        var needed = checked(Length + count);
        if (needed > _data.Length) Array.Resize(ref _data, (int)Math.Min(Math.Max(needed, 2L * _data.Length), Array.MaxLength));
        var span = _data.AsSpan(Length, count);
        Length = needed;
        return span;
    }

    public void Byte(byte value) => Take(1)[0] = value;

    public void UInt16(int value) => BinaryPrimitives.WriteUInt16LittleEndian(Take(2), checked((ushort)value));

    public void UInt32(uint value) => BinaryPrimitives.WriteUInt32LittleEndian(Take(4), value);

    public void Int64(long value) => BinaryPrimitives.WriteInt64LittleEndian(Take(8), value);

    /// <summary>Puts the length of a frame where it begins.</summary>
    public void Close(int start) => BinaryPrimitives.WriteUInt32LittleEndian(_data.AsSpan(start), (uint)(Length - start - 4));

    /// <summary>Takes back what was written since.</summary>
    public void Rewind(int length) => Length = length;

    public void Clear()
    {
        Length = 0;
        if (_data.Length > 4 * Kept) _data = new byte[Kept];
    }
}
