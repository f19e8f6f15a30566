using System.Runtime.InteropServices;
using System.Text;
using System.Text.Unicode;
using Dowel.Kernel.Tensors;

namespace Dowel.Observability.Log;

/// <summary>
/// Tensors as bytes: name, data type, shape, the number of values kept and the values. Lists that are too large for a record are cut:
/// every tensor gets its share of the room and keeps its first values, so that the shape still says how many there were.
/// </summary>
internal static class TensorCodec
{
    /// <summary>Stands at the end of what was cut.</summary>
    public const string Truncated = "…[truncated]";

    private const int LongestName = 1000;
    // What a tensor takes beside its values, the letters of its name and its dimensions, at most: lengths, type, rank, count, the marker of a cut name.
    private const int Header = 28;
    private static readonly int TruncatedBytes = Encoding.UTF8.GetByteCount(Truncated);

    // The code is the place in the list; never change the order, only append.
    private static readonly string[] Types = ["", "BOOL", "INT8", "INT16", "INT32", "INT64", "UINT8", "UINT16", "UINT32", "UINT64", "FP16", "FP32", "FP64", "BYTES"];

    /// <summary>The most bytes that the list can take; exact for numbers.</summary>
    public static long UpperBound(IReadOnlyList<Tensor>? tensors)
    {
        if (tensors is null) return 1;
        var sum = 5L;
        for (var i = 0; i < tensors.Count; i++)
        {
            var tensor = tensors[i];
            sum += HeaderBytes(tensor);
            if (tensor is Tensor<string> text)
                foreach (var value in text.Values) sum += 5 + (3L * (value?.Length ?? 0));
            else sum += (long)tensor.Count * SizeOf(tensor);
        }
        return sum;
    }

    /// <summary>Writes a list that is known to fit.</summary>
    public static void Write(RecordWriter writer, IReadOnlyList<Tensor>? tensors)
    {
        writer.Length(tensors is null ? 0 : (uint)tensors.Count + 1);
        for (var i = 0; i < tensors?.Count; i++) WriteOne(writer, tensors[i], long.MaxValue);
    }

    /// <summary>Writes a list within a number of bytes, cutting what does not fit.</summary>
    public static void WriteCut(RecordWriter writer, IReadOnlyList<Tensor>? tensors, long room)
    {
        if (tensors is null || UpperBound(tensors) <= room)
        {
            Write(writer, tensors);
            return;
        }
        // Names and shapes first: where even they do not fit, the last tensors go, and a marker says how many.
        var (kept, headers) = (0, 200L);
        while (kept < tensors.Count && headers + HeaderBytes(tensors[kept]) <= room) headers += HeaderBytes(tensors[kept++]);
        writer.Length((uint)kept + 1 + (kept < tensors.Count ? 1u : 0));
        var left = room - headers;
        for (var i = 0; i < kept; i++)
        {
            var share = Math.Max(0, left / (kept - i));
            left -= WriteOne(writer, tensors[i], share);
        }
        if (kept < tensors.Count) WriteOne(writer, Tensor.Of(Truncated, [$"{tensors.Count - kept} more"]), long.MaxValue);
    }

    public static List<Tensor>? Read(ref RecordReader reader)
    {
        var count = reader.Length();
        if (count == 0) return null;
        var tensors = new List<Tensor>((int)count - 1);
        for (var i = 1; i < count; i++) tensors.Add(ReadOne(ref reader));
        return tensors;
    }

    /// <summary>Text of at most this many characters; cut between characters, with the marker.</summary>
    public static string? Cut(string? text, int most)
        => text is null || text.Length <= most ? text : string.Concat(text.AsSpan(0, char.IsHighSurrogate(text[most - 1]) ? most - 1 : most), Truncated);

    /// <summary>Writes one; returns the bytes its values took.</summary>
    private static long WriteOne(RecordWriter writer, Tensor tensor, long room)
    {
        writer.Text(Cut(tensor.Name, LongestName));
        writer.Byte((byte)Math.Max(1, Array.IndexOf(Types, tensor.Datatype)));
        writer.Byte((byte)tensor.Shape.Length);
        foreach (var size in tensor.Shape) writer.Int64(size);
        return tensor switch
        {
            Tensor<float> t => WriteValues(writer, t.Values, room),
            Tensor<long> t => WriteValues(writer, t.Values, room),
            Tensor<double> t => WriteValues(writer, t.Values, room),
            Tensor<bool> t => WriteValues(writer, t.Values, room),
            Tensor<int> t => WriteValues(writer, t.Values, room),
            Tensor<short> t => WriteValues(writer, t.Values, room),
            Tensor<sbyte> t => WriteValues(writer, t.Values, room),
            Tensor<byte> t => WriteValues(writer, t.Values, room),
            Tensor<ushort> t => WriteValues(writer, t.Values, room),
            Tensor<uint> t => WriteValues(writer, t.Values, room),
            Tensor<ulong> t => WriteValues(writer, t.Values, room),
            Tensor<Half> t => WriteValues(writer, t.Values, room),
            Tensor<string> t => WriteTexts(writer, t.Values, room),
            _ => throw new NotSupportedException($"A tensor of {tensor.Datatype} cannot be logged."),
        };
    }

