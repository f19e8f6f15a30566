using System.Runtime.CompilerServices;
using System.Text.Json;
using Dowel.Kernel.Tensors;

namespace Dowel.Protocols.Inference.OpenInference;

/// <summary>
/// Parameters that mean nothing here but something to a server elsewhere, such as MLServer's <c>content_type</c>: they go on to it, and its own come back. They are kept beside the
/// tensor; where another takes its place, as in a batch, they are left behind.
/// </summary>
/// <param name="Request">Those of the request, or null.</param>
/// <param name="Own">Those of the tensor, or null.</param>
internal sealed record OipParameters(JsonElement? Request, JsonElement? Own)
{
    private static readonly ConditionalWeakTable<Tensor, OipParameters> ByTensor = [];

    /// <summary>Those that were kept beside a tensor; null for none.</summary>
    public static OipParameters? Of(Tensor tensor) => ByTensor.TryGetValue(tensor, out var kept) ? kept : null;

    /// <summary>Keeps them beside a tensor, as long as it lives.</summary>
    public void KeepWith(Tensor tensor) => ByTensor.AddOrUpdate(tensor, this);

    /// <summary>The members of such an object, but for those that are empty or that the protocol itself gives a meaning.</summary>
    public static IEnumerable<(string Name, JsonElement Value)> Meant(JsonElement? parameters)
        => parameters is { ValueKind: JsonValueKind.Object } given
            ? given.EnumerateObject().Where(p => !IsMeantHere(p.Name) && p.Value.ValueKind != JsonValueKind.Null).Select(p => (p.Name, p.Value)) : [];

    /// <summary>Writes the members of such an object.</summary>
    public static void Write(Utf8JsonWriter json, JsonElement? parameters)
    {
        foreach (var (name, value) in Meant(parameters))
        {
            json.WritePropertyName(name);
            // As it was read, whatever its texts hold.
            json.WriteRawValue(value.GetRawText(), skipInputValidation: true);
        }
    }

    /// <summary>What a server says beside its outputs, as tags; null for nothing. Objects and lists are its own affair.</summary>
    public static IReadOnlyDictionary<string, string>? Tags(JsonElement? parameters)
    {
        Dictionary<string, string>? tags = null;
        foreach (var (name, value) in Meant(parameters))
            if (value.ValueKind is JsonValueKind.String or JsonValueKind.Number or JsonValueKind.True or JsonValueKind.False)
                (tags ??= [])[name] = value.ValueKind == JsonValueKind.String ? value.GetString()! : value.GetRawText();
        return tags;
    }

    private static bool IsMeantHere(string name) => name is "binary_data_size" or "binary_data" or "binary_data_output" or "prediction_id" || name.StartsWith("shared_memory_", StringComparison.Ordinal);
}
