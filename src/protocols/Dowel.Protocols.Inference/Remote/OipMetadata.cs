using System.Text.Json;
using Dowel.Contracts;
using Dowel.Kernel.Tensors;

namespace Dowel.Protocols.Inference.Remote;

/// <summary>Reads what servers of the Open Inference Protocol say of themselves and of their models.</summary>
internal static class OipMetadata
{
    /// <summary>Inputs and outputs; none where a server leaves them away or has types that are no tensor's here.</summary>
    public static ModelSignature Signature(ServerAnswer answer)
    {
        using var document = JsonDocument.Parse(answer.Body);
        return Specs(document.RootElement, "inputs") is { } inputs ? new() { Inputs = inputs, Outputs = Specs(document.RootElement, "outputs") ?? [] } : new();
    }

    /// <summary>Whether the server takes tensors as bytes.</summary>
    public static bool TakesBytes(ServerAnswer answer)
    {
        using var document = JsonDocument.Parse(answer.Body);
        return document.RootElement.TryGetProperty("extensions", out var extensions) && extensions.ValueKind == JsonValueKind.Array
            && extensions.EnumerateArray().Any(e => e.ValueKind == JsonValueKind.String && e.GetString() is "binary_tensor_data" or "binary_data");
    }

    /// <summary>Names of models in a repository's index, or in a list of names.</summary>
    public static List<string> Names(ServerAnswer answer)
    {
        using var document = JsonDocument.Parse(answer.Body);
        var list = document.RootElement.ValueKind == JsonValueKind.Object ? document.RootElement.GetProperty("models") : document.RootElement;
        return [.. list.EnumerateArray().Select(m => m.ValueKind == JsonValueKind.Object ? m.GetProperty("name").GetString()! : m.GetString()!).Distinct()];
    }

    private static TensorSpec[]? Specs(JsonElement model, string member)
    {
        if (!model.TryGetProperty(member, out var list) || list.ValueKind != JsonValueKind.Array) return null;
        TensorSpec[] specs = [.. list.EnumerateArray().Select(Spec).OfType<TensorSpec>()];
        return specs.Length == list.GetArrayLength() ? specs : null;
    }

    private static TensorSpec? Spec(JsonElement tensor)
    {
        var name = tensor.GetProperty("name").GetString();
        var datatype = tensor.GetProperty("datatype").GetString();
        if (string.IsNullOrEmpty(name) || datatype is null || Datatypes.TypeOf(datatype) is null) return null;
        long[] shape = tensor.TryGetProperty("shape", out var sizes) && sizes.ValueKind == JsonValueKind.Array ? [.. sizes.EnumerateArray().Select(s => s.ValueKind == JsonValueKind.Number ? Math.Max(-1, s.GetInt64()) : -1)] : [-1];
        // The first dimension is the batch, whatever number stands there.
        if (shape.Length > 0) shape[0] = -1;
        return new TensorSpec { Name = name, Datatype = datatype, Shape = shape };
    }
}
