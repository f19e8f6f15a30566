using System.Text.Json.Serialization;

namespace Dowel.Client;

/// <summary>An Open Inference answer.</summary>
internal sealed record WireAnswer
{
    [JsonPropertyName("id")]
    public string? Id { get; init; }

    [JsonPropertyName("model_name")]
    public string? ModelName { get; init; }

    [JsonPropertyName("model_version")]
    public string? ModelVersion { get; init; }

    [JsonPropertyName("parameters")]
    public IReadOnlyDictionary<string, object?>? Parameters { get; init; }

    [JsonPropertyName("outputs")]
    public IReadOnlyList<WireTensor> Outputs { get; init; } = [];

    public InferenceAnswer ToAnswer() => new()
    {
        Id = Parameters?.GetValueOrDefault("prediction_id") as string ?? Id ?? "",
        RequestId = Id,
        Model = ModelName ?? "",
        ModelVersion = ModelVersion,
        Outputs = Outputs.ToDictionary(o => o.Name, o => o.Data),
        Shapes = Outputs.ToDictionary(o => o.Name, o => o.Shape),
    };
}
