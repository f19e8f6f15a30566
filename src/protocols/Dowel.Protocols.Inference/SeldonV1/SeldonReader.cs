using System.Buffers;
using System.Text;
using System.Text.Json;
using System.Text.Unicode;
using Dowel.Contracts;
using Dowel.Kernel.Results;
using Dowel.Kernel.Tensors;
using Dowel.Protocols.Inference.Wire;

namespace Dowel.Protocols.Inference.SeldonV1;

/// <summary>Reads messages of Seldon's protocol (proto/prediction.proto of Seldon Core 1, as its JSON).</summary>
internal static class SeldonReader
{
    private static readonly string[] Payloads = ["data", "strData", "jsonData", "binData"];
    private static readonly string[] DataForms = ["tensor", "ndarray", "tftensor"];

    /// <summary>Reads a prediction request. Throws what <see cref="RequestBody"/> expects.</summary>
    /// <param name="body">The request.</param>
    /// <param name="signature">What the endpoint takes; null where that is not known.</param>
    /// <param name="keep">Keep the payload beside its tensors (<see cref="SeldonPayload"/>), as a server may take it as it is; then what tensors do not hold is read, too.</param>
    public static SeldonRequest Parse(in ReadOnlySequence<byte> body, ModelSignature? signature, bool keep = false)
    {
        using var document = JsonDocument.Parse(body);
        var root = document.RootElement;
        if (root.ValueKind != JsonValueKind.Object) throw Shapes.Wrong("$", root.ValueKind, "an object");
        var payload = One(root, Payloads, "$");
        var value = root.GetProperty(payload);
        var tags = Tags(root);
        var request = Read(payload, value, signature, tags, keep);
        if (keep) new SeldonPayload(payload, value.Clone(), tags).KeepWith(request.Inputs);
        return request;
    }

    private static SeldonRequest Read(string payload, JsonElement value, ModelSignature? signature, IReadOnlyDictionary<string, JsonElement> tags, bool keep) => payload switch
    {
        "data" => Data(value, signature, tags),
        "strData" => new([Only(Kind(value, JsonValueKind.String, "strData", "text").GetString()!, signature)], SeldonForm.StrData, tags),
        "binData" => new([keep ? Bytes(Bytes(value, "binData"), signature) : Only(RawTensors.Text(Bytes(value, "binData"), "binData"), signature)], SeldonForm.BinData, tags),
        _ => new(keep ? AnyJson(value, signature) : Json(value, signature), SeldonForm.JsonData, tags),
    };

    /// <summary>Reads feedback: the prediction's id in the answer's (or the request's) meta, and the truth.</summary>
    public static SeldonFeedback ParseFeedback(in ReadOnlySequence<byte> body)
    {
        using var document = JsonDocument.Parse(body);
        var root = Kind(document.RootElement, JsonValueKind.Object, "$", "an object");
        var puid = Puid(root, "response") ?? Puid(root, "request") ?? throw Shapes.Wrong("response.meta.puid", null, "the puid of the answer that this is about");
        if (!root.TryGetProperty("truth", out var truth)) throw Shapes.Wrong("truth", null, "what turned out to be right; a reward alone is not kept");
        Kind(truth, JsonValueKind.Object, "truth", "an object");
        var payload = One(truth, ["data", "strData", "jsonData"], "truth");
        var value = truth.GetProperty(payload);
        if (payload == "data") return new(puid, Plain(Data(Kind(value, JsonValueKind.Object, "truth.data", "an object"), null, Empty).Inputs));
        if (payload == "strData") return new(puid, [Kind(value, JsonValueKind.String, "truth.strData", "text").GetString()]);
        return new(puid, Plain([JsonTensors.Read(value, "truth", null, "truth.jsonData")]));
    }

    private static IReadOnlyDictionary<string, JsonElement> Empty { get; } = new Dictionary<string, JsonElement>();

    private static SeldonRequest Data(JsonElement data, ModelSignature? signature, IReadOnlyDictionary<string, JsonElement> tags)
    {
        Kind(data, JsonValueKind.Object, "data", "an object");
        var names = Names(data);
        var form = One(data, DataForms, "data");
        var value = data.GetProperty(form);
        return form switch
        {
            "ndarray" => new(Named(Kind(value, JsonValueKind.Array, "data.ndarray", "a list"), names, signature), SeldonForm.NdArray, tags),
            "tensor" => new(Columns(Numbers(value), names, signature, "data.tensor"), SeldonForm.Tensor, tags),
            _ => new(Columns(SeldonTfTensor.Read(Kind(value, JsonValueKind.Object, "data.tftensor", "an object")), names, signature, "data.tftensor"), SeldonForm.TfTensor, tags),
        };
    }

