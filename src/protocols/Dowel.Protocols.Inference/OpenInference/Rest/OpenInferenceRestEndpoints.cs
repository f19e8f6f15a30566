using System.Buffers;
using System.Text.Json;
using Dowel.Contracts;
using Dowel.Kernel.Access;
using Dowel.Kernel.Http;
using Dowel.Kernel.Results;
using Dowel.Protocols.Inference.Wire;
using Dowel.Serving.Gateway;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Dowel.Protocols.Inference.OpenInference.Rest;

/// <summary>Open Inference Protocol v2 over REST. Source: https://github.com/kserve/open-inference-protocol, specification/protocol/inference_rest.md.</summary>
internal static class OpenInferenceRestEndpoints
{
    private const string Protocol = "oip-rest";

    public static void MapOpenInferenceRest(this IEndpointRouteBuilder endpoints)
    {
        var group = endpoints.MapGroup("/v2").WithTags("Open Inference Protocol").WithMetadata(new ErrorForm(WriteErrorAsync));
        var use = AccessRule.CheckedInsideForGuests("use of the endpoint");
        var read = AccessRule.CheckedInsideForGuests("read on the endpoint");
        group.MapGet("", Server).Allow(AccessRule.SignedInOrGuest).WithName("OipServerMetadata").WithSummary("Name and version of the server");
        group.MapGet("/health/live", Live).Allow(AccessRule.Anonymous("health")).WithName("OipServerLive").WithSummary("Whether the server runs");
        group.MapGet("/health/ready", Ready).Allow(AccessRule.Anonymous("health")).WithName("OipServerReady").WithSummary("Whether the server's models are loaded");
        foreach (var (path, suffix) in new[] { ("/models/{endpoint}", ""), ("/models/{endpoint}/versions/{version}", "Version") })
        {
            group.MapGet(path, Metadata).Allow(read).WithName($"OipModelMetadata{suffix}").WithSummary("Inputs and outputs of an endpoint");
            group.MapGet($"{path}/ready", ModelReady).Allow(read).WithName($"OipModelReady{suffix}").WithSummary("Whether an endpoint answers");
            group.MapPost($"{path}/infer", new RequestDelegate(InferAsync)).Allow(use).WithName($"OipInfer{suffix}").WithSummary("Ask an endpoint for predictions");
        }
        group.MapRepository();
        // Clients read an error of this form from whatever they call.
        group.MapMethods("/{**rest}", ["GET", "POST"], c => WriteErrorAsync(c, new Failure(ErrorCodes.NotFound, $"There is no {c.Request.Method} {c.Request.Path}.")))
            .Allow(AccessRule.Anonymous("says that there is no such call")).ExcludeFromDescription();
    }

    private static IResult Server() => TypedResults.Ok(new { name = OipServer.Name, version = OipServer.Version, extensions = OipServer.Extensions });

    private static IResult Live() => TypedResults.Ok(new { live = true });

    private static async Task<IResult> Ready(HealthCheckService health, CancellationToken cancellationToken)
    {
        var ready = await OipServer.IsReadyAsync(health, cancellationToken);
        return TypedResults.Json(new { ready }, statusCode: ready ? 200 : 503);
    }

    private static async Task Metadata(HttpContext context, IGateway gateway)
    {
        var opened = await OpenAsync(context, gateway, Permission.Read);
        if (!opened.TryGet(out var endpoint, out var failure)) await WriteErrorAsync(context, failure);
        else await OipRestWriter.WriteMetadataAsync(context, endpoint);
    }

    private static async Task ModelReady(HttpContext context, IGateway gateway)
    {
        var opened = await OpenAsync(context, gateway, Permission.Read);
        if (!opened.TryGet(out var endpoint, out var failure))
        {
            await WriteErrorAsync(context, failure);
            return;
        }
        context.Response.StatusCode = endpoint.IsReady ? 200 : 503;
        await context.Response.WriteAsJsonAsync(new { name = endpoint.Name, ready = endpoint.IsReady }, context.RequestAborted);
    }

    private static async Task InferAsync(HttpContext context)
    {
        var answered = await InferenceCall.RunAsync(context, Protocol, Endpoint(context), Version(context), null,
            static (body, call) => Parse(body, call.Http.Request, call.Endpoint), static body => body.Inputs);
        if (!answered.TryGet(out var call, out var failure)) await WriteErrorAsync(context, failure);
        else if (OipRestWriter.Select(call.Answer.Outputs, call.Body).TryGet(out var outputs, out failure)) await OipRestWriter.WriteAnswerAsync(context, call.Endpoint.Name, call.Body.Id, call.Answer, outputs);
        else await WriteErrorAsync(context, failure);
    }

    private static OipRestRequest Parse(in ReadOnlySequence<byte> body, HttpRequest request, IEndpointHandle endpoint)
    {
        var parsed = OipRestReader.Parse(body, request.Headers[OipRestReader.HeaderLength], endpoint.Platform is "docker" or "remote");
        var inputs = OipNames.Settle(parsed.Inputs, endpoint.Signature);
        return ReferenceEquals(inputs, parsed.Inputs) ? parsed : parsed with { Inputs = inputs };
    }

    private static ValueTask<Result<IEndpointHandle>> OpenAsync(HttpContext context, IGateway gateway, Permission permission)
        => gateway.OpenAsync(context.Actor(), Endpoint(context), Version(context), permission, context.RequestAborted);

    private static string Endpoint(HttpContext context) => (string)context.GetRouteValue("endpoint")!;

    private static string? Version(HttpContext context) => (string?)context.GetRouteValue("version");

    /// <summary>The protocol's error object: <c>{"error": "…"}</c>.</summary>
    internal static Task WriteErrorAsync(HttpContext context, Failure failure)
    {
        context.Response.StatusCode = failure.Code.Status;
        // Without a charset: KServe's client reads the error only where the type is this and no more.
        return context.Response.WriteAsJsonAsync(new { error = failure.Detail }, (JsonSerializerOptions?)null, "application/json", context.RequestAborted);
    }
}
