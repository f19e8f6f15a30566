using System.Buffers;
using System.Globalization;
using System.Text.Json;
using Dowel.Kernel.Results;
using Dowel.Kernel.Tensors;
using Dowel.Protocols.Inference.Wire;
using Microsoft.Extensions.Primitives;

namespace Dowel.Protocols.Inference.OpenInference.Rest;

/// <summary>
/// Reads an inference request into tensors, without an object model in between: JSON, and after it the bytes of those inputs whose parameter <c>binary_data_size</c> says so
/// (the binary tensor extension, https://github.com/triton-inference-server/server/blob/main/docs/protocol/extension_binary_data.md).
/// </summary>
internal static class OipRestReader
{
    /// <summary>The header with the length of the JSON where bytes follow it.</summary>
    public const string HeaderLength = "Inference-Header-Content-Length";

    /// <summary>Reads a body with what the header says; it may be missing.</summary>
    /// <param name="body">The body.</param>
    /// <param name="header">What the header says.</param>
    /// <param name="keep">Keep parameters that mean nothing here beside the tensors (<see cref="OipParameters"/>).</param>
    public static OipRestRequest Parse(in ReadOnlySequence<byte> body, StringValues header, bool keep = false) => header.Count == 0 ? Parse(body, keep) : Parse(body, header.ToString(), keep);

    /// <summary>Reads JSON of the given length and the bytes after it.</summary>
    internal static OipRestRequest Parse(in ReadOnlySequence<byte> body, string headerLength, bool keep = false)
    {
        var length = JsonLength(body, headerLength);
        return ParseParts(body.Slice(0, length), body.Slice(length), keep);
    }

    /// <summary>Reads JSON alone.</summary>
    internal static OipRestRequest Parse(in ReadOnlySequence<byte> json, bool keep = false) => ParseParts(json, null, keep);

