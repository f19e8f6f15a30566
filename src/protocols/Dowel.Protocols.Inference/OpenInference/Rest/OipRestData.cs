using System.Globalization;
using System.Text.Json;
using Dowel.Kernel.Results;
using Dowel.Kernel.Tensors;
using Dowel.Protocols.Inference.Wire;

namespace Dowel.Protocols.Inference.OpenInference.Rest;

/// <summary>Reads and writes tensor values in JSON: flat or nested lists in row-major order. A missing float (NaN) is null, in both directions; so is missing text.</summary>
internal static class OipRestData
{
    private delegate T ReadValue<T>(ref Utf8JsonReader reader, OipPlace place);

    public static Tensor Read(ref Utf8JsonReader reader, OipPlace place, string name, string datatype, long[] shape) => datatype switch
    {
        "INT64" => Read(ref reader, place, name, shape, static (ref Utf8JsonReader r, OipPlace p) => r.TokenType == JsonTokenType.Number && r.TryGetInt64(out var v) ? v : throw Bad(ref r, p, "INT64")),
        "FP32" => Read(ref reader, place, name, shape, static (ref Utf8JsonReader r, OipPlace p) => (float)Real(ref r, p, "FP32", float.MaxValue)),
        "FP64" => Read(ref reader, place, name, shape, static (ref Utf8JsonReader r, OipPlace p) => Real(ref r, p, "FP64", double.MaxValue)),
        "BYTES" => Read(ref reader, place, name, shape, static (ref Utf8JsonReader r, OipPlace p) => r.TokenType is JsonTokenType.String or JsonTokenType.Null ? r.GetString()! : throw Bad(ref r, p, "BYTES (text)")),
        "BOOL" => Read(ref reader, place, name, shape, static (ref Utf8JsonReader r, OipPlace p) => r.TokenType is JsonTokenType.True or JsonTokenType.False ? r.GetBoolean()
            : r.TokenType == JsonTokenType.Number && r.TryGetInt32(out var n) && n is 0 or 1 ? r.GetInt32() == 1 : throw Bad(ref r, p, "BOOL")),
        "INT32" => Read(ref reader, place, name, shape, static (ref Utf8JsonReader r, OipPlace p) => r.TokenType == JsonTokenType.Number && r.TryGetInt32(out var v) ? v : throw Bad(ref r, p, "INT32")),
        "INT16" => Read(ref reader, place, name, shape, static (ref Utf8JsonReader r, OipPlace p) => r.TokenType == JsonTokenType.Number && r.TryGetInt16(out var v) ? v : throw Bad(ref r, p, "INT16")),
        "INT8" => Read(ref reader, place, name, shape, static (ref Utf8JsonReader r, OipPlace p) => r.TokenType == JsonTokenType.Number && r.TryGetSByte(out var v) ? v : throw Bad(ref r, p, "INT8")),
        "UINT64" => Read(ref reader, place, name, shape, static (ref Utf8JsonReader r, OipPlace p) => r.TokenType == JsonTokenType.Number && r.TryGetUInt64(out var v) ? v : throw Bad(ref r, p, "UINT64")),
        "UINT32" => Read(ref reader, place, name, shape, static (ref Utf8JsonReader r, OipPlace p) => r.TokenType == JsonTokenType.Number && r.TryGetUInt32(out var v) ? v : throw Bad(ref r, p, "UINT32")),
        "UINT16" => Read(ref reader, place, name, shape, static (ref Utf8JsonReader r, OipPlace p) => r.TokenType == JsonTokenType.Number && r.TryGetUInt16(out var v) ? v : throw Bad(ref r, p, "UINT16")),
        "UINT8" => Read(ref reader, place, name, shape, static (ref Utf8JsonReader r, OipPlace p) => r.TokenType == JsonTokenType.Number && r.TryGetByte(out var v) ? v : throw Bad(ref r, p, "UINT8")),
        "FP16" => Read(ref reader, place, name, shape, static (ref Utf8JsonReader r, OipPlace p) => (Half)Real(ref r, p, "FP16", (double)Half.MaxValue)),
        "BF16" => throw OipRestReader.Wrong($"{place}.datatype", datatype, "FP32 in JSON; BF16 is taken as bytes (binary_data_size) and over gRPC"),
        _ => throw RawTensors.UnknownDatatype($"{place}", datatype),
    };

