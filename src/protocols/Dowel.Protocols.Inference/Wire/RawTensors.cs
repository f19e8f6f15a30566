using System.Buffers;
using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Unicode;
using Dowel.Kernel.Tensors;

namespace Dowel.Protocols.Inference.Wire;

/// <summary>
/// Tensors as raw bytes, the form of the binary tensor extension and of raw contents over gRPC: row-major, little-endian, one byte a BOOL;
/// BYTES as a 4-byte length before each text. BF16 is taken and becomes FP32, which holds all its values.
/// </summary>
internal static class RawTensors
{
    /// <summary>Reads a whole tensor.</summary>
    /// <param name="bytes">Its bytes, no more and no fewer.</param>
    /// <param name="name">Its name.</param>
    /// <param name="datatype">The data type that was claimed.</param>
    /// <param name="shape">The shape that was claimed.</param>
    /// <param name="field">Where it stands in the request, such as <c>inputs[0]</c>.</param>
    public static Tensor Read(in ReadOnlySequence<byte> bytes, string name, string datatype, long[] shape, string field)
    {
        var count = Shapes.Count(shape, $"{field}.shape");
        return datatype switch
        {
            "FP32" => Numbers<float>(bytes, name, shape, count, field),
            "FP64" => Numbers<double>(bytes, name, shape, count, field),
            "FP16" => Numbers<Half>(bytes, name, shape, count, field),
            "INT64" => Numbers<long>(bytes, name, shape, count, field),
            "INT32" => Numbers<int>(bytes, name, shape, count, field),
            "INT16" => Numbers<short>(bytes, name, shape, count, field),
            "INT8" => Numbers<sbyte>(bytes, name, shape, count, field),
            "UINT64" => Numbers<ulong>(bytes, name, shape, count, field),
            "UINT32" => Numbers<uint>(bytes, name, shape, count, field),
            "UINT16" => Numbers<ushort>(bytes, name, shape, count, field),
            "UINT8" => Numbers<byte>(bytes, name, shape, count, field),
            "BF16" => BFloats(Numbers<ushort>(bytes, name, shape, count, field)),
            "BOOL" => Bools(Numbers<byte>(bytes, name, shape, count, field), field),
            "BYTES" => new Tensor<string>(name, Texts(bytes, count, field), shape),
            _ => throw UnknownDatatype(field, datatype),
        };
    }

    /// <summary>Bytes that a tensor takes.</summary>
    public static long Size(Tensor tensor) => tensor switch
    {
        Tensor<string> t => t.Values.Sum(v => 4L + (v is null ? 0 : Encoding.UTF8.GetByteCount(v))),
        Tensor<bool> or Tensor<sbyte> or Tensor<byte> => tensor.Count,
        Tensor<short> or Tensor<ushort> or Tensor<Half> => 2L * tensor.Count,
        Tensor<int> or Tensor<uint> or Tensor<float> => 4L * tensor.Count,
        _ => 8L * tensor.Count,
    };

    /// <summary>Writes a tensor; missing text (null) is empty text, as the form has no other word for it.</summary>
    public static void Write(Tensor tensor, Span<byte> to)
    {
        switch (tensor)
        {
            case Tensor<string> t:
                foreach (var value in t.Values)
                {
                    var length = value is null ? 0 : Encoding.UTF8.GetBytes(value, to[4..]);
                    BinaryPrimitives.WriteInt32LittleEndian(to, length);
                    to = to[(4 + length)..];
                }
                break;
            case Tensor<float> t: MemoryMarshal.AsBytes<float>(t.Values).CopyTo(to); break;
            case Tensor<double> t: MemoryMarshal.AsBytes<double>(t.Values).CopyTo(to); break;
            case Tensor<Half> t: MemoryMarshal.AsBytes<Half>(t.Values).CopyTo(to); break;
            case Tensor<long> t: MemoryMarshal.AsBytes<long>(t.Values).CopyTo(to); break;
            case Tensor<int> t: MemoryMarshal.AsBytes<int>(t.Values).CopyTo(to); break;
            case Tensor<short> t: MemoryMarshal.AsBytes<short>(t.Values).CopyTo(to); break;
            case Tensor<sbyte> t: MemoryMarshal.AsBytes<sbyte>(t.Values).CopyTo(to); break;
            case Tensor<ulong> t: MemoryMarshal.AsBytes<ulong>(t.Values).CopyTo(to); break;
            case Tensor<uint> t: MemoryMarshal.AsBytes<uint>(t.Values).CopyTo(to); break;
            case Tensor<ushort> t: MemoryMarshal.AsBytes<ushort>(t.Values).CopyTo(to); break;
            case Tensor<byte> t: t.Values.CopyTo(to); break;
            case Tensor<bool> t: MemoryMarshal.AsBytes<bool>(t.Values).CopyTo(to); break;
            default: throw new NotSupportedException(tensor.Datatype);
        }
    }

