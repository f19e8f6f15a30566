using System.Text.Json;
using Dowel.Contracts;
using Dowel.Experiments.Artifacts;
using Dowel.Kernel.Results;
using Dowel.Protocols.Mlflow.Registry;
using Dowel.Protocols.Mlflow.Wire;
using Dowel.Registry.Versions;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace Dowel.Protocols.Mlflow.Artifacts;

/// <summary>The files of registered versions in the artifact proxy: <c>registry/MODEL_ID/VERSION/PATH</c>, read only.</summary>
internal static class SnapshotCalls
{
    private const string MayUse = "use on the model";

    /// <param name="endpoints">Where.</param>
    /// <param name="alone">Whether nothing else is in the proxy.</param>
    public static void MapSnapshotCalls(this IEndpointRouteBuilder endpoints, bool alone)
    {
        endpoints.MapDownload($"{ArtifactCalls.Proxy}/{ArtifactPlaces.Registry}/{{model}}/{{version}}/{{**path}}", MayUse, Download);
        endpoints.MapPageDownload("model-versions/get-artifact", MayUse, GetArtifact);
        if (alone) endpoints.MapCall("GET", ArtifactCalls.Proxy, MayUse, async call => call.Text("path") is { } path && await call.TryListAsync(path) is { } listed ? listed : Failure.Invalid("path", call.Text("path"), "registry/MODEL_ID/VERSION, and a path below it"));
    }

    /// <summary>Lists a folder of a version; null where the path is none.</summary>
    public static async Task<Result<Action<Utf8JsonWriter>>?> TryListAsync(this MlflowCall call, string path)
    {
        if (path.Split('/', 4) is not [ArtifactPlaces.Registry, var model, var version, .. var rest] || call.Http.RequestServices.GetService<VersionFiles>() is not { } files) return null;
        return (await files.ListAsync(call.Actor, model, version, rest.FirstOrDefault(), call.Aborted)).Map(ArtifactAnswers.Names);
    }

    private static async Task Download(HttpContext context)
    {
        var (call, route) = (MlflowCall.Of(context), context.Request.RouteValues);
        await ArtifactAnswers.SendAsync(context, await call.Get<VersionFiles>().FindAsync(call.Actor, (string)route["model"]!, (string)route["version"]!, route["path"] as string ?? "", call.Aborted));
    }

    private static async Task GetArtifact(HttpContext context)
    {
        var call = MlflowCall.Of(context);
        var found = await call.VersionAsync(Permission.Use);
        await ArtifactAnswers.SendAsync(context, found.TryGet(out var version, out var failure)
            ? await call.Get<VersionFiles>().FindAsync(call.Actor, version.Model.Id, version.Version, call.Required("path"), call.Aborted)
            : failure);
    }
}
