using System.Buffers;

namespace Dowel.Tables.Segments;

/// <summary>A thread's own reusable buffer in which records are framed before they are handed over.</summary>
internal sealed class FrameBuffer : IBufferWriter<byte>
{
    private const int KeepAtMost = 1024 * 1024;

    [ThreadStatic]
    private static FrameBuffer? t_own;

    private byte[] _bytes = new byte[1024];
    private int _length;
    private int _frameStart;

    public ReadOnlySpan<byte> Written => _bytes.AsSpan(0, _length);

    public static FrameBuffer Rent()
    {
        // Taken out while in use, so that a codec which appends to another log finds a fresh one.
        var buffer = t_own ?? new();
        t_own = null;
        buffer._length = 0;
        return buffer;
    }

    public void Return()
    {
        if (_bytes.Length > KeepAtMost) _bytes = new byte[1024];
        t_own = this;
    }

    public void BeginFrame()
    {
        _frameStart = _length;
        Reserve(SegmentFrame.HeaderSize);
        _length += SegmentFrame.HeaderSize;
    }

    /// <summary>Writes the frame's header; returns the payload's length.</summary>
    public int EndFrame()
    {
        var payload = _bytes.AsSpan(_frameStart + SegmentFrame.HeaderSize, _length - _frameStart - SegmentFrame.HeaderSize);
        SegmentFrame.WriteHeader(_bytes.AsSpan(_frameStart), payload);
        return payload.Length;
    }

    public void Advance(int count) => _length += count;

    public Memory<byte> GetMemory(int sizeHint = 0)
    {
        Reserve(Math.Max(sizeHint, 1));
        return _bytes.AsMemory(_length);
    }

    public Span<byte> GetSpan(int sizeHint = 0)
    {
        Reserve(Math.Max(sizeHint, 1));
        return _bytes.AsSpan(_length);
    }

    private void Reserve(int count)
    {
        if (_bytes.Length - _length < count) Array.Resize(ref _bytes, Math.Max(checked(_length + count), _bytes.Length * 2));
    }
}
