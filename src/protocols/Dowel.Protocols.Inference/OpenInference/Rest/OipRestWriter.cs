using System.Buffers;
using System.Globalization;
using System.Text.Json;
using Dowel.Contracts;
using Dowel.Kernel.Results;
using Dowel.Kernel.Tensors;
using Dowel.Protocols.Inference.Wire;
using Dowel.Serving.Gateway;
using Microsoft.AspNetCore.Http;

namespace Dowel.Protocols.Inference.OpenInference.Rest;

/// <summary>Writes answers of the Open Inference Protocol.</summary>
internal static class OipRestWriter
{
    [ThreadStatic]
    private static Utf8JsonWriter? _cached;

    /// <summary>The outputs that were asked for, each with whether it goes out as bytes; all where none were named.</summary>
    public static Result<IReadOnlyList<(Tensor Tensor, bool Binary)>> Select(IReadOnlyList<Tensor> outputs, OipRestRequest request)
    {
        if (request.Outputs is null) return Result.Ok<IReadOnlyList<(Tensor, bool)>>([.. outputs.Select(o => (o, request.BinaryOutput))]);
        var selected = new List<(Tensor, bool)>(request.Outputs.Count);
        foreach (var wanted in request.Outputs)
        {
            if (outputs.FirstOrDefault(o => o.Name == wanted.Name) is not { } output)
                return Failure.Invalid("outputs", wanted.Name, string.Join(", ", outputs.Select(o => o.Name)));
            selected.Add((output, wanted.Binary ?? request.BinaryOutput));
        }
        return Result.Ok<IReadOnlyList<(Tensor, bool)>>(selected);
    }

    public static Task WriteAnswerAsync(HttpContext context, string endpoint, string? id, InferenceAnswer answer, IReadOnlyList<(Tensor Tensor, bool Binary)> outputs)
    {
        var binary = outputs.Any(o => o.Binary);
        context.Response.ContentType = binary ? "application/octet-stream" : "application/json";
        if (!binary && !AnswerBody.MayCompress(context.Request))
        {
            context.Response.ContentLength = WriteJson(context.Response.BodyWriter, endpoint, id, answer, outputs);
            return context.Response.BodyWriter.FlushAsync(context.RequestAborted).AsTask();
        }
        var body = new ArrayBufferWriter<byte>();
        var header = WriteJson(body, endpoint, id, answer, outputs);
        if (binary) context.Response.Headers[OipRestReader.HeaderLength] = header.ToString(CultureInfo.InvariantCulture);
        foreach (var (tensor, isBinary) in outputs)
            if (isBinary) WriteBytes(body, tensor);
        return AnswerBody.SendAsync(context, body.WrittenMemory);
    }

    private static long WriteJson(IBufferWriter<byte> body, string endpoint, string? id, InferenceAnswer answer, IReadOnlyList<(Tensor Tensor, bool Binary)> outputs)
    {
        var writer = Interlocked.Exchange(ref _cached, null) ?? new Utf8JsonWriter(body, new JsonWriterOptions { SkipValidation = true });
        writer.Reset(body);
        writer.WriteStartObject();
        writer.WriteString("model_name"u8, endpoint);
        writer.WriteString("model_version"u8, answer.Version);
        writer.WriteString("id"u8, id ?? answer.PredictionId);
        writer.WriteStartObject("parameters"u8);
        writer.WriteString("prediction_id"u8, answer.PredictionId);
        if (answer.Tags is { } tags)
            foreach (var (name, value) in tags)
                if (name != "prediction_id") writer.WriteString(name, value);
        writer.WriteEndObject();
        writer.WriteStartArray("outputs"u8);
        foreach (var (output, binary) in outputs) WriteTensor(writer, output, binary);
        writer.WriteEndArray();
        writer.WriteEndObject();
        writer.Flush();
        var length = writer.BytesCommitted;
        _cached = writer;
        return length;
    }

    /// <summary>A tensor of a list: its values, or their size where they follow the JSON as bytes (<see cref="WriteBytes"/>).</summary>
    public static void WriteTensor(Utf8JsonWriter writer, Tensor tensor, bool binary)
    {
        writer.WriteStartObject();
        writer.WriteString("name"u8, tensor.Name);
        writer.WriteString("datatype"u8, tensor.Datatype);
        writer.WriteStartArray("shape"u8);
        foreach (var size in tensor.Shape) writer.WriteNumberValue(size);
        writer.WriteEndArray();
        var kept = OipParameters.Of(tensor)?.Own;
        if (binary || OipParameters.Meant(kept).Any())
        {
            writer.WriteStartObject("parameters"u8);
            if (binary) writer.WriteNumber("binary_data_size"u8, RawTensors.Size(tensor));
            OipParameters.Write(writer, kept);
            writer.WriteEndObject();
        }
        if (!binary)
        {
            writer.WritePropertyName("data"u8);
            OipRestData.Write(writer, tensor);
        }
        writer.WriteEndObject();
    }

    /// <summary>The bytes of a tensor, after the JSON.</summary>
    public static void WriteBytes(IBufferWriter<byte> body, Tensor tensor)
    {
        if (RawTensors.Size(tensor) is not (> 0 and var size)) return;
        RawTensors.Write(tensor, body.GetSpan((int)size));
        body.Advance((int)size);
    }

    public static Task WriteMetadataAsync(HttpContext context, IEndpointHandle endpoint)
    {
        static object Describe(TensorSpec t) => new { name = t.Name, datatype = t.Datatype, shape = t.Shape };
        return context.Response.WriteAsJsonAsync(new
        {
            name = endpoint.Name,
            versions = endpoint.Version.Length > 0 ? new[] { endpoint.Version } : [],
            platform = endpoint.Platform,
            inputs = endpoint.Signature?.Inputs.Select(Describe) ?? [],
            outputs = endpoint.Signature?.Outputs.Select(Describe) ?? [],
        }, context.RequestAborted);
    }
}
