using System.Buffers;
using System.Text.Json;
using Dowel.Contracts;
using Dowel.Kernel.Results;
using Dowel.Kernel.Tensors;
using Microsoft.AspNetCore.Http;

namespace Dowel.Protocols.Inference.OpenInference.Rest;

/// <summary>A decoded inference request.</summary>
/// <param name="Id">The caller's id, or null.</param>
/// <param name="Inputs">The inputs.</param>
/// <param name="Outputs">Names of the outputs asked for; null for all.</param>
internal sealed record OipRestRequest(string? Id, IReadOnlyList<Tensor> Inputs, IReadOnlyList<string>? Outputs);

/// <summary>Reads the JSON of an inference request into tensors, without an object model in between.</summary>
internal static class OipRestReader
{
    /// <summary>Reads the body. Content type is not looked at: clients of this protocol often send none.</summary>
    public static async ValueTask<Result<OipRestRequest>> ReadAsync(HttpContext context, long maxBytes)
    {
        var tooLarge = new Failure(ErrorCodes.TooLarge, $"The body is larger than {maxBytes} bytes.");
        if (context.Request.ContentLength > maxBytes) return tooLarge;
        var reader = context.Request.BodyReader;
        while (true)
        {
            var read = await reader.ReadAsync(context.RequestAborted);
            if (read.Buffer.Length > maxBytes)
            {
                reader.AdvanceTo(read.Buffer.End);
                return tooLarge;
            }
            if (!read.IsCompleted)
            {
                reader.AdvanceTo(read.Buffer.Start, read.Buffer.End);
                continue;
            }
            try
            {
                return Parse(read.Buffer);
            }
            catch (JsonException e)
            {
                return new Failure(ErrorCodes.Malformed, $"The body is not valid JSON: {e.Message}");
            }
            // What the reader throws at a text that is no Unicode.
            catch (InvalidOperationException e)
            {
                return new Failure(ErrorCodes.Malformed, $"The body is not valid JSON: {e.Message}");
            }
            catch (FailureException e)
            {
                return e.Failure;
            }
            finally
            {
                reader.AdvanceTo(read.Buffer.End);
            }
        }
    }

    /// <summary>Reads a whole request. Throws <see cref="JsonException"/>, <see cref="FailureException"/> or, where a text is no Unicode, <see cref="InvalidOperationException"/>.</summary>
    internal static OipRestRequest Parse(ReadOnlySequence<byte> json)
    {
        var reader = json.IsSingleSegment ? new Utf8JsonReader(json.FirstSpan) : new Utf8JsonReader(json);
        string? id = null;
        List<Tensor>? inputs = null;
        List<string>? outputs = null;
        if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject) throw Wrong("$", Kind(reader.TokenType), "a JSON object with 'inputs'");
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (reader.ValueTextEquals("inputs"u8))
            {
                reader.Read();
                inputs = ReadInputs(ref reader);
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
            else
            {
                reader.Read();
                reader.Skip();
            }
        }
        if (inputs is null) throw Wrong("inputs", null, "a list of input tensors");
        while (reader.Read())
        {
        }
        return new OipRestRequest(id, inputs, outputs is { Count: > 0 } ? outputs : null);
    }

    private static List<Tensor> ReadInputs(ref Utf8JsonReader reader)
    {
        if (reader.TokenType != JsonTokenType.StartArray) throw Wrong("inputs", Kind(reader.TokenType), "a list of input tensors");
        var inputs = new List<Tensor>(4);
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            if (inputs.Count == 10_000) throw Wrong("inputs", "more than 10000", "at most 10000 inputs");
            inputs.Add(ReadInput(ref reader, inputs.Count));
        }
        return inputs;
    }

    private static Tensor ReadInput(ref Utf8JsonReader reader, int index)
    {
        if (reader.TokenType != JsonTokenType.StartObject) throw Wrong($"inputs[{index}]", Kind(reader.TokenType), "an object with name, shape, datatype and data");
        string? name = null, datatype = null;
        long[]? shape = null;
        // The data may come before shape and datatype, so its place is kept and it is read last.
        Utf8JsonReader data = default;
        var hasData = false;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (reader.ValueTextEquals("name"u8)) name = ReadText(ref reader, index, "name");
            else if (reader.ValueTextEquals("datatype"u8)) datatype = ReadText(ref reader, index, "datatype");
            else if (reader.ValueTextEquals("shape"u8)) shape = ReadShape(ref reader, index);
            else if (reader.ValueTextEquals("data"u8))
            {
                reader.Read();
                data = reader;
                hasData = true;
                reader.Skip();
            }
            else
            {
                reader.Read();
                reader.Skip();
            }
        }
        if (string.IsNullOrEmpty(name)) throw Wrong($"inputs[{index}].name", name, "the name of an input");
        if (datatype is null) throw Wrong($"inputs[{index}].datatype", null, $"one of {string.Join(", ", Datatypes.All.Order())}");
        if (shape is null) throw Wrong($"inputs[{index}].shape", null, "a list of sizes");
        if (!hasData) throw Wrong($"inputs[{index}].data", null, "the values");
        return OipRestData.Read(ref data, index, name, datatype, shape);
    }

    private static string? ReadText(ref Utf8JsonReader reader, int index, string field)
    {
        reader.Read();
        return reader.TokenType == JsonTokenType.String ? reader.GetString() : throw Wrong($"inputs[{index}].{field}", Kind(reader.TokenType), "a string");
    }

    private static long[] ReadShape(ref Utf8JsonReader reader, int index)
    {
        reader.Read();
        if (reader.TokenType != JsonTokenType.StartArray) throw Wrong($"inputs[{index}].shape", Kind(reader.TokenType), "a list of sizes");
        Span<long> sizes = stackalloc long[16];
        var count = 0;
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            if (reader.TokenType != JsonTokenType.Number || !reader.TryGetInt64(out var size) || size < 0) throw Wrong($"inputs[{index}].shape[{count}]", Kind(reader.TokenType), "a whole number of at least 0");
            if (count == sizes.Length) throw Wrong($"inputs[{index}].shape", "more than 16 dimensions", "at most 16 dimensions");
            sizes[count++] = size;
        }
        return sizes[..count].ToArray();
    }

    private static List<string> ReadOutputs(ref Utf8JsonReader reader)
    {
        if (reader.TokenType != JsonTokenType.StartArray) throw Wrong("outputs", Kind(reader.TokenType), "a list of objects with a name");
        var names = new List<string>();
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            if (reader.TokenType != JsonTokenType.StartObject) throw Wrong($"outputs[{names.Count}]", Kind(reader.TokenType), "an object with a name");
            string? name = null;
            while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
            {
                var isName = reader.ValueTextEquals("name"u8);
                reader.Read();
                if (isName && reader.TokenType == JsonTokenType.String) name = reader.GetString();
                else reader.Skip();
            }
            names.Add(name ?? throw Wrong($"outputs[{names.Count}].name", null, "the name of an output"));
        }
        return names;
    }

    internal static FailureException Wrong(string field, object? given, string expected) => new(Failure.Invalid(field, given, expected));

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
