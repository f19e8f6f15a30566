using Dowel.Protocols.Inference.OpenInference.Rest;
using Microsoft.AspNetCore.Routing;

namespace Dowel.Protocols.Inference;

/// <summary>The inference protocols of the serving room.</summary>
public static class InferenceProtocols
{
    /// <summary>Maps the Open Inference Protocol v2 (REST) at <c>/v2</c>.</summary>
    public static void MapInferenceProtocols(this IEndpointRouteBuilder endpoints) => endpoints.MapOpenInferenceRest();
}
