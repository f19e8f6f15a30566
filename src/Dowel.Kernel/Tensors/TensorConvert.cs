using System.Globalization;
using System.Numerics;
using Dowel.Contracts;
using Dowel.Kernel.Results;

namespace Dowel.Kernel.Tensors;

/// <summary>Conversions between tensors and of plain values to tensors. Only casts that keep the value are made: integers widen, integers become floats where they are exact,
/// doubles become floats by rounding to the nearest (not past its range); numbers never become text, nor text numbers.</summary>
public static class TensorConvert
{
    /// <summary>The tensor in another data type; itself where it has it already.</summary>
    public static Result<Tensor> Cast(Tensor tensor, string datatype)
    {
        if (tensor.Datatype == datatype) return tensor;
        return datatype switch
        {
            "FP32" => Convert<float>(tensor, datatype),
            "FP64" => Convert<double>(tensor, datatype),
            "FP16" => Convert<Half>(tensor, datatype),
            "INT64" => Convert<long>(tensor, datatype),
            "INT32" => Convert<int>(tensor, datatype),
            "INT16" => Convert<short>(tensor, datatype),
            "INT8" => Convert<sbyte>(tensor, datatype),
            "UINT64" => Convert<ulong>(tensor, datatype),
            "UINT32" => Convert<uint>(tensor, datatype),
            "UINT16" => Convert<ushort>(tensor, datatype),
            "UINT8" => Convert<byte>(tensor, datatype),
            _ => Mismatch(tensor, datatype),
        };
    }

    /// <summary>A tensor of plain values (null, bool, numbers, strings, as JSON gives them) as a specification wants it, shape [n].</summary>
    public static Result<Tensor> FromValues(TensorSpec spec, IReadOnlyList<object?> values)
    {
        switch (spec.Datatype)
        {
            case "BYTES":
                if (values.FirstOrDefault(v => v is not (null or string)) is { } notText) return Failure.Invalid(spec.Name, notText, "text (BYTES)");
                return Tensor.Of(spec.Name, values.Select(v => (string)v!).ToArray(), values.Count);
            case "BOOL":
                if (values.Any(v => v is not bool)) return Failure.Invalid(spec.Name, values.First(v => v is not bool), "true or false (BOOL)");
                return Tensor.Of(spec.Name, values.Select(v => (bool)v!).ToArray(), values.Count);
            default:
                var numbers = new double[values.Count];
                var longs = new long[values.Count];
                var whole = true;
                for (var i = 0; i < numbers.Length; i++)
                    switch (values[i])
                    {
                        case null when spec.Datatype is "FP16" or "FP32" or "FP64": (numbers[i], whole) = (double.NaN, false); break;
                        case bool b: numbers[i] = longs[i] = b ? 1 : 0; break;
                        case string s when spec.Datatype.StartsWith("FP", StringComparison.Ordinal) && s is "NaN" or "Infinity" or "-Infinity":
                            (numbers[i], whole) = (double.Parse((string)values[i]!, CultureInfo.InvariantCulture), false);
                            break;
                        case sbyte or short or int or long or byte or ushort or uint: numbers[i] = longs[i] = System.Convert.ToInt64(values[i], CultureInfo.InvariantCulture); break;
                        case float or double or decimal: (numbers[i], whole) = (System.Convert.ToDouble(values[i], CultureInfo.InvariantCulture), false); break;
                        default: return Failure.Invalid(spec.Name, values[i], $"a number ({spec.Datatype})");
                    }
                return Cast(whole ? Tensor.Of(spec.Name, longs, longs.Length) : Tensor.Of(spec.Name, numbers, numbers.Length), spec.Datatype);
        }
    }

    private static Result<Tensor> Convert<TTo>(Tensor tensor, string datatype) where TTo : struct, INumber<TTo> => tensor switch
    {
        Tensor<long> t => Numbers<long, TTo>(t),
        Tensor<double> t => Numbers<double, TTo>(t),
        Tensor<float> t => Numbers<float, TTo>(t),
        Tensor<int> t => Numbers<int, TTo>(t),
        Tensor<short> t => Numbers<short, TTo>(t),
        Tensor<sbyte> t => Numbers<sbyte, TTo>(t),
        Tensor<byte> t => Numbers<byte, TTo>(t),
        Tensor<ushort> t => Numbers<ushort, TTo>(t),
        Tensor<uint> t => Numbers<uint, TTo>(t),
        Tensor<ulong> t => Numbers<ulong, TTo>(t),
        Tensor<Half> t => Numbers<Half, TTo>(t),
        Tensor<bool> t => new Tensor<TTo>(t.Name, Array.ConvertAll(t.Values, v => v ? TTo.One : TTo.Zero), t.Shape),
        _ => Mismatch(tensor, datatype),
    };

    private static Result<Tensor> Numbers<TFrom, TTo>(Tensor<TFrom> tensor) where TFrom : struct, INumber<TFrom> where TTo : struct, INumber<TTo>
    {
        var rounds = (typeof(TFrom) == typeof(double) || typeof(TFrom) == typeof(float)) && (typeof(TTo) == typeof(float) || typeof(TTo) == typeof(Half) || typeof(TTo) == typeof(double));
        var from = tensor.Values;
        var to = new TTo[from.Length];
        for (var i = 0; i < from.Length; i++)
        {
            var value = TTo.CreateSaturating(from[i]);
            var kept = rounds ? TTo.IsFinite(value) || !TFrom.IsFinite(from[i]) : TFrom.IsInteger(from[i]) && Int128.CreateSaturating(from[i]) == Int128.CreateSaturating(value);
            if (!kept) return Failure.Invalid(tensor.Name, from[i], $"a value that fits {Datatypes.Of<TTo>()} exactly");
            to[i] = value;
        }
        return new Tensor<TTo>(tensor.Name, to, tensor.Shape);
    }

    private static Failure Mismatch(Tensor tensor, string datatype) => Failure.Invalid(tensor.Name, tensor.Datatype, datatype);
}
