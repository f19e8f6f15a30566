using System.Buffers;
using System.Text.Json;
using Dowel.Kernel.Tensors;
using Dowel.Protocols.Inference.OpenInference.Grpc.Wire;
using Google.Protobuf.Collections;

namespace Dowel.Protocols.Inference.OpenInference.Grpc;

/// <summary>Parameters of the messages as <see cref="OipParameters"/>.</summary>
internal static class GrpcParameters
{
    private const string ContentType = "content_type";

    /// <summary>Keeps a request's parameters, and those of its inputs, beside the tensors.</summary>
    public static void Keep(ModelInferRequest request, IReadOnlyList<Tensor> inputs)
    {
        for (var i = 0; i < inputs.Count; i++)
        {
            var ofRequest = i == 0 ? Read(request.Parameters) : null;
            if (Read(request.Inputs[i].Parameters) is var own && (own is not null || i == 0)) new OipParameters(ofRequest, own).KeepWith(inputs[i]);
        }
    }

    /// <summary>Writes what a server said beside an output; objects and lists have no form here.</summary>
    public static void Write(MapField<string, InferParameter> parameters, JsonElement? kept)
    {
        foreach (var (name, value) in OipParameters.Meant(kept))
            if (value.ValueKind == JsonValueKind.String) parameters[name] = new InferParameter { StringParam = value.GetString()! };
            else if (value.ValueKind is JsonValueKind.True or JsonValueKind.False) parameters[name] = new InferParameter { BoolParam = value.GetBoolean() };
            else if (value.ValueKind == JsonValueKind.Number && value.TryGetInt64(out var whole)) parameters[name] = new InferParameter { Int64Param = whole };
            else if (value.ValueKind == JsonValueKind.Number) parameters[name] = new InferParameter { DoubleParam = value.GetDouble() };
    }

    /// <summary>Whether a request is one of MLServer's codecs, which say of what form each input is.</summary>
    public static bool IsOfMLServer(ModelInferRequest request)
        => request.Parameters.ContainsKey(ContentType) || request.Inputs.Any(i => i.Parameters.ContainsKey(ContentType));

    private static JsonElement? Read(MapField<string, InferParameter> parameters)
    {
        if (parameters.Count == 0) return null;
        var body = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(body))
        {
            json.WriteStartObject();
            foreach (var (name, value) in parameters)
                switch (value.ParameterChoiceCase)
                {
                    case InferParameter.ParameterChoiceOneofCase.StringParam: json.WriteString(name, value.StringParam); break;
                    case InferParameter.ParameterChoiceOneofCase.BoolParam: json.WriteBoolean(name, value.BoolParam); break;
                    case InferParameter.ParameterChoiceOneofCase.Int64Param: json.WriteNumber(name, value.Int64Param); break;
                    case InferParameter.ParameterChoiceOneofCase.Uint64Param: json.WriteNumber(name, value.Uint64Param); break;
                    case InferParameter.ParameterChoiceOneofCase.DoubleParam when double.IsFinite(value.DoubleParam): json.WriteNumber(name, value.DoubleParam); break;
                    default: break;
                }
            json.WriteEndObject();
        }
        var reader = new Utf8JsonReader(body.WrittenSpan);
        return JsonElement.ParseValue(ref reader);
    }
}
