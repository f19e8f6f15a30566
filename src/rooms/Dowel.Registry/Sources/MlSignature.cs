using System.Text.Json;
using Dowel.Contracts;

namespace Dowel.Registry.Sources;

/// <summary>MLflow's column and tensor specs (mlflow/types/schema.py), a JSON list each for inputs and outputs, as tensors.</summary>
internal static class MlSignature
{
    /// <summary>The tensors; null where the text is no schema, or one whose types no tensor has (objects, maps, arrays).</summary>
    public static IReadOnlyList<TensorSpec>? Tensors(string? json, string unnamed)
    {
        if (json is null) return null;
        try
        {
            using var document = JsonDocument.Parse(json, new JsonDocumentOptions { MaxDepth = 32 });
            if (document.RootElement.ValueKind != JsonValueKind.Array) return null;
            var tensors = new List<TensorSpec>();
            foreach (var spec in document.RootElement.EnumerateArray())
            {
                if (Tensor(spec, $"{unnamed}-{tensors.Count + 1}") is not { } tensor) return null;
                tensors.Add(tensor);
            }
            return tensors;
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or FormatException)
        {
            return null;
        }
    }

    private static TensorSpec? Tensor(JsonElement spec, string unnamed)
    {
        var name = spec.TryGetProperty("name", out var given) && given.GetString() is { Length: > 0 } text ? text : unnamed;
        var optional = spec.TryGetProperty("required", out var required) && required.ValueKind == JsonValueKind.False;
        var type = spec.GetProperty("type").GetString();
        if (type != "tensor") return Column(type) is { } column ? new TensorSpec { Name = name, Datatype = column, Optional = optional } : null;
        var tensor = spec.GetProperty("tensor-spec");
        return Element(tensor.GetProperty("dtype").GetString()) is { } datatype
            ? new TensorSpec { Name = name, Datatype = datatype, Shape = [.. tensor.GetProperty("shape").EnumerateArray().Select(d => d.GetInt64())], Optional = optional }
            : null;
    }

    private static string? Column(string? type) => type switch
    {
        "boolean" => "BOOL",
        "integer" => "INT32",
        "long" => "INT64",
        "float" => "FP32",
        "double" => "FP64",
        "string" or "binary" or "datetime" => "BYTES",
        _ => null,
    };

    private static string? Element(string? type) => type switch
    {
        "bool" => "BOOL",
        "float16" => "FP16",
        "float32" => "FP32",
        "float64" => "FP64",
        "int8" or "int16" or "int32" or "int64" or "uint8" or "uint16" or "uint32" or "uint64" => type.ToUpperInvariant(),
        "str" or "object" or "bytes" => "BYTES",
        _ => null,
    };
}