    private static long WriteValues<T>(RecordWriter writer, T[] values, long room) where T : unmanaged
    {
        var bytes = MemoryMarshal.AsBytes(values.AsSpan());
        var size = values.Length == 0 ? 1 : bytes.Length / values.Length;
        var kept = (int)Math.Min(values.Length, room / size);
        writer.Length((uint)kept);
        writer.Bytes(bytes[..(kept * size)]);
        return (long)kept * size;
    }

    private static long WriteTexts(RecordWriter writer, string?[] values, long room)
    {
        if (room == long.MaxValue)
        {
            writer.Length((uint)values.Length);
            foreach (var value in values) writer.Text(value);
            return 0;
        }
        var (kept, used) = (0, 0L);
        string? last = null;
        for (; kept < values.Length; kept++)
        {
            var size = 5L + (values[kept] is { } text ? Encoding.UTF8.GetByteCount(text) : 0);
            if (used + size <= room)
            {
                used += size;
                continue;
            }
            // The value that no longer fits is kept in part.
            var bytes = room - used - 5 - TruncatedBytes;
            if (bytes > 0)
            {
                Utf8.FromUtf16(values[kept], new byte[bytes], out var characters, out _);
                last = Cut(values[kept], Math.Clamp(characters, 1, values[kept]!.Length - 1));
                used += 5 + Encoding.UTF8.GetByteCount(last!);
            }
            break;
        }
        writer.Length((uint)kept + (last is null ? 0u : 1));
        for (var i = 0; i < kept; i++) writer.Text(values[i]);
        if (last is not null) writer.Text(last);
        return used;
    }

    private static Tensor ReadOne(ref RecordReader reader)
    {
        var name = reader.Text() ?? "";
        var type = Types[reader.Byte()];
        var shape = new long[reader.Byte()];
        for (var i = 0; i < shape.Length; i++) shape[i] = reader.Int64();
        return type switch
        {
            "BOOL" => ReadValues<bool>(ref reader, name, shape),
            "INT8" => ReadValues<sbyte>(ref reader, name, shape),
            "INT16" => ReadValues<short>(ref reader, name, shape),
            "INT32" => ReadValues<int>(ref reader, name, shape),
            "INT64" => ReadValues<long>(ref reader, name, shape),
            "UINT8" => ReadValues<byte>(ref reader, name, shape),
            "UINT16" => ReadValues<ushort>(ref reader, name, shape),
            "UINT32" => ReadValues<uint>(ref reader, name, shape),
            "UINT64" => ReadValues<ulong>(ref reader, name, shape),
            "FP16" => ReadValues<Half>(ref reader, name, shape),
            "FP32" => ReadValues<float>(ref reader, name, shape),
            "FP64" => ReadValues<double>(ref reader, name, shape),
            _ => ReadTexts(ref reader, name, shape),
        };
    }

    private static Tensor<T> ReadValues<T>(ref RecordReader reader, string name, long[] shape) where T : unmanaged
    {
        var values = new T[reader.Length()];
        var target = MemoryMarshal.AsBytes(values.AsSpan());
        reader.Bytes(target.Length).CopyTo(target);
        return new(name, values, shape);
    }

    private static Tensor<string> ReadTexts(ref RecordReader reader, string name, long[] shape)
    {
        var values = new string[reader.Length()];
        for (var i = 0; i < values.Length; i++) values[i] = reader.Text()!;
        return new(name, values, shape);
    }

    private static long HeaderBytes(Tensor tensor) => Header + (3L * Math.Min(tensor.Name.Length, LongestName)) + (8L * tensor.Shape.Length);

    private static int SizeOf(Tensor tensor) => tensor switch
    {
        Tensor<double> or Tensor<long> or Tensor<ulong> => 8,
        Tensor<float> or Tensor<int> or Tensor<uint> => 4,
        Tensor<short> or Tensor<ushort> or Tensor<Half> => 2,
        _ => 1,
    };
}
