using System.Runtime.InteropServices;
using System.Text;
using Dowel.Contracts;
using Dowel.Kernel.Tensors;

namespace Dowel.Serving.Python;

/// <summary>What a frame is.</summary>
internal enum WorkerFrame : uint
{
    Load = 1,
    Predict = 2,
    Cancel = 3,
    Ready = 16,
    Failed = 17,
    Result = 18,
    Error = 19,
    Cancelled = 20,
}

/// <summary>Writes the frames to a worker; <c>runners/python/README.md</c> describes them.</summary>
internal static class WorkerFrames
{
    /// <summary>Length of what follows, kind, padding, request.</summary>
    public const int HeaderBytes = 12;
    public const uint MissingText = uint.MaxValue;

    private static readonly string[] Datatypes = ["", "BOOL", "INT8", "INT16", "INT32", "INT64", "UINT8", "UINT16", "UINT32", "UINT64", "FP16", "FP32", "FP64", "BYTES"];

    public static string? DatatypeOf(byte code) => code is > 0 and <= 13 ? Datatypes[code] : null;

    public static int Begin(FrameBuffer buffer, WorkerFrame kind, uint request)
    {
        var start = buffer.Length;
        buffer.UInt32(0);
        buffer.UInt32((uint)kind);
        buffer.UInt32(request);
        return start;
    }

    public static void Load(FrameBuffer buffer, string flavor, string folder, int memoryMb, ModelSignature? signature)
    {
        var start = Begin(buffer, WorkerFrame.Load, 0);
        Text(buffer, flavor);
        Text(buffer, folder);
        buffer.UInt32((uint)memoryMb);
        Specs(buffer, signature?.Inputs ?? []);
        Specs(buffer, signature?.Outputs ?? []);
        buffer.Close(start);
    }

    public static void Cancel(FrameBuffer buffer, uint request) => buffer.Close(Begin(buffer, WorkerFrame.Cancel, request));

    public static void Predict(FrameBuffer buffer, uint request, IReadOnlyList<Tensor> inputs)
    {
        var start = Begin(buffer, WorkerFrame.Predict, request);
        var body = buffer.Length;
        buffer.UInt16(inputs.Count);
        for (var i = 0; i < inputs.Count; i++) Write(buffer, body, inputs[i]);
        buffer.Close(start);
    }

    private static void Write(FrameBuffer buffer, int body, Tensor tensor)
    {
        Head(buffer, tensor.Name, tensor.Datatype, tensor.Shape);
        switch (tensor)
        {
            case Tensor<string> t: Texts(buffer, body, t.Values); break;
            case Tensor<float> t: Data(buffer, body, t.Values); break;
            case Tensor<double> t: Data(buffer, body, t.Values); break;
            case Tensor<long> t: Data(buffer, body, t.Values); break;
            case Tensor<int> t: Data(buffer, body, t.Values); break;
            case Tensor<bool> t: Data(buffer, body, t.Values); break;
            case Tensor<sbyte> t: Data(buffer, body, t.Values); break;
            case Tensor<short> t: Data(buffer, body, t.Values); break;
            case Tensor<byte> t: Data(buffer, body, t.Values); break;
            case Tensor<ushort> t: Data(buffer, body, t.Values); break;
            case Tensor<uint> t: Data(buffer, body, t.Values); break;
            case Tensor<ulong> t: Data(buffer, body, t.Values); break;
            case Tensor<Half> t: Data(buffer, body, t.Values); break;
            default: throw new NotSupportedException(tensor.Datatype);
        }
    }

    private static void Data<T>(FrameBuffer buffer, int body, T[] values) where T : struct
    {
        var bytes = MemoryMarshal.AsBytes(values.AsSpan());
        Align(buffer, body, bytes.Length);
        bytes.CopyTo(buffer.Take(bytes.Length));
    }

    private static void Texts(FrameBuffer buffer, int body, string?[] values)
    {
        var size = 4L * values.Length;
        foreach (var text in values) size += text is null ? 0 : Encoding.UTF8.GetByteCount(text);
        Align(buffer, body, size);
        foreach (var text in values) buffer.UInt32(text is null ? MissingText : (uint)Encoding.UTF8.GetByteCount(text));
        foreach (var text in values)
            if (text is { Length: > 0 }) Encoding.UTF8.GetBytes(text, buffer.Take(Encoding.UTF8.GetByteCount(text)));
    }

    // Arrays over the frame's own memory want their elements at multiples of their size.
    private static void Align(FrameBuffer buffer, int body, long size)
    {
        buffer.Int64(size);
        buffer.Take(-(buffer.Length - body) & 7).Clear();
    }

    private static void Head(FrameBuffer buffer, string name, string datatype, IReadOnlyList<long> shape)
    {
        buffer.Byte((byte)Array.IndexOf(Datatypes, datatype));
        buffer.Byte((byte)shape.Count);
        var length = Encoding.UTF8.GetByteCount(name);
        buffer.UInt16(length);
        Encoding.UTF8.GetBytes(name, buffer.Take(length));
        for (var d = 0; d < shape.Count; d++) buffer.Int64(shape[d]);
    }

    private static void Text(FrameBuffer buffer, string text)
    {
        var length = Encoding.UTF8.GetByteCount(text);
        buffer.UInt32((uint)length);
        Encoding.UTF8.GetBytes(text, buffer.Take(length));
    }

    private static void Specs(FrameBuffer buffer, IReadOnlyList<TensorSpec> specs)
    {
        buffer.UInt16(specs.Count);
        foreach (var spec in specs) Head(buffer, spec.Name, spec.Datatype, spec.Shape);
    }
}
