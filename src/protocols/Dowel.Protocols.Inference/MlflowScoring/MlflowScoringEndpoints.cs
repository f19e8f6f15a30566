using System.Text.Json;
using Dowel.Contracts;
using Dowel.Kernel.Access;
using Dowel.Kernel.Http;
using Dowel.Kernel.Results;
using Dowel.Kernel.Tensors;
using Dowel.Protocols.Inference.OpenInference;
using Dowel.Protocols.Inference.Wire;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Dowel.Protocols.Inference.MlflowScoring;

/// <summary>
/// What MLflow's scoring server answers (mlflow/pyfunc/scoring_server), for each endpoint under the address that its deployments clients use.
/// <c>/health</c> and <c>/version</c> are the tracking server's.
/// </summary>
internal static class MlflowScoringEndpoints
{
    private static readonly Dictionary<string, string> Codes = new()
    {
        [ErrorCodes.Unauthenticated.Code] = "UNAUTHENTICATED",
        [ErrorCodes.Forbidden.Code] = "PERMISSION_DENIED",
        [ErrorCodes.CrossSite.Code] = "PERMISSION_DENIED",
        [ErrorCodes.NotFound.Code] = "RESOURCE_DOES_NOT_EXIST",
        [ErrorCodes.RateLimited.Code] = "REQUEST_LIMIT_EXCEEDED",
        [ErrorCodes.NotReady.Code] = "TEMPORARILY_UNAVAILABLE",
    };

    public static void MapMlflowScoring(this IEndpointRouteBuilder endpoints)
    {
        Map(endpoints.MapGroup("/serving-endpoints/{endpoint}/invocations"));
        // Where MLflow's own scoring server, which has one model, has it.
        if (RootEndpoint.Of(endpoints) is { } root) Map(endpoints.MapGroup(RootEndpoint.At("/invocations", root)));
        endpoints.MapGet("/ping", PingAsync).Allow(AccessRule.Anonymous("health")).ExcludeFromDescription();

        static void Map(RouteGroupBuilder group) => group.MapPost("", new RequestDelegate(InvokeAsync)).WithMetadata(new ErrorForm(WriteErrorAsync))
            .Allow(AccessRule.CheckedInsideForGuests("use of the endpoint")).ExcludeFromDescription();
    }

    private static async Task<IResult> PingAsync(HealthCheckService health, CancellationToken cancellationToken)
        => TypedResults.Text("\n", "application/json", statusCode: await OipServer.IsReadyAsync(health, cancellationToken) ? 200 : 503);

    private static async Task InvokeAsync(HttpContext context)
    {
        var isCsv = context.Request.ContentType?.TrimStart().StartsWith("text/csv", StringComparison.OrdinalIgnoreCase) == true;
        var answered = await InferenceCall.RunAsync<IReadOnlyList<Tensor>>(context, "mlflow", (string)context.GetRouteValue("endpoint")!, null, null,
            isCsv ? static (body, call) => ScoringCsv.Parse(body, call.Endpoint.Signature) : static (body, call) => ScoringReader.ParseJson(body, call.Endpoint.Signature), static inputs => inputs);
        if (!answered.TryGet(out var call, out var failure))
        {
            await WriteErrorAsync(context, failure);
            return;
        }
        // The body is MLflow's own, so the id goes beside it.
        context.Response.Headers["X-Prediction-Id"] = call.Answer.PredictionId;
        await InferenceCall.WriteAsync(context, json =>
        {
            json.WriteStartObject();
            json.WritePropertyName("predictions");
            if (call.Answer.Outputs.Count == 1) JsonValues.WriteNested(json, call.Answer.Outputs[0]);
            else WriteRecords(json, call.Answer.Outputs);
            json.WriteEndObject();
        });
    }

    private static void WriteRecords(Utf8JsonWriter json, IReadOnlyList<Tensor> outputs)
    {
        json.WriteStartArray();
        for (var r = 0; outputs.Count > 0 && r < outputs[0].Rows; r++)
        {
            json.WriteStartObject();
            foreach (var output in outputs)
            {
                json.WritePropertyName(output.Name);
                JsonValues.WriteRow(json, output, r);
            }
            json.WriteEndObject();
        }
        json.WriteEndArray();
    }

    /// <summary>MLflow's error object.</summary>
    private static Task WriteErrorAsync(HttpContext context, Failure failure)
    {
        context.Response.StatusCode = failure.Code.Status;
        return InferenceCall.WriteAsync(context, json =>
        {
            json.WriteStartObject();
            json.WriteString("error_code", Codes.GetValueOrDefault(failure.Code.Code) ?? (failure.Code.Status >= 500 ? "INTERNAL_ERROR" : "BAD_REQUEST"));
            json.WriteString("message", failure.Detail);
            json.WriteEndObject();
        });
    }
}