    public static void Write(Utf8JsonWriter writer, Tensor tensor)
    {
        writer.WriteStartArray();
        switch (tensor)
        {
            case Tensor<float> t:
                foreach (var v in t.Values) if (float.IsFinite(v)) writer.WriteNumberValue(v); else writer.WriteNullValue();
                break;
            case Tensor<double> t:
                foreach (var v in t.Values) if (double.IsFinite(v)) writer.WriteNumberValue(v); else writer.WriteNullValue();
                break;
            case Tensor<Half> t:
                foreach (var v in t.Values) if (Half.IsFinite(v)) writer.WriteNumberValue((float)v); else writer.WriteNullValue();
                break;
            case Tensor<long> t:
                foreach (var v in t.Values) writer.WriteNumberValue(v);
                break;
            case Tensor<ulong> t:
                foreach (var v in t.Values) writer.WriteNumberValue(v);
                break;
            case Tensor<bool> t:
                foreach (var v in t.Values) writer.WriteBooleanValue(v);
                break;
            case Tensor<string> t:
                foreach (var v in t.Values) writer.WriteStringValue(v);
                break;
            default:
                for (var i = 0; i < tensor.Count; i++) writer.WriteNumberValue(Convert.ToInt64(tensor[i], CultureInfo.InvariantCulture));
                break;
        }
        writer.WriteEndArray();
    }

    private static Tensor<T> Read<T>(ref Utf8JsonReader reader, OipPlace place, string name, long[] shape, ReadValue<T> value)
    {
        var count = Shapes.Count(shape, $"{place}.shape");
        if (reader.TokenType != JsonTokenType.StartArray)
        {
            if (count != 1) throw OipRestReader.Wrong($"{place}.data", OipRestReader.Kind(reader.TokenType), "a list of values");
            return new Tensor<T>(name, [value(ref reader, place)], shape);
        }
        var values = new T[Math.Min(count, 1024)];
        var n = 0;
        for (var depth = 1; depth > 0 && reader.Read();)
        {
            if (reader.TokenType == JsonTokenType.StartArray) depth++;
            else if (reader.TokenType == JsonTokenType.EndArray) depth--;
            else
            {
                if (n == count) throw OipRestReader.Wrong($"{place}.data", $"more than {count} values", $"{count} values, as the shape [{string.Join(", ", shape)}] says");
                if (n == values.Length) Array.Resize(ref values, (int)Math.Min(count, values.Length * 2L));
                values[n++] = value(ref reader, place);
            }
        }
        if (n != count) throw OipRestReader.Wrong($"{place}.data", $"{n} values", $"{count} values, as the shape [{string.Join(", ", shape)}] says");
        return new Tensor<T>(name, values, shape);
    }

    private static double Real(ref Utf8JsonReader reader, OipPlace place, string datatype, double max)
    {
        if (reader.TokenType == JsonTokenType.Null) return double.NaN;
        return reader.TokenType == JsonTokenType.Number && reader.TryGetDouble(out var v) && Math.Abs(v) <= max ? v : throw Bad(ref reader, place, datatype);
    }

    private static FailureException Bad(ref Utf8JsonReader reader, OipPlace place, string datatype)
    {
        object given = reader.TokenType switch
        {
            JsonTokenType.String => $"\"{reader.GetString()}\"",
            JsonTokenType.Number => System.Text.Encoding.UTF8.GetString(reader.ValueSpan),
            var kind => OipRestReader.Kind(kind),
        };
        return OipRestReader.Wrong($"{place}.data", given, $"values of {datatype}");
    }
}