    /// <summary>Reads a whole request. Throws <see cref="JsonException"/>, <see cref="FailureException"/> or, where a text is no Unicode, <see cref="InvalidOperationException"/>.</summary>
    private static OipRestRequest ParseParts(in ReadOnlySequence<byte> json, ReadOnlySequence<byte>? binary, bool keep)
    {
        var reader = json.IsSingleSegment ? new Utf8JsonReader(json.FirstSpan) : new Utf8JsonReader(json);
        string? id = null;
        List<Tensor>? inputs = null;
        List<OipRestOutput>? outputs = null;
        var parameters = default(Parameters);
        if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject) throw Wrong("$", Kind(reader.TokenType), "a JSON object with 'inputs'");
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (reader.ValueTextEquals("inputs"u8))
            {
                reader.Read();
                inputs = ReadTensors(ref reader, ref binary, "inputs", keep);
            }
            else if (reader.ValueTextEquals("id"u8))
            {
                reader.Read();
                if (reader.TokenType is not (JsonTokenType.String or JsonTokenType.Null)) throw Wrong("id", Kind(reader.TokenType), "a string");
                id = reader.GetString();
            }
            else if (reader.ValueTextEquals("outputs"u8))
            {
                reader.Read();
                outputs = ReadOutputs(ref reader);
            }
            else if (reader.ValueTextEquals("parameters"u8)) parameters = ReadParameters(ref reader, "parameters", keep);
            else
            {
                reader.Read();
                reader.Skip();
            }
        }
        if (keep && inputs is { Count: > 0 }) new OipParameters(parameters.Others, OipParameters.Of(inputs[0])?.Own).KeepWith(inputs[0]);
        if (inputs is null) throw Wrong("inputs", null, "a list of input tensors");
        while (reader.Read())
        {
        }
        if (binary is { Length: > 0 } rest) throw Wrong(HeaderLength, $"{rest.Length} bytes after the JSON that are no input's", "inputs whose binary_data_size add up to what follows the JSON");
        return new OipRestRequest(id, inputs, outputs is { Count: > 0 } ? outputs : null, parameters.BinaryOutput);
    }

    /// <summary>Reads an answer of a server, as <see cref="Parse(in ReadOnlySequence{byte}, StringValues, bool)"/> does a request: its outputs, and its parameters, which may be none.</summary>
    public static (List<Tensor> Outputs, JsonElement? Parameters) ParseAnswer(in ReadOnlySequence<byte> body, string? headerLength)
    {
        ReadOnlySequence<byte>? binary = null;
        var json = body;
        if (headerLength is not null)
        {
            var length = JsonLength(body, headerLength);
            (json, binary) = (body.Slice(0, length), body.Slice(length));
        }
        var reader = json.IsSingleSegment ? new Utf8JsonReader(json.FirstSpan) : new Utf8JsonReader(json);
        List<Tensor>? outputs = null;
        JsonElement? parameters = null;
        if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject) throw Wrong("$", Kind(reader.TokenType), "a JSON object with 'outputs'");
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var (isOutputs, isParameters) = (reader.ValueTextEquals("outputs"u8), reader.ValueTextEquals("parameters"u8));
            reader.Read();
            if (isOutputs) outputs = ReadTensors(ref reader, ref binary, "outputs", true);
            else if (isParameters) parameters = JsonElement.ParseValue(ref reader);
            else reader.Skip();
        }
        return (outputs ?? throw Wrong("outputs", null, "a list of output tensors"), parameters);
    }

    private static long JsonLength(in ReadOnlySequence<byte> body, string headerLength)
        => long.TryParse(headerLength, NumberStyles.None, CultureInfo.InvariantCulture, out var length) && length <= body.Length ? length
            : throw Wrong(HeaderLength, headerLength, $"the length of the JSON at the start of the body, which has {body.Length} bytes");

    private static List<Tensor> ReadTensors(ref Utf8JsonReader reader, ref ReadOnlySequence<byte>? binary, string list, bool keep)
    {
        if (reader.TokenType != JsonTokenType.StartArray) throw Wrong(list, Kind(reader.TokenType), "a list of tensors");
        var tensors = new List<Tensor>(4);
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            if (tensors.Count == 10_000) throw Wrong(list, "more than 10000", "at most 10000 tensors");
            tensors.Add(ReadTensor(ref reader, new OipPlace(list, tensors.Count), ref binary, keep));
        }
        return tensors;
    }

    private static Tensor ReadTensor(ref Utf8JsonReader reader, OipPlace place, ref ReadOnlySequence<byte>? binary, bool keep)
    {
        var (tensor, others) = ReadTensorWith(ref reader, place, ref binary, keep);
        if (others is not null) new OipParameters(null, others).KeepWith(tensor);
        return tensor;
    }

    private static (Tensor Tensor, JsonElement? Others) ReadTensorWith(ref Utf8JsonReader reader, OipPlace place, ref ReadOnlySequence<byte>? binary, bool keep)
    {
        if (reader.TokenType != JsonTokenType.StartObject) throw Wrong($"{place}", Kind(reader.TokenType), "an object with name, shape, datatype and data");
        string? name = null, datatype = null;
        long[]? shape = null;
        // The data may come before shape and datatype, so its place is kept and it is read last.
        Utf8JsonReader data = default;
        var hasData = false;
        var parameters = default(Parameters);
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (reader.ValueTextEquals("name"u8)) name = ReadText(ref reader, place, "name");
            else if (reader.ValueTextEquals("datatype"u8)) datatype = ReadText(ref reader, place, "datatype");
            else if (reader.ValueTextEquals("shape"u8)) shape = ReadShape(ref reader, place);
            else if (reader.ValueTextEquals("data"u8))
            {
                reader.Read();
                data = reader;
                hasData = true;
                reader.Skip();
            }
            else if (reader.ValueTextEquals("parameters"u8)) parameters = ReadParameters(ref reader, $"{place}.parameters", keep);
            else
            {
                reader.Read();
                reader.Skip();
            }
        }
        if (string.IsNullOrEmpty(name)) throw Wrong($"{place}.name", name, "the name of a tensor");
        if (datatype is null) throw Wrong($"{place}.datatype", null, $"one of {string.Join(", ", Datatypes.All.Order())}");
        if (shape is null) throw Wrong($"{place}.shape", null, "a list of sizes");
        if (parameters.BinarySize is { } size)
        {
            var field = $"{place}.parameters.binary_data_size";
            if (hasData) throw Wrong(field, size, "either data or bytes, not both");
            if (binary is not { } bytes) throw Wrong(field, size, $"the header {HeaderLength} with the length of the JSON, and the bytes after it");
            if (size > bytes.Length) throw Wrong(field, size, $"at most the {bytes.Length} bytes that are left in the body");
            binary = bytes.Slice(size);
            return (RawTensors.Read(bytes.Slice(0, size), name, datatype, shape, $"{place}"), parameters.Others);
        }
        if (!hasData) throw Wrong($"{place}.data", null, "the values");
        return (OipRestData.Read(ref data, place, name, datatype, shape), parameters.Others);
    }

    private static string? ReadText(ref Utf8JsonReader reader, OipPlace place, string field)
    {
        reader.Read();
        return reader.TokenType == JsonTokenType.String ? reader.GetString() : throw Wrong($"{place}.{field}", Kind(reader.TokenType), "a string");
    }

    private static long[] ReadShape(ref Utf8JsonReader reader, OipPlace place)
    {
        reader.Read();
        if (reader.TokenType != JsonTokenType.StartArray) throw Wrong($"{place}.shape", Kind(reader.TokenType), "a list of sizes");
        Span<long> sizes = stackalloc long[16];
        var count = 0;
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            if (reader.TokenType != JsonTokenType.Number || !reader.TryGetInt64(out var size) || size < 0) throw Wrong($"{place}.shape[{count}]", Kind(reader.TokenType), "a whole number of at least 0");
            if (count == sizes.Length) throw Wrong($"{place}.shape", "more than 16 dimensions", "at most 16 dimensions");
            sizes[count++] = size;
        }
        return sizes[..count].ToArray();
    }

    private static List<OipRestOutput> ReadOutputs(ref Utf8JsonReader reader)
    {
        if (reader.TokenType == JsonTokenType.Null) return [];
        if (reader.TokenType != JsonTokenType.StartArray) throw Wrong("outputs", Kind(reader.TokenType), "a list of objects with a name");
        var outputs = new List<OipRestOutput>();
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            if (outputs.Count == 10_000) throw Wrong("outputs", "more than 10000", "at most 10000 outputs");
            if (reader.TokenType != JsonTokenType.StartObject) throw Wrong($"outputs[{outputs.Count}]", Kind(reader.TokenType), "an object with a name");
            string? name = null;
            var parameters = default(Parameters);
            while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
            {
                if (reader.ValueTextEquals("parameters"u8))
                {
                    parameters = ReadParameters(ref reader, $"outputs[{outputs.Count}].parameters");
                    continue;
                }
                var isName = reader.ValueTextEquals("name"u8);
                reader.Read();
                if (isName && reader.TokenType == JsonTokenType.String) name = reader.GetString();
                else reader.Skip();
            }
            outputs.Add(new(name ?? throw Wrong($"outputs[{outputs.Count}].name", null, "the name of an output"), parameters.Binary));
        }
        return outputs;
    }

    /// <summary>The parameters that mean something here. Others are hints for other servers and change no answer, but for those that ask for another form of it.</summary>
    private static Parameters ReadParameters(ref Utf8JsonReader reader, string field, bool keep = false)
    {
        var parameters = default(Parameters);
        reader.Read();
        if (reader.TokenType == JsonTokenType.Null) return parameters;
        if (reader.TokenType != JsonTokenType.StartObject) throw Wrong(field, Kind(reader.TokenType), "an object");
        if (keep)
        {
            var again = reader;
            parameters.Others = JsonElement.ParseValue(ref again);
        }
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (reader.ValueTextEquals("binary_data_size"u8))
            {
                reader.Read();
                if (reader.TokenType != JsonTokenType.Number || !reader.TryGetInt64(out var size) || size < 0) throw Wrong($"{field}.binary_data_size", Kind(reader.TokenType), "a number of bytes");
                parameters.BinarySize = size;
            }
            else if (reader.ValueTextEquals("binary_data"u8)) parameters.Binary = ReadFlag(ref reader, $"{field}.binary_data");
            else if (reader.ValueTextEquals("binary_data_output"u8)) parameters.BinaryOutput = ReadFlag(ref reader, $"{field}.binary_data_output");
            else if (reader.ValueTextEquals("shared_memory_region"u8)) throw Wrong($"{field}.shared_memory_region", "shared memory", "the values in the request, as this server shares no memory");
            else if (reader.ValueTextEquals("classification"u8)) throw Wrong($"{field}.classification", "classification", "no such parameter, as this server answers what the model answers");
            else
            {
                reader.Read();
                reader.Skip();
            }
        }
        return parameters;
    }

    private static bool ReadFlag(ref Utf8JsonReader reader, string field)
    {
        reader.Read();
        return reader.TokenType is JsonTokenType.True or JsonTokenType.False ? reader.GetBoolean() : throw Wrong(field, Kind(reader.TokenType), "true or false");
    }

    private struct Parameters
    {
        public long? BinarySize;
        public bool? Binary;
        public bool BinaryOutput;
        public JsonElement? Others;
    }

    internal static FailureException Wrong(string field, object? given, string expected) => Shapes.Wrong(field, given, expected);

    internal static string Kind(JsonTokenType token) => token switch
    {
        JsonTokenType.StartObject => "an object",
        JsonTokenType.StartArray => "a list",
        JsonTokenType.String => "text",
        JsonTokenType.Number => "a number",
        JsonTokenType.True or JsonTokenType.False => "true or false",
        JsonTokenType.Null => "null",
        _ => "nothing",
    };
}
