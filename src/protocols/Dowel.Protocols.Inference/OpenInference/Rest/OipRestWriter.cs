using System.Text.Json;
using Dowel.Contracts;
using Dowel.Kernel.Results;
using Dowel.Kernel.Tensors;
using Dowel.Serving.Gateway;
using Microsoft.AspNetCore.Http;

namespace Dowel.Protocols.Inference.OpenInference.Rest;

/// <summary>Writes answers of the Open Inference Protocol.</summary>
internal static class OipRestWriter
{
    [ThreadStatic]
    private static Utf8JsonWriter? _cached;

    /// <summary>The outputs that were asked for; all where none were named.</summary>
    public static Result<IReadOnlyList<Tensor>> Select(IReadOnlyList<Tensor> outputs, IReadOnlyList<string>? names)
    {
        if (names is null) return Result.Ok(outputs);
        var selected = new List<Tensor>(names.Count);
        foreach (var name in names)
        {
            if (outputs.FirstOrDefault(o => o.Name == name) is not { } output)
                return Failure.Invalid("outputs", name, string.Join(", ", outputs.Select(o => o.Name)));
            selected.Add(output);
        }
        return Result.Ok<IReadOnlyList<Tensor>>(selected);
    }

    public static Task WriteAnswerAsync(HttpContext context, string endpoint, string? id, InferenceAnswer answer, IReadOnlyList<Tensor> outputs)
    {
        context.Response.ContentType = "application/json";
        var body = context.Response.BodyWriter;
        var writer = Interlocked.Exchange(ref _cached, null) ?? new Utf8JsonWriter(body, new JsonWriterOptions { SkipValidation = true });
        writer.Reset(body);
        writer.WriteStartObject();
        writer.WriteString("model_name"u8, endpoint);
        writer.WriteString("model_version"u8, answer.Version);
        writer.WriteString("id"u8, id ?? answer.PredictionId);
        writer.WriteStartObject("parameters"u8);
        writer.WriteString("prediction_id"u8, answer.PredictionId);
        writer.WriteEndObject();
        writer.WriteStartArray("outputs"u8);
        foreach (var output in outputs)
        {
            writer.WriteStartObject();
            writer.WriteString("name"u8, output.Name);
            writer.WriteString("datatype"u8, output.Datatype);
            writer.WriteStartArray("shape"u8);
            foreach (var size in output.Shape) writer.WriteNumberValue(size);
            writer.WriteEndArray();
            writer.WritePropertyName("data"u8);
            OipRestData.Write(writer, output);
            writer.WriteEndObject();
        }
        writer.WriteEndArray();
        writer.WriteEndObject();
        writer.Flush();
        context.Response.ContentLength = writer.BytesCommitted;
        _cached = writer;
        return body.FlushAsync(context.RequestAborted).AsTask();
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
