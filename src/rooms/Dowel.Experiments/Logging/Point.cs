using System.Buffers.Binary;

namespace Dowel.Experiments.Logging;

/// <summary>One value of a run's metric, under its numbers.</summary>
/// <param name="Run">The run's number.</param>
/// <param name="Name">The name's number.</param>
/// <param name="Step">Step.</param>
/// <param name="At">Unix microseconds.</param>
/// <param name="IsNan">Whether it is NaN; the value is 0 then.</param>
/// <param name="Value">Value.</param>
internal readonly record struct Point(long Run, long Name, long Step, long At, bool IsNan, double Value) : IComparable<Point>
{
    public int CompareTo(Point other)
    {
        var c = Run.CompareTo(other.Run);
        if (c == 0) c = Name.CompareTo(other.Name);
        if (c == 0) c = Step.CompareTo(other.Step);
        if (c == 0) c = At.CompareTo(other.At);
        // Of two values of one step and time the larger is the last; NaN is before any.
        if (c == 0) c = other.IsNan.CompareTo(IsNan);
        return c != 0 ? c : Value.CompareTo(other.Value);
    }
}

/// <summary>The points of a call as the journal keeps them: a format byte, then 33 bytes a point, little endian.</summary>
internal static class PointCodec
{
    private const byte Format = 1;
    private const int Size = 33;

    public static byte[] Encode(ReadOnlySpan<Point> points)
    {
        var bytes = new byte[1 + points.Length * Size];
        bytes[0] = Format;
        var at = bytes.AsSpan(1);
        foreach (var point in points)
        {
            BinaryPrimitives.WriteInt64LittleEndian(at, point.Name);
            BinaryPrimitives.WriteInt64LittleEndian(at[8..], point.Step);
            BinaryPrimitives.WriteInt64LittleEndian(at[16..], point.At);
            at[24] = point.IsNan ? (byte)1 : (byte)0;
            BinaryPrimitives.WriteDoubleLittleEndian(at[25..], point.Value);
            at = at[Size..];
        }
        return bytes;
    }

    public static Point[] Decode(long run, ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length == 0 || bytes[0] != Format || (bytes.Length - 1) % Size != 0) throw new InvalidDataException("A record of the metrics journal is of a format that this version does not know.");
        var points = new Point[(bytes.Length - 1) / Size];
        for (var i = 0; i < points.Length; i++)
        {
            var at = bytes.Slice(1 + i * Size, Size);
            points[i] = new Point(run, BinaryPrimitives.ReadInt64LittleEndian(at), BinaryPrimitives.ReadInt64LittleEndian(at[8..]), BinaryPrimitives.ReadInt64LittleEndian(at[16..]), at[24] != 0, BinaryPrimitives.ReadDoubleLittleEndian(at[25..]));
        }
        return points;
    }
}
