using System.Text.Json;
using Dowel.Kernel.Access;
using Dowel.Kernel.Results;
using Dowel.Protocols.Mlflow.Artifacts;
using Dowel.Protocols.Mlflow.Datasets;
using Dowel.Protocols.Mlflow.LoggedModels;
using Dowel.Protocols.Mlflow.Registry;
using Dowel.Protocols.Mlflow.Tracking;
using Dowel.Protocols.Mlflow.Wire;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace Dowel.Protocols.Mlflow;

/// <summary>MLflow's REST API, as its clients of versions 2 and 3 speak it: tracking and artifacts for the experiments room, the model registry for the registry room.</summary>
public static class MlflowProtocol
{
    /// <summary>The version of MLflow whose API this is.</summary>
    public const string Version = "3.6.0";

    /// <summary>Maps it. A part whose room is off answers 404 in MLflow's own form.</summary>
    /// <param name="endpoints">Where.</param>
    /// <param name="tracking">Whether the experiments room is on.</param>
    /// <param name="registry">Whether the registry room is on.</param>
    public static void MapMlflow(this IEndpointRouteBuilder endpoints, bool tracking, bool registry)
    {
        endpoints.MapGet("/health", () => "OK").Allow(AccessRule.Anonymous("health")).ExcludeFromDescription();
        endpoints.MapGet("/version", () => Version).Allow(AccessRule.Anonymous("the version of MLflow's API that is spoken")).ExcludeFromDescription();
        // Asked by clients that were told a workspace: here a workspace is a project.
        endpoints.MapCall("GET", "/3.0/mlflow/server-info", "nothing: says what the server can", _ => Task.FromResult(Result.Ok<Action<Utf8JsonWriter>>(j =>
        {
            j.WriteString("store_type", "SqlStore");
            j.WriteBoolean("workspaces_enabled", true);
        })));
        if (tracking)
        {
            endpoints.MapExperimentCalls();
            endpoints.MapRunCalls();
            endpoints.MapLogCalls();
            endpoints.MapMetricCalls();
            endpoints.MapArtifactCalls();
            endpoints.MapMultipartCalls();
            endpoints.MapLoggedModelCalls();
            endpoints.MapInputCalls();
        }
        if (registry)
        {
            endpoints.MapRegistry();
            endpoints.MapSnapshotCalls(alone: !tracking);
        }
        foreach (var method in (string[])["GET", "POST", "PUT", "PATCH", "DELETE"])
            foreach (var version in (string[])["/2.0/mlflow/{**rest}", "/3.0/mlflow/{**rest}", "/2.0/mlflow-artifacts/{**rest}"])
                endpoints.MapRaw(method, version, "nothing: says that there is no such call", UnknownAsync);
    }

    // The client falls back to older calls on this code.
    private static Task UnknownAsync(HttpContext context)
    {
        var path = context.Request.Path.Value!;
        var known = context.RequestServices.GetRequiredService<EndpointDataSource>().Endpoints.OfType<RouteEndpoint>().Any(e => string.Equals(e.RoutePattern.RawText, path, StringComparison.OrdinalIgnoreCase));
        return MlflowCodes.WriteAsync(context, "ENDPOINT_NOT_FOUND", known ? StatusCodes.Status405MethodNotAllowed : StatusCodes.Status404NotFound, $"There is no {context.Request.Method} {path} on this server.");
    }
}
