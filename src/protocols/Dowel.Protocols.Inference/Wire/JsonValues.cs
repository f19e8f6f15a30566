using System.Text.Json;
using Dowel.Kernel.Tensors;

namespace Dowel.Protocols.Inference.Wire;

/// <summary>Writes tensors as JSON without data types.</summary>
internal static class JsonValues
{
    /// <summary>Nested lists, as the shape says.</summary>
    public static void WriteNested(Utf8JsonWriter writer, Tensor tensor)
    {
        var at = 0;
        WriteNested(writer, tensor, 0, ref at);
    }

    /// <summary>What a tensor has in one row: a value, or nested lists where a row has several.</summary>
    public static void WriteRow(Utf8JsonWriter writer, Tensor tensor, int row)
    {
        var width = tensor.Rows == 0 ? 0 : tensor.Count / tensor.Rows;
        var at = row * width;
        if (width == 1) WriteValue(writer, tensor[at]);
        else WriteNested(writer, tensor, 1, ref at);
    }

    /// <summary>One value; a missing number or text is null.</summary>
    public static void WriteValue(Utf8JsonWriter writer, object? value)
    {
        switch (value)
        {
            case string text: writer.WriteStringValue(text); break;
            case bool truth: writer.WriteBooleanValue(truth); break;
            case float number when float.IsFinite(number): writer.WriteNumberValue(number); break;
            case double number when double.IsFinite(number): writer.WriteNumberValue(number); break;
            case Half number when Half.IsFinite(number): writer.WriteNumberValue((float)number); break;
            case null or float or double or Half: writer.WriteNullValue(); break;
            case ulong number: writer.WriteNumberValue(number); break;
            default: writer.WriteNumberValue(Convert.ToInt64(value, System.Globalization.CultureInfo.InvariantCulture)); break;
        }
    }

    private static void WriteNested(Utf8JsonWriter writer, Tensor tensor, int dimension, ref int at)
    {
        if (dimension == tensor.Shape.Length)
        {
            WriteValue(writer, tensor[at++]);
            return;
        }
        writer.WriteStartArray();
        for (var i = 0L; i < tensor.Shape[dimension]; i++) WriteNested(writer, tensor, dimension + 1, ref at);
        writer.WriteEndArray();
    }
}
