using Microsoft.ML.OnnxRuntime.Tensors;

namespace Dowel.Adapters.Onnx;

/// <summary>ONNX element types and the data types of the Open Inference Protocol.</summary>
internal static class OnnxTypes
{
    /// <summary>The data type, or null for one that no tensor of the protocol has (complex numbers, 8-bit floats).</summary>
    public static string? DatatypeOf(TensorElementType type) => type switch
    {
        TensorElementType.Bool => "BOOL",
        TensorElementType.Int8 => "INT8",
        TensorElementType.Int16 => "INT16",
        TensorElementType.Int32 => "INT32",
        TensorElementType.Int64 => "INT64",
        TensorElementType.UInt8 => "UINT8",
        TensorElementType.UInt16 => "UINT16",
        TensorElementType.UInt32 => "UINT32",
        TensorElementType.UInt64 => "UINT64",
        TensorElementType.Float16 => "FP16",
        TensorElementType.Float => "FP32",
        TensorElementType.Double => "FP64",
        TensorElementType.String => "BYTES",
        _ => null,
    };
}
