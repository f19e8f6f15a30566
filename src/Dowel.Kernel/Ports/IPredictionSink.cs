using Dowel.Kernel.Tensors;

namespace Dowel.Kernel.Ports;

/// <summary>Receives every request at an endpoint. Observability provides it; without that room predictions are not kept.</summary>
public interface IPredictionSink
{
    /// <summary>Keeps a record. When it returns, the record has been handed to the operating system and survives the death of this process. Safe for concurrent use.</summary>
    void Append(in PredictionRecord record);
}

/// <summary>One request at an endpoint, answered or refused.</summary>
public readonly record struct PredictionRecord
{
    /// <summary>Id, as sent to the caller.</summary>
    public required Guid Id { get; init; }
    /// <summary>When it was answered, in Unix microseconds.</summary>
    public required long AtMicros { get; init; }
    /// <summary>Id of the endpoint.</summary>
    public required string EndpointId { get; init; }
    /// <summary>Name of the endpoint.</summary>
    public required string Endpoint { get; init; }
    /// <summary>Id of the caller.</summary>
    public required string CallerId { get; init; }
    /// <summary>Name of the caller.</summary>
    public required string Caller { get; init; }
    /// <summary>"name/version" of the model that answered; empty if none did.</summary>
    public string Model { get; init; }
    /// <summary>Name of the deployment that answered; empty if none did.</summary>
    public string Deployment { get; init; }
    /// <summary>The protocol, such as <c>oip-rest</c>.</summary>
    public required string Protocol { get; init; }
    /// <summary>HTTP status of the answer (or what it would be).</summary>
    public required int Status { get; init; }
    /// <summary>The error, or null.</summary>
    public string? Error { get; init; }
    /// <summary>Rows.</summary>
    public int Rows { get; init; }
    /// <summary>Whole time on the server, in microseconds.</summary>
    public required int LatencyMicros { get; init; }
    /// <summary>The part in the feature join, in microseconds.</summary>
    public int FeaturesMicros { get; init; }
    /// <summary>The part in the model, in microseconds.</summary>
    public int ModelMicros { get; init; }
    /// <summary>What the caller sent; null if it could not be read.</summary>
    public IReadOnlyList<Tensor>? Inputs { get; init; }
    /// <summary>The features joined on; null for none.</summary>
    public IReadOnlyList<Tensor>? Features { get; init; }
    /// <summary>What was answered; null if nothing was.</summary>
    public IReadOnlyList<Tensor>? Outputs { get; init; }
}