    /// <summary>The text of some bytes; refuses what is no UTF-8, as a tensor of BYTES is text here.</summary>
    public static string Text(ReadOnlySpan<byte> utf8, string field)
        => Utf8.IsValid(utf8) ? Encoding.UTF8.GetString(utf8) : throw Shapes.Wrong(field, "bytes that are no UTF-8", "text in UTF-8; binary content is sent as base64");

    public static Kernel.Results.FailureException UnknownDatatype(string field, string datatype)
        => Shapes.Wrong($"{field}.datatype", datatype, $"one of {string.Join(", ", Datatypes.All.Order())}");

    private static Tensor<T> Numbers<T>(in ReadOnlySequence<byte> bytes, string name, long[] shape, int count, string field) where T : unmanaged
    {
        var size = (long)count * Marshal.SizeOf<T>();
        if (bytes.Length != size) throw Shapes.Wrong($"{field}.data", $"{bytes.Length} bytes", $"{size} bytes, as the shape {Shapes.Text(shape)} and the data type say");
        var values = GC.AllocateUninitializedArray<T>(count);
        bytes.CopyTo(MemoryMarshal.AsBytes(values.AsSpan()));
        return new Tensor<T>(name, values, shape);
    }

    private static Tensor<float> BFloats(Tensor<ushort> tensor)
        => new(tensor.Name, Array.ConvertAll(tensor.Values, v => BitConverter.UInt32BitsToSingle((uint)v << 16)), tensor.Shape);

    private static Tensor<bool> Bools(Tensor<byte> tensor, string field)
    {
        // Another byte would be a bool that is neither true nor false.
        if (tensor.Values.AsSpan().ContainsAnyExceptInRange((byte)0, (byte)1)) throw Shapes.Wrong($"{field}.data", tensor.Values.First(v => v > 1), "bytes of 0 or 1 for BOOL");
        return new(tensor.Name, Array.ConvertAll(tensor.Values, v => v == 1), tensor.Shape);
    }

    private static string[] Texts(in ReadOnlySequence<byte> bytes, int count, string field)
    {
        // Each text takes 4 bytes at least, so the room asked for is never more than was sent.
        if (bytes.Length < 4L * count) throw Shapes.Wrong($"{field}.data", $"{bytes.Length} bytes", $"{count} texts of BYTES, each after its length in 4 bytes");
        ReadOnlySpan<byte> data = bytes.IsSingleSegment ? bytes.FirstSpan : bytes.ToArray();
        var texts = new string[count];
        for (var i = 0; i < count; i++)
        {
            var length = data.Length >= 4 ? BinaryPrimitives.ReadInt32LittleEndian(data) : -1;
            if (length < 0 || length > data.Length - 4) throw Shapes.Wrong($"{field}.data", $"{data.Length} bytes for text {i}", "each text of BYTES after its length in 4 bytes, little-endian");
            texts[i] = Text(data.Slice(4, length), $"{field}.data");
            data = data[(4 + length)..];
        }
        if (!data.IsEmpty) throw Shapes.Wrong($"{field}.data", $"{data.Length} bytes after the last text", $"{count} texts, as the shape says");
        return texts;
    }
}
