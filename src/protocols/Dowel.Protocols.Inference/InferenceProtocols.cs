using Dowel.Protocols.Inference.MlflowScoring;
using Dowel.Protocols.Inference.OpenInference.Grpc;
using Dowel.Protocols.Inference.OpenInference.Rest;
using Dowel.Protocols.Inference.Raw;
using Dowel.Protocols.Inference.Remote;
using Dowel.Protocols.Inference.SeldonV1;
using Dowel.Serving.Gateway;
using Dowel.Serving.Models;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace Dowel.Protocols.Inference;

/// <summary>The inference protocols of the serving room.</summary>
public static class InferenceProtocols
{
    /// <summary>Adds what <see cref="MapInferenceGrpc"/> needs.</summary>
    public static void AddInferenceGrpc(this IServiceCollection services) => services.AddOpenInferenceGrpc();

    /// <summary>Adds the clients of model servers, of images by what runs them and of servers elsewhere, and what hands requests on to them (<c>/raw</c>).</summary>
    public static void AddInferenceClients(this IServiceCollection services)
    {
        services.AddHttpForwarder();
        services.TryAddSingleton(p => (IForwardGateway)p.GetRequiredService<IGateway>());
        services.TryAddEnumerable([
            ServiceDescriptor.Singleton<IServerProtocol, OipServerProtocol>(),
            ServiceDescriptor.Singleton<IServerProtocol, SeldonServerProtocol>(),
            ServiceDescriptor.Singleton<IServerProtocol, MlflowServerProtocol>(),
            ServiceDescriptor.Singleton<IServerProtocol, OpenAiServerProtocol>(),
            ServiceDescriptor.Singleton<IServerProtocol, RawServerProtocol>(),
            ServiceDescriptor.Singleton<IServerRuntime, RemoteRuntime>(),
        ]);
    }

    /// <summary>Maps the Open Inference Protocol v2 (REST) at <c>/v2</c>, MLflow's scoring at <c>/serving-endpoints</c>, Seldon's first protocol at <c>/seldon</c>, and requests that are handed on as they are at <c>/raw</c>.</summary>
    public static void MapInferenceProtocols(this IEndpointRouteBuilder endpoints)
    {
        endpoints.MapOpenInferenceRest();
        endpoints.MapMlflowScoring();
        endpoints.MapSeldonV1();
        endpoints.MapRaw();
    }

    /// <summary>Maps the Open Inference Protocol v2 over gRPC, with the health and reflection services; they answer where the server listens for HTTP/2.</summary>
    public static void MapInferenceGrpc(this IEndpointRouteBuilder endpoints) => endpoints.MapOpenInferenceGrpc();
}
