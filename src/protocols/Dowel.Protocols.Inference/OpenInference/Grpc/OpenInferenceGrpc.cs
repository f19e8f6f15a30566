using Dowel.Kernel.Access;
using Dowel.Kernel.Hosting;
using Dowel.Kernel.Http;
using Grpc.AspNetCore.Server;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace Dowel.Protocols.Inference.OpenInference.Grpc;

/// <summary>Puts the gRPC services into a host. They answer where it listens for HTTP/2.</summary>
internal static class OpenInferenceGrpc
{
    public static void AddOpenInferenceGrpc(this IServiceCollection services)
    {
        services.AddGrpc();
        services.AddOptions<GrpcServiceOptions>().Configure<IOptions<DowelOptions>>((grpc, dowel) =>
        {
            var limit = (int)Math.Min(dowel.Value.MaxBodyBytes, int.MaxValue);
            grpc.MaxReceiveMessageSize = limit;
            // What a model answers is not the caller's doing.
            grpc.MaxSendMessageSize = null;
            grpc.CompressionProviders = [new BoundedCompression("gzip", limit), new BoundedCompression("deflate", limit)];
            grpc.ResponseCompressionAlgorithm = "gzip";
            // A call that there is not is a route that there is not.
            grpc.IgnoreUnknownServices = true;
        });
        services.AddGrpcReflection();
        services.AddGrpcHealthChecks(o =>
        {
            o.Services.Map("", c => c.Tags.Contains("ready"));
            o.Services.Map("inference.GRPCInferenceService", c => c.Tags.Contains("ready"));
        });
    }

    public static void MapOpenInferenceGrpc(this IEndpointRouteBuilder endpoints)
    {
        endpoints.MapGrpcService<OpenInferenceGrpcService>().Add(route =>
        {
            Allow(route, RuleOf(route.Metadata.OfType<GrpcMethodMetadata>().Single().Method.Name));
            route.RequestDelegate = GrpcMessages.Blame(route.RequestDelegate!);
        });
        endpoints.MapGrpcHealthChecksService().Add(route => Allow(route, AccessRule.Anonymous("health")));
        endpoints.MapGrpcReflectionService().Add(route => Allow(route, AccessRule.Anonymous("the API's description")));
    }

    private static void Allow(EndpointBuilder route, AccessRule rule)
    {
        route.Metadata.Add(rule);
        route.Metadata.Add(new ErrorForm(GrpcErrors.WriteAsync));
    }

    private static AccessRule RuleOf(string method) => method switch
    {
        "ServerLive" or "ServerReady" => AccessRule.Anonymous("health"),
        "ServerMetadata" or "RepositoryIndex" => AccessRule.SignedInOrGuest,
        "ModelReady" or "ModelMetadata" => AccessRule.CheckedInsideForGuests("read on the endpoint"),
        "RepositoryModelLoad" or "RepositoryModelUnload" => AccessRule.CheckedInside("edit on the endpoint"),
        "ModelInfer" or "ModelStreamInfer" => AccessRule.CheckedInsideForGuests("use of the endpoint"),
        _ => throw new InvalidOperationException($"The call {method} has no access rule."),
    };
}
