using System.Buffers;
using System.Text.Json;
using Dowel.Kernel.Tensors;
using Dowel.Protocols.Inference.Wire;

namespace Dowel.Protocols.Inference.SeldonV1;

/// <summary>TensorFlow's tensor message as JSON, of the data types that models here take: float, double, int32, int64, bool and string.</summary>
internal static class SeldonTfTensor
{
    private const string Field = "data.tftensor";

    public static Tensor Read(JsonElement tensor)
    {
        var dtype = JsonTensors.Text(tensor, "dtype", $"{Field}.dtype") ?? "";
        long[] shape = tensor.TryGetProperty("tensorShape", out var given) && given.ValueKind == JsonValueKind.Object && given.TryGetProperty("dim", out var dims) && dims.ValueKind == JsonValueKind.Array
            ? [.. dims.EnumerateArray().Select(d => d.ValueKind == JsonValueKind.Object && d.TryGetProperty("size", out var size) ? Size(size, $"{Field}.tensorShape.dim") : 0)] : [];
        if (tensor.TryGetProperty("tensorContent", out var content))
        {
            if (content.ValueKind != JsonValueKind.String || !content.TryGetBytesFromBase64(out var bytes)) throw Shapes.Wrong($"{Field}.tensorContent", content.ValueKind, "base64");
            var datatype = dtype switch { "DT_FLOAT" => "FP32", "DT_DOUBLE" => "FP64", "DT_INT32" => "INT32", "DT_INT64" => "INT64", "DT_BOOL" => "BOOL", _ => throw Unknown(dtype) };
            return RawTensors.Read(new ReadOnlySequence<byte>(bytes), "data", datatype, shape, Field);
        }
        return dtype switch
        {
            "DT_FLOAT" => Values(tensor, "floatVal", shape, v => (float)Real(v)),
            "DT_DOUBLE" => Values(tensor, "doubleVal", shape, Real),
            "DT_INT32" => Values(tensor, "intVal", shape, v => checked((int)Whole(v, int.MinValue, int.MaxValue))),
            "DT_INT64" => Values(tensor, "int64Val", shape, v => Whole(v, long.MinValue, long.MaxValue)),
            "DT_BOOL" => Values(tensor, "boolVal", shape, v => v.ValueKind is JsonValueKind.True or JsonValueKind.False ? v.GetBoolean() : throw Bad(v, "true or false")),
            "DT_STRING" => Values(tensor, "stringVal", shape, v => v.ValueKind == JsonValueKind.String && v.TryGetBytesFromBase64(out var bytes) ? RawTensors.Text(bytes, Field) : throw Bad(v, "base64")),
            _ => throw Unknown(dtype),
        };
    }

    /// <summary>A list of sizes, which JSON of protobuf may write as text.</summary>
    public static long[] Sizes(JsonElement list, string field)
        => list.ValueKind == JsonValueKind.Array ? [.. list.EnumerateArray().Select(s => Size(s, field))] : throw Shapes.Wrong(field, list.ValueKind, "a list of sizes");

    private static long Size(JsonElement size, string field)
        => size.ValueKind == JsonValueKind.Number && size.TryGetInt64(out var number) ? number
            : size.ValueKind == JsonValueKind.String && long.TryParse(size.GetString(), System.Globalization.CultureInfo.InvariantCulture, out number) ? number
            : throw Shapes.Wrong(field, size.GetRawText(), "whole numbers");

    private static Tensor<T> Values<T>(JsonElement tensor, string member, long[] shape, Func<JsonElement, T> read)
    {
        var count = Shapes.Count(shape, $"{Field}.tensorShape");
        T[] values = tensor.TryGetProperty(member, out var list) && list.ValueKind == JsonValueKind.Array ? [.. list.EnumerateArray().Select(read)] : [];
        if (values.Length != count) throw Shapes.Wrong($"{Field}.{member}", $"{values.Length} values", $"{count} values, as the shape {Shapes.Text(shape)} says");
        return new("data", values, shape);
    }

    private static double Real(JsonElement value)
        => value.ValueKind == JsonValueKind.Number && value.TryGetDouble(out var number) && double.IsFinite(number) ? number
            : value.ValueKind == JsonValueKind.String && value.GetString() is "NaN" ? double.NaN : throw Bad(value, "numbers");

    private static long Whole(JsonElement value, long min, long max)
        => Size(value, Field) is var number && number >= min && number <= max ? number : throw Bad(value, $"whole numbers from {min} to {max}");

    private static Kernel.Results.FailureException Bad(JsonElement value, string expected) => Shapes.Wrong(Field, value.GetRawText(), expected);

    private static Kernel.Results.FailureException Unknown(string dtype) => Shapes.Wrong($"{Field}.dtype", dtype, "DT_FLOAT, DT_DOUBLE, DT_INT32, DT_INT64, DT_BOOL or DT_STRING");
}
