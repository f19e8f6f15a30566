using System.Globalization;
using System.Runtime.InteropServices;
using Dowel.Contracts;
using Dowel.Kernel.Ports;
using Dowel.Kernel.Tensors;
using Microsoft.ML.OnnxRuntime;
using BFloat16 = Microsoft.ML.OnnxRuntime.BFloat16;
using Float16 = Microsoft.ML.OnnxRuntime.Float16;
using TensorElementType = Microsoft.ML.OnnxRuntime.Tensors.TensorElementType;

namespace Dowel.Adapters.Onnx;

/// <summary>An output of a model, and how its values become a tensor.</summary>
internal sealed class OnnxOutput
{
    private readonly Func<string, OrtValue, Tensor> _read;

    private OnnxOutput(TensorSpec spec, Func<string, OrtValue, Tensor> read) => (Spec, _read) = (spec, read);

    public TensorSpec Spec { get; }

    public Tensor Read(OrtValue value) => _read(Spec.Name, value);

    /// <summary>
    /// A tensor, or what converters of scikit-learn's classifiers put at the end of a graph (ZipMap): for each row a map from class to score,
    /// which becomes a matrix of a row for each and a column for each class, in the order of the classes.
    /// </summary>
    public static OnnxOutput Of(string name, NodeMetadata metadata)
    {
        switch (metadata.OnnxValueType)
        {
            case OnnxValueType.ONNX_TYPE_TENSOR when metadata.ElementDataType == TensorElementType.BFloat16:
                return new(SpecOf("FP32"), static (n, v) => new Tensor<float>(n, Array.ConvertAll(v.GetTensorDataAsSpan<BFloat16>().ToArray(), f => f.ToFloat()), v.GetTensorTypeAndShape().Shape));
            case OnnxValueType.ONNX_TYPE_TENSOR when OnnxTypes.DatatypeOf(metadata.ElementDataType) is { } datatype:
                return new(SpecOf(datatype), ReaderOf(metadata.ElementDataType));
            case OnnxValueType.ONNX_TYPE_SEQUENCE when metadata.AsSequenceMetadata().ElementMeta is { OnnxValueType: OnnxValueType.ONNX_TYPE_MAP } element
                && element.AsMapMetadata() is { KeyDataType: TensorElementType.Int64 or TensorElementType.String, ValueMetadata.ElementDataType: TensorElementType.Float }:
                return new(new TensorSpec { Name = name, Datatype = "FP32", Shape = [-1, -1], Description = "a column for each class, in order" }, ReadMaps);
            default:
                throw new ModelException($"The output '{name}' is of a kind that cannot be answered ({OnnxInput.Kind(metadata)}).");
        }

        TensorSpec SpecOf(string datatype) => new() { Name = name, Datatype = datatype, Shape = [.. metadata.Dimensions.Select(d => d < 0 ? -1L : d)] };
    }

    private static Func<string, OrtValue, Tensor> ReaderOf(TensorElementType type) => type switch
    {
        TensorElementType.Bool => Plain<bool>,
        TensorElementType.Int8 => Plain<sbyte>,
        TensorElementType.Int16 => Plain<short>,
        TensorElementType.Int32 => Plain<int>,
        TensorElementType.Int64 => Plain<long>,
        TensorElementType.UInt8 => Plain<byte>,
        TensorElementType.UInt16 => Plain<ushort>,
        TensorElementType.UInt32 => Plain<uint>,
        TensorElementType.UInt64 => Plain<ulong>,
        TensorElementType.Float => Plain<float>,
        TensorElementType.Double => Plain<double>,
        TensorElementType.Float16 => static (n, v) => new Tensor<Half>(n, MemoryMarshal.Cast<Float16, Half>(v.GetTensorDataAsSpan<Float16>()).ToArray(), v.GetTensorTypeAndShape().Shape),
        TensorElementType.String => static (n, v) => new Tensor<string>(n, v.GetStringTensorAsArray(), v.GetTensorTypeAndShape().Shape),
        _ => throw new NotSupportedException($"{type}"),
    };

    private static Tensor<T> Plain<T>(string name, OrtValue value) where T : unmanaged
        => new(name, value.GetTensorDataAsSpan<T>().ToArray(), value.GetTensorTypeAndShape().Shape);

    private static Tensor ReadMaps(string name, OrtValue sequence)
    {
        var rows = sequence.GetValueCount();
        float[] values = [];
        var classes = 0;
        for (var row = 0; row < rows; row++)
        {
            using var map = sequence.GetValue(row, OrtAllocator.DefaultInstance);
            using var scores = map.GetValue(1, OrtAllocator.DefaultInstance);
            var span = scores.GetTensorDataAsSpan<float>();
            if (row == 0) values = new float[rows * (classes = span.Length)];
            if (span.Length != classes) throw new ModelException($"The output '{name}' has scores for {classes} classes in the first row and for {span.Length} in row {(row + 1).ToString(CultureInfo.InvariantCulture)}.");
            span.CopyTo(values.AsSpan(row * classes));
        }
        return new Tensor<float>(name, values, [rows, classes]);
    }
}