    /// <summary>Rows of lists: each column its own kind of values, where the columns are the model's inputs.</summary>
    private static IReadOnlyList<Tensor> Named(JsonElement rows, IReadOnlyList<string> names, ModelSignature? signature)
    {
        if (IsWhole(names, signature)) return JsonTensors.Unnamed(rows, signature, "data.ndarray");
        return JsonTensors.Rows(rows, names, signature, "data.ndarray");
    }

    /// <summary>An array of one kind of values: whole, or cut into the columns that are the model's inputs.</summary>
    private static IReadOnlyList<Tensor> Columns(Tensor tensor, IReadOnlyList<string> names, ModelSignature? signature, string field)
    {
        var inputs = signature?.Inputs ?? [];
        if (IsWhole(names, signature) && inputs.Count <= 1) return [tensor.Rename(inputs.Count == 1 ? inputs[0].Name : "input")];
        if (names.Count == 0) names = [.. inputs.Select(i => i.Name)];
        if (tensor.Shape.Length != 2 || tensor.Shape[1] != names.Count) throw Shapes.Wrong(field, $"the shape {Shapes.Text(tensor.Shape)}", $"[rows, {names.Count}], for {string.Join(", ", names)}");
        JsonTensors.Limit(names.Count, field);
        return tensor switch
        {
            Tensor<double> t => Cut(t, names),
            Tensor<float> t => Cut(t, names),
            Tensor<long> t => Cut(t, names),
            Tensor<int> t => Cut(t, names),
            Tensor<bool> t => Cut(t, names),
            Tensor<string> t => Cut(t, names),
            _ => throw new NotSupportedException(tensor.Datatype),
        };
    }

    private static IReadOnlyList<Tensor> Cut<T>(Tensor<T> tensor, IReadOnlyList<string> names)
        => [.. names.Select((name, c) => new Tensor<T>(name, [.. Enumerable.Range(0, tensor.Rows).Select(r => tensor.Values[(r * names.Count) + c])], [tensor.Rows]))];

    /// <summary>Whether an array is one input: without names, or where the names are the columns inside the model's only input.</summary>
    private static bool IsWhole(IReadOnlyList<string> names, ModelSignature? signature)
        => names.Count == 0 || (signature?.Inputs is [var only] && names.Count != 1 && !names.Contains(only.Name)) || signature is null;

    private static Tensor Numbers(JsonElement tensor)
    {
        Kind(tensor, JsonValueKind.Object, "data.tensor", "an object with shape and values");
        if (!tensor.TryGetProperty("values", out var list) || list.ValueKind != JsonValueKind.Array) throw Shapes.Wrong("data.tensor.values", null, "a list of numbers");
        var values = new double[list.GetArrayLength()];
        var i = 0;
        foreach (var value in list.EnumerateArray())
            values[i++] = value.ValueKind switch
            {
                JsonValueKind.Null => double.NaN,
                JsonValueKind.Number when value.TryGetDouble(out var number) && double.IsFinite(number) => number,
                // The words that JSON of protobuf has for what is no number of JSON.
                JsonValueKind.String when value.GetString() is "NaN" => double.NaN,
                JsonValueKind.String when value.GetString() is "Infinity" => double.PositiveInfinity,
                JsonValueKind.String when value.GetString() is "-Infinity" => double.NegativeInfinity,
                _ => throw Shapes.Wrong($"data.tensor.values[{i - 1}]", value.GetRawText(), "a number"),
            };
        long[] shape = tensor.TryGetProperty("shape", out var sizes) ? SeldonTfTensor.Sizes(sizes, "data.tensor.shape") : [values.Length];
        var count = Shapes.Count(shape, "data.tensor.shape");
        if (count != values.Length) throw Shapes.Wrong("data.tensor.values", $"{values.Length} values", $"{count} values, as the shape {Shapes.Text(shape)} says");
        return new Tensor<double>("data", values, shape);
    }

