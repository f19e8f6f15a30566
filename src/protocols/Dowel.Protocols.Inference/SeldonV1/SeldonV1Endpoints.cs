using Dowel.Contracts;
using Dowel.Kernel.Access;
using Dowel.Kernel.Hosting;
using Dowel.Kernel.Http;
using Dowel.Kernel.Ports;
using Dowel.Kernel.Results;
using Dowel.Protocols.Inference.Wire;
using Dowel.Serving.Gateway;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace Dowel.Protocols.Inference.SeldonV1;

/// <summary>Seldon Core's first protocol: predictions and feedback at the addresses of its ingress, where the namespace is the endpoint's project.</summary>
internal static class SeldonV1Endpoints
{
    private const string Protocol = "seldon-v1";

    public static void MapSeldonV1(this IEndpointRouteBuilder endpoints)
    {
        Map(endpoints.MapGroup("/seldon/{project}/{endpoint}/api/v1.0"));
        // Where images made for one model have it.
        if (RootEndpoint.Of(endpoints) is { } root) Map(endpoints.MapGroup(RootEndpoint.At("/api/v1.0", root)));
    }

    private static void Map(RouteGroupBuilder group)
    {
        group.WithMetadata(new ErrorForm(WriteErrorAsync));
        var use = AccessRule.CheckedInsideForGuests("use of the endpoint");
        group.MapPost("/predictions", new RequestDelegate(c => PredictAsync(c))).Allow(use).ExcludeFromDescription();
        group.MapPost("/feedback", new RequestDelegate(c => FeedbackAsync(c))).Allow(use).ExcludeFromDescription();
    }

    private static async Task PredictAsync(HttpContext context)
    {
        var answered = await InferenceCall.RunAsync(context, Protocol, Endpoint(context), null, handle => WrongProject(context, handle),
            static (body, call) => SeldonReader.Parse(body, call.Endpoint.Signature, IsOpenServer(call.Endpoint)), static request => request.Inputs);
        if (answered.TryGet(out var call, out var failure))
            await InferenceCall.WriteAsync(context, json => SeldonWriter.Write(json, call.Body, call.Endpoint, call.Answer));
        else await WriteErrorAsync(context, failure);
    }

    private static async Task FeedbackAsync(HttpContext context)
    {
        var sent = await SendAsync(context);
        if (!sent.TryGet(out var puid, out var failure))
        {
            await WriteErrorAsync(context, failure);
            return;
        }
        await InferenceCall.WriteAsync(context, json =>
        {
            json.WriteStartObject();
            json.WriteStartObject("meta");
            json.WriteString("puid", puid);
            json.WriteEndObject();
            json.WriteEndObject();
        });
    }

    private static async Task<Result<string>> SendAsync(HttpContext context)
    {
        var services = context.RequestServices;
        var opened = await services.GetRequiredService<IGateway>().OpenAsync(context.Actor(), Endpoint(context), null, Permission.Use, context.RequestAborted);
        if (!opened.TryGet(out var handle, out var failure)) return failure;
        if (WrongProject(context, handle) is { } elsewhere) return elsewhere;
        var read = await RequestBody.ReadAsync(context, services.GetRequiredService<IOptions<DowelOptions>>().Value.MaxBodyBytes, 0, static (body, _) => SeldonReader.ParseFeedback(body));
        if (!read.TryGet(out var feedback, out failure)) return failure;
        var sent = await services.GetRequiredService<IGroundTruth>().SendAsync(context.Actor(), handle.Name, new SendGroundTruth([new(feedback.PredictionId, feedback.Values)]), context.RequestAborted);
        if (!sent.TryGet(out var result, out failure)) return failure;
        return result.Accepted == 1 ? feedback.PredictionId : Failure.NotFound("prediction", feedback.PredictionId);
    }

    /// <summary>Whether a server stands behind it that says nothing of its inputs, as those of Seldon's wrapper do.</summary>
    private static bool IsOpenServer(IEndpointHandle endpoint) => endpoint.Platform is "docker" or "remote" && endpoint.Signature is { Inputs.Count: 0 };

    private static Failure? WrongProject(HttpContext context, IEndpointHandle endpoint)
        => context.GetRouteValue("project") is string project && project != endpoint.Project ? Failure.NotFound("endpoint", $"{project}/{endpoint.Name}") : null;

    private static string Endpoint(HttpContext context) => (string)context.GetRouteValue("endpoint")!;

    /// <summary>The status message of Seldon's wrapper.</summary>
    private static Task WriteErrorAsync(HttpContext context, Failure failure)
    {
        context.Response.StatusCode = failure.Code.Status;
        return InferenceCall.WriteAsync(context, json =>
        {
            json.WriteStartObject();
            json.WriteStartObject("status");
            json.WriteNumber("code", failure.Code.Status);
            json.WriteString("info", failure.Detail);
            json.WriteString("reason", failure.Code.Status is 400 or 413 or 422 ? "MICROSERVICE_BAD_DATA" : failure.Code.Code);
            json.WriteString("status", "FAILURE");
            json.WriteEndObject();
            json.WriteEndObject();
        });
    }
}
