using System.Runtime.InteropServices;
using Dowel.Contracts;
using Dowel.Kernel.Ports;
using Dowel.Kernel.Tensors;
using Microsoft.ML.OnnxRuntime;
using Float16 = Microsoft.ML.OnnxRuntime.Float16;

namespace Dowel.Adapters.Onnx;

/// <summary>Inputs of a model: what they are, and values for them.</summary>
internal static class OnnxInput
{
    public static TensorSpec Spec(string name, NodeMetadata metadata)
    {
        if (metadata.OnnxValueType != OnnxValueType.ONNX_TYPE_TENSOR || OnnxTypes.DatatypeOf(metadata.ElementDataType) is not { } datatype)
            throw new ModelException($"The input '{name}' is no tensor of a type that can be sent ({Kind(metadata)}).");
        return new TensorSpec { Name = name, Datatype = datatype, Shape = [.. metadata.Dimensions.Select(d => d < 0 ? -1L : d)] };
    }

    public static string Kind(NodeMetadata metadata)
        => metadata.OnnxValueType == OnnxValueType.ONNX_TYPE_TENSOR ? $"tensor of {metadata.ElementDataType}" : metadata.OnnxValueType.ToString()["ONNX_TYPE_".Length..].ToLowerInvariant();

    /// <summary>A value over the tensor's own memory; text is copied.</summary>
    public static OrtValue ToValue(Tensor tensor, TensorSpec spec)
    {
        var shape = Shape(tensor, spec);
        return tensor switch
        {
            Tensor<float> t => OrtValue.CreateTensorValueFromMemory(t.Values, shape),
            Tensor<double> t => OrtValue.CreateTensorValueFromMemory(t.Values, shape),
            Tensor<long> t => OrtValue.CreateTensorValueFromMemory(t.Values, shape),
            Tensor<int> t => OrtValue.CreateTensorValueFromMemory(t.Values, shape),
            Tensor<short> t => OrtValue.CreateTensorValueFromMemory(t.Values, shape),
            Tensor<sbyte> t => OrtValue.CreateTensorValueFromMemory(t.Values, shape),
            Tensor<byte> t => OrtValue.CreateTensorValueFromMemory(t.Values, shape),
            Tensor<ushort> t => OrtValue.CreateTensorValueFromMemory(t.Values, shape),
            Tensor<uint> t => OrtValue.CreateTensorValueFromMemory(t.Values, shape),
            Tensor<ulong> t => OrtValue.CreateTensorValueFromMemory(t.Values, shape),
            Tensor<bool> t => OrtValue.CreateTensorValueFromMemory(t.Values, shape),
            Tensor<Half> t => OrtValue.CreateTensorValueFromMemory(MemoryMarshal.Cast<Half, Float16>(t.Values).ToArray(), shape),
            Tensor<string> t => Text(t, shape),
            _ => throw new ModelException($"The input '{tensor.Name}' is of type {tensor.Datatype}, which no ONNX model takes."),
        };
    }

    private static OrtValue Text(Tensor<string> tensor, long[] shape)
    {
        if (Array.IndexOf(tensor.Values, null) >= 0) throw new ModelException($"The input '{tensor.Name}' has a missing value; ONNX has none for text. Send an empty text if that is what the model learned.");
        var value = OrtValue.CreateTensorWithEmptyStrings(OrtAllocator.DefaultInstance, shape);
        for (var i = 0; i < tensor.Values.Length; i++) value.StringTensorSetElementAt(tensor.Values[i], i);
        return value;
    }

    /// <summary>The shape as the model knows it: a column may come as [n] where [n, 1] is meant, and the other way round.</summary>
    private static long[] Shape(Tensor tensor, TensorSpec spec)
    {
        if (tensor.Shape.Length == spec.Shape.Count) return tensor.Shape;
        long[] shape = [.. spec.Shape];
        var open = -1;
        var known = 1L;
        if (shape.Length > 0 && shape[0] < 0) shape[0] = tensor.Rows;
        for (var d = 0; d < shape.Length; d++)
        {
            if (shape[d] >= 0) known *= shape[d];
            else if (open < 0) open = d;
            // Two sizes are unknown; nothing tells which is meant.
            else return tensor.Shape;
        }
        if (open >= 0) shape[open] = known == 0 ? 0 : tensor.Count / known;
        return shape.Aggregate(1L, (a, b) => a * b) == tensor.Count ? shape : tensor.Shape;
    }
}