    private static IReadOnlyList<Tensor> Json(JsonElement value, ModelSignature? signature)
    {
        if (value.ValueKind == JsonValueKind.Array && value.GetArrayLength() > 0 && value[0].ValueKind == JsonValueKind.Object) return JsonTensors.Records(value, signature, "jsonData");
        return value.ValueKind == JsonValueKind.Object ? JsonTensors.Members(value, signature, "jsonData") : JsonTensors.Unnamed(value, signature, "jsonData");
    }

    /// <summary>Columns or an array where it is that; otherwise its text.</summary>
    private static IReadOnlyList<Tensor> AnyJson(JsonElement value, ModelSignature? signature)
    {
        try
        {
            if (Json(value, signature) is { Count: > 0 } tensors && tensors.All(t => t.Rows == tensors[0].Rows)) return tensors;
        }
        catch (FailureException)
        {
            // No table then.
        }
        return [Only(value.GetRawText(), signature)];
    }

    /// <summary>Text where it is that; otherwise numbers.</summary>
    private static Tensor Bytes(byte[] bytes, ModelSignature? signature)
        => Utf8.IsValid(bytes) ? Only(Encoding.UTF8.GetString(bytes), signature) : Tensor.Of(signature?.Inputs is [var only] ? only.Name : "input", bytes, 1, bytes.Length);

    private static Tensor Only(string text, ModelSignature? signature) => Tensor.Of(signature?.Inputs is [var only] ? only.Name : "input", [text], 1);

    private static byte[] Bytes(JsonElement value, string field)
        => Kind(value, JsonValueKind.String, field, "base64").TryGetBytesFromBase64(out var bytes) ? bytes : throw Shapes.Wrong(field, value.GetString(), "base64");

    private static List<string> Names(JsonElement data)
    {
        if (!data.TryGetProperty("names", out var names) || names.ValueKind == JsonValueKind.Null) return [];
        Kind(names, JsonValueKind.Array, "data.names", "a list of names");
        return [.. names.EnumerateArray().Select(n => Kind(n, JsonValueKind.String, "data.names", "a list of names").GetString()!)];
    }

    private static Dictionary<string, JsonElement> Tags(JsonElement root)
    {
        if (!root.TryGetProperty("meta", out var meta) || meta.ValueKind == JsonValueKind.Null) return [];
        Kind(meta, JsonValueKind.Object, "meta", "an object");
        if (!meta.TryGetProperty("tags", out var tags) || tags.ValueKind == JsonValueKind.Null) return [];
        var kept = new Dictionary<string, JsonElement>();
        foreach (var tag in Kind(tags, JsonValueKind.Object, "meta.tags", "an object").EnumerateObject()) kept[tag.Name] = tag.Value.Clone();
        return kept;
    }

    private static string? Puid(JsonElement root, string member)
    {
        if (!root.TryGetProperty(member, out var message) || message.ValueKind != JsonValueKind.Object || !message.TryGetProperty("meta", out var meta) || meta.ValueKind != JsonValueKind.Object) return null;
        return JsonTensors.Text(meta, "puid", $"{member}.meta.puid") is { Length: > 0 } puid ? puid : null;
    }

    /// <summary>A value a row; whole numbers as such, as ground truth is compared with them.</summary>
    private static IReadOnlyList<object?> Plain(IReadOnlyList<Tensor> truth)
    {
        if (truth is not [var one] || one.Count != one.Rows) throw Shapes.Wrong("truth", truth is [var other] ? Shapes.Text(other.Shape) : $"{truth.Count} columns", "one value for each row of the prediction");
        return [.. Enumerable.Range(0, one.Count).Select(i => one[i] switch
        {
            double number when double.IsNaN(number) => null,
            double number when Math.Abs(number) < 1L << 53 && double.IsInteger(number) => (long)number,
            float number => float.IsNaN(number) ? null : (object)(double)number,
            int number => (long)number,
            ulong number => (double)number,
            var value => value,
        })];
    }

    private static string One(JsonElement value, string[] members, string field)
    {
        Kind(value, JsonValueKind.Object, field, "an object");
        List<string> given = [.. members.Where(m => value.TryGetProperty(m, out _))];
        return given.Count == 1 ? given[0] : throw Shapes.Wrong(field, given.Count == 0 ? null : string.Join(", ", given), $"exactly one of {string.Join(", ", members)}");
    }

    private static JsonElement Kind(JsonElement value, JsonValueKind kind, string field, string expected) => value.ValueKind == kind ? value : throw Shapes.Wrong(field, value.ValueKind, expected);
}
