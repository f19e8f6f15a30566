using System.Globalization;
using System.Text;
using System.Text.Json;
using Dowel.Kernel.Tensors;
using Dowel.Protocols.Inference.Wire;
using Dowel.Serving.Gateway;

namespace Dowel.Protocols.Inference.SeldonV1;

/// <summary>Writes answers in the form of their request, where the outputs fit it; as <c>ndarray</c> where they do not. What a server of the same protocol answered goes out as it is.</summary>
internal static class SeldonWriter
{
    public static void Write(Utf8JsonWriter json, SeldonRequest request, IEndpointHandle endpoint, InferenceAnswer answer)
    {
        var outputs = answer.Outputs;
        var sent = SeldonPayload.Of(outputs);
        json.WriteStartObject();
        switch (request.Form)
        {
            case var _ when sent is not null:
                sent.Write(json);
                break;
            case SeldonForm.StrData when OneText(outputs) is { } text:
                json.WriteString("strData", text);
                break;
            case SeldonForm.BinData when OneText(outputs) is { } text:
                json.WriteBase64String("binData", Encoding.UTF8.GetBytes(text));
                break;
            case SeldonForm.JsonData:
                json.WriteStartObject("jsonData");
                foreach (var output in outputs)
                {
                    json.WritePropertyName(output.Name);
                    JsonValues.WriteNested(json, output);
                }
                json.WriteEndObject();
                break;
            default:
                WriteData(json, request.Form, outputs);
                break;
        }
        json.WriteStartObject("meta");
        json.WriteString("puid", answer.PredictionId);
        json.WriteStartObject("tags");
        foreach (var (name, value) in request.Tags)
        {
            json.WritePropertyName(name);
            // As it was read, whatever its texts hold.
            json.WriteRawValue(value.GetRawText(), skipInputValidation: true);
        }
        foreach (var (name, value) in answer.Tags ?? new Dictionary<string, string>())
        {
            if (request.Tags.ContainsKey(name)) continue;
            json.WritePropertyName(name);
            if (sent?.Tags.TryGetValue(name, out var tag) == true) json.WriteRawValue(tag.GetRawText(), skipInputValidation: true);
            else json.WriteStringValue(value);
        }
        json.WriteEndObject();
        json.WriteStartObject("requestPath");
        // A server elsewhere is known by its address, which is nothing for callers.
        json.WriteString(endpoint.Name, endpoint.Platform == "remote" ? "" : $"{answer.Model}:{answer.Version}".TrimEnd(':'));
        json.WriteEndObject();
        json.WriteEndObject();
        json.WriteEndObject();
    }

    private static string? OneText(IReadOnlyList<Tensor> outputs) => outputs is [Tensor<string> { Count: 1 } only] ? only.Values[0] ?? "" : null;

    /// <summary>All outputs side by side: a column for each value that an output has in a row.</summary>
    internal static void WriteData(Utf8JsonWriter json, SeldonForm form, IReadOnlyList<Tensor> outputs)
    {
        var rows = outputs.Count == 0 ? 0 : outputs[0].Rows;
        List<(Tensor Output, int Width)> columns = [.. outputs.Select(o => (o, rows == 0 ? 0 : o.Count / rows))];
        json.WriteStartObject("data");
        json.WriteStartArray("names");
        foreach (var (output, width) in columns)
            for (var i = 0; i < width; i++) json.WriteStringValue(width == 1 ? output.Name : string.Create(CultureInfo.InvariantCulture, $"{output.Name}:{i}"));
        json.WriteEndArray();
        // A TensorFlow tensor and a tensor hold numbers alone.
        if (form is SeldonForm.Tensor or SeldonForm.TfTensor && !outputs.Any(o => o is Tensor<string> or Tensor<bool>))
        {
            var sizes = new[] { rows, columns.Sum(c => c.Width) };
            var isTf = form == SeldonForm.TfTensor;
            json.WriteStartObject(isTf ? "tftensor" : "tensor");
            if (isTf)
            {
                json.WriteString("dtype", "DT_DOUBLE");
                json.WriteStartObject("tensorShape");
                json.WriteStartArray("dim");
                foreach (var size in sizes)
                {
                    json.WriteStartObject();
                    json.WriteString("size", size.ToString(CultureInfo.InvariantCulture));
                    json.WriteEndObject();
                }
                json.WriteEndArray();
                json.WriteEndObject();
            }
            else
            {
                json.WriteStartArray("shape");
                foreach (var size in sizes) json.WriteNumberValue(size);
                json.WriteEndArray();
            }
            json.WriteStartArray(isTf ? "doubleVal" : "values");
            foreach (var value in Values(columns, rows)) WriteNumber(json, value);
            json.WriteEndArray();
            json.WriteEndObject();
        }
        else
        {
            json.WriteStartArray("ndarray");
            for (var r = 0; r < rows; r++)
            {
                json.WriteStartArray();
                foreach (var value in Row(columns, r)) JsonValues.WriteValue(json, value);
                json.WriteEndArray();
            }
            json.WriteEndArray();
        }
        json.WriteEndObject();
    }

    private static IEnumerable<object?> Values(List<(Tensor Output, int Width)> columns, int rows) => Enumerable.Range(0, rows).SelectMany(r => Row(columns, r));

    private static IEnumerable<object?> Row(List<(Tensor Output, int Width)> columns, int row)
        => columns.SelectMany(c => Enumerable.Range(row * c.Width, c.Width).Select(i => c.Output[i]));

    // JSON of protobuf has words for what is no number of JSON.
    private static void WriteNumber(Utf8JsonWriter json, object? value)
    {
        var number = value is Half half ? (double)half : value is float or double ? Convert.ToDouble(value, CultureInfo.InvariantCulture) : 0;
        if (double.IsFinite(number)) JsonValues.WriteValue(json, value);
        else json.WriteStringValue(double.IsNaN(number) ? "NaN" : number > 0 ? "Infinity" : "-Infinity");
    }
}
