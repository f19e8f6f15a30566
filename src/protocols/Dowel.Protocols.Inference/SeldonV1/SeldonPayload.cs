using System.Runtime.CompilerServices;
using System.Text.Json;
using Dowel.Kernel.Tensors;

namespace Dowel.Protocols.Inference.SeldonV1;

/// <summary>
/// A message as it was sent, beside the tensors that were made of it: between a caller and a server that both speak Seldon's protocol it goes on as it is, whatever tensors make of it
/// (a dictionary, one text, bytes, tags that are no text). Where other tensors take their place, as in a batch, it is left behind.
/// </summary>
/// <param name="Member">The payload's member, such as <c>jsonData</c>.</param>
/// <param name="Value">The payload.</param>
/// <param name="Tags">The tags of the message's meta.</param>
internal sealed record SeldonPayload(string Member, JsonElement Value, IReadOnlyDictionary<string, JsonElement> Tags)
{
    private static readonly ConditionalWeakTable<Tensor, Kept> ByTensor = [];

    /// <summary>Keeps it beside the tensors, as long as they live.</summary>
    public void KeepWith(IReadOnlyList<Tensor> tensors)
    {
        if (tensors.Count > 0) ByTensor.AddOrUpdate(tensors[0], new(this, tensors.Count));
    }

    /// <summary>What just these tensors were made of; null where that is not known.</summary>
    public static SeldonPayload? Of(IReadOnlyList<Tensor> tensors)
        => tensors.Count > 0 && ByTensor.TryGetValue(tensors[0], out var kept) && kept.Count == tensors.Count ? kept.Payload : null;

    /// <summary>Writes the payload's member.</summary>
    public void Write(Utf8JsonWriter json)
    {
        json.WritePropertyName(Member);
        // As it was read, whatever its texts hold.
        json.WriteRawValue(Value.GetRawText(), skipInputValidation: true);
    }

    private sealed record Kept(SeldonPayload Payload, int Count);
}
