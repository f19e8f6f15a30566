using Dowel.Kernel.Tensors;

namespace Dowel.Protocols.Inference.OpenInference.Rest;

/// <summary>A decoded inference request.</summary>
/// <param name="Id">The caller's id, or null.</param>
/// <param name="Inputs">The inputs.</param>
/// <param name="Outputs">The outputs asked for; null for all.</param>
/// <param name="BinaryOutput">Whether outputs go out as bytes where they say nothing themselves.</param>
internal sealed record OipRestRequest(string? Id, IReadOnlyList<Tensor> Inputs, IReadOnlyList<OipRestOutput>? Outputs, bool BinaryOutput);

/// <summary>An output that was asked for.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Binary">Whether it goes out as bytes; null where the request did not say.</param>
internal readonly record struct OipRestOutput(string Name, bool? Binary);
