using System.Text.Json.Serialization;

namespace Dowel.Client;

/// <summary>An Open Inference request.</summary>
internal sealed record WireRequest(
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Id,
    IReadOnlyList<WireTensor> Inputs);
