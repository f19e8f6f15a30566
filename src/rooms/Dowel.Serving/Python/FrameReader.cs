using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text;
using Dowel.Contracts;
using Dowel.Kernel.Ports;
using Dowel.Kernel.Tensors;

namespace Dowel.Serving.Python;

/// <summary>Reads the body of a frame from a worker. A worker runs code of strangers, so nothing in it is believed; what does not fit throws <see cref="InvalidDataException"/>.</summary>
internal ref struct FrameReader(ReadOnlySpan<byte> body)
{
    private readonly ReadOnlySpan<byte> _body = body;
    private int _at;

    public ModelOutput Output()
    {
        var tensors = new Tensor[UInt16()];
        for (var i = 0; i < tensors.Length; i++) tensors[i] = Tensor();
        return new ModelOutput(tensors, Tags(), Metrics());
    }

    public ModelSignature Signature() => new() { Inputs = Specs(), Outputs = Specs() };

    public string Text() => Encoding.UTF8.GetString(Take(UInt32()));

    private Dictionary<string, string>? Tags()
    {
        var count = UInt16();
        if (count == 0) return null;
        var tags = new Dictionary<string, string>();
        for (var i = 0; i < count; i++) tags[Text()] = Text();
        return tags;
    }

    private List<ModelMetric>? Metrics()
    {
        var count = UInt16();
        if (count == 0) return null;
        var metrics = new List<ModelMetric>();
        for (var i = 0; i < count; i++)
        {
            var kind = (ModelMetricKind)Take(1)[0];
            if (!Enum.IsDefined(kind)) throw Broken("a metric");
            var value = BinaryPrimitives.ReadDoubleLittleEndian(Take(8));
            metrics.Add(new ModelMetric(Text(), kind, value));
        }
        return metrics;
    }

    private TensorSpec[] Specs()
    {
        var specs = new TensorSpec[UInt16()];
        for (var i = 0; i < specs.Length; i++)
        {
            var (name, datatype, shape) = Head();
            specs[i] = new TensorSpec { Name = name, Datatype = datatype, Shape = shape };
        }
        return specs;
    }

    private Tensor Tensor()
    {
        var (name, datatype, shape) = Head();
        var size = BinaryPrimitives.ReadInt64LittleEndian(Take(8));
        Take((uint)(-_at & 7));
        if (size < 0 || size > _body.Length) throw Broken("a tensor's size");
        var data = Take((uint)size);
        return datatype switch
        {
            "BOOL" => Bools(name, shape, data),
            "INT8" => Numbers<sbyte>(name, shape, data),
            "INT16" => Numbers<short>(name, shape, data),
            "INT32" => Numbers<int>(name, shape, data),
            "INT64" => Numbers<long>(name, shape, data),
            "UINT8" => Numbers<byte>(name, shape, data),
            "UINT16" => Numbers<ushort>(name, shape, data),
            "UINT32" => Numbers<uint>(name, shape, data),
            "UINT64" => Numbers<ulong>(name, shape, data),
            "FP16" => Numbers<Half>(name, shape, data),
            "FP32" => Numbers<float>(name, shape, data),
            "FP64" => Numbers<double>(name, shape, data),
            _ => Texts(name, shape, data),
        };
    }

    private static Tensor<T> Numbers<T>(string name, long[] shape, ReadOnlySpan<byte> data) where T : unmanaged
    {
        var values = new T[Count(shape, data.Length)];
        var bytes = MemoryMarshal.AsBytes(values.AsSpan());
        if (bytes.Length != data.Length) throw Broken("a tensor's size");
        data.CopyTo(bytes);
        return new Tensor<T>(name, values, shape);
    }

    private static Tensor<bool> Bools(string name, long[] shape, ReadOnlySpan<byte> data)
    {
        var values = new bool[Count(shape, data.Length)];
        if (values.Length != data.Length) throw Broken("a tensor's size");
        for (var i = 0; i < values.Length; i++) values[i] = data[i] != 0;
        return new Tensor<bool>(name, values, shape);
    }

    private static Tensor<string> Texts(string name, long[] shape, ReadOnlySpan<byte> data)
    {
        var values = new string[Count(shape, data.Length / 4)];
        var at = 4 * values.Length;
        for (var i = 0; i < values.Length; i++)
        {
            var length = BinaryPrimitives.ReadUInt32LittleEndian(data[(4 * i)..]);
            if (length == WorkerFrames.MissingText) continue;
            if (length > data.Length - at) throw Broken("a text's length");
            values[i] = Encoding.UTF8.GetString(data.Slice(at, (int)length));
            at += (int)length;
        }
        if (at != data.Length) throw Broken("a tensor's size");
        return new Tensor<string>(name, values, shape);
    }

    // Elements of a shape; there are at most as many as bytes, so that a shape alone reserves no memory.
    private static int Count(long[] shape, int most)
    {
        if (Array.TrueForAll(shape, s => s >= 0) && Array.IndexOf(shape, 0) >= 0) return 0;
        var count = 1L;
        foreach (var size in shape)
        {
            if (size < 0 || (size > 0 && count > most / size)) throw Broken("a tensor's shape");
            count *= size;
        }
        return (int)count <= most ? (int)count : throw Broken("a tensor's shape");
    }

    private (string Name, string Datatype, long[] Shape) Head()
    {
        var head = Take(2);
        if (WorkerFrames.DatatypeOf(head[0]) is not { } datatype) throw Broken("a data type");
        var name = Encoding.UTF8.GetString(Take((uint)UInt16()));
        var shape = new long[head[1]];
        for (var d = 0; d < shape.Length; d++) shape[d] = BinaryPrimitives.ReadInt64LittleEndian(Take(8));
        return (name, datatype, shape);
    }

    private int UInt16() => BinaryPrimitives.ReadUInt16LittleEndian(Take(2));

    private uint UInt32() => BinaryPrimitives.ReadUInt32LittleEndian(Take(4));

    private ReadOnlySpan<byte> Take(uint count)
    {
        if (count > _body.Length - _at) throw Broken("its length");
        var span = _body.Slice(_at, (int)count);
        _at += (int)count;
        return span;
    }

    public static InvalidDataException Broken(string what) => new($"The worker sent a frame that cannot be: {what} does not fit.");
}
