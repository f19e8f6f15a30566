using Dowel.Contracts;
using Dowel.Kernel.Objects;
using Dowel.Kernel.Results;
using Dowel.Protocols.Mlflow.Registry;
using Dowel.Protocols.Mlflow.Wire;
using Dowel.Registry.Versions;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace Dowel.Protocols.Mlflow.Artifacts;

/// <summary>The registry's own files of a model version at <c>mlflow-artifacts:/registry/MODEL_ID/VERSION</c>: read only, by whoever may use the model.</summary>
internal static class VersionArtifactCalls
{
    private const string Root = "registry/";
    private const string MayUse = "use of the model";

    public static void MapVersionArtifactCalls(this IEndpointRouteBuilder endpoints)
    {
        foreach (var method in (string[])["GET", "HEAD"])
        {
            endpoints.MapRaw(method, "/2.0/mlflow-artifacts/artifacts/registry/{model}/{version}/{**path}", MayUse, Download);
            endpoints.MapRaw(method, "model-versions/get-artifact", MayUse, GetArtifact);
        }
    }

    /// <summary>Lists a folder of a version where the path is one of the registry's; null where it is another's.</summary>
    public static async Task<Result<IReadOnlyList<ArtifactInfo>>?> ListOfVersionAsync(MlflowCall call, string? path)
    {
        if (path?.StartsWith(Root, StringComparison.Ordinal) != true || call.Http.RequestServices.GetService<VersionFiles>() is not { } files) return null;
        return path.Split('/', 4) is [_, var model, var version, .. var rest] ? await files.ListAsync(call.Actor, model, version, rest.FirstOrDefault(), call.Aborted) : Failure.NotFound("artifact", path);
    }

    private static Task Download(HttpContext context) => SendAsync(context, Value(context, "model"), Value(context, "version"), Value(context, "path"));

    private static async Task GetArtifact(HttpContext context)
    {
        var call = MlflowCall.Of(context);
        if ((await call.VersionAsync(Permission.Use)).TryGet(out var found, out var failure)) await SendAsync(context, found.Model.Id, found.Version, call.Required("path"));
        else await MlflowCodes.WriteAsync(context, failure);
    }

    private static async Task SendAsync(HttpContext context, string model, string version, string path)
    {
        var call = MlflowCall.Of(context);
        if (!(await call.Get<VersionFiles>().FindAsync(call.Actor, model, version, path, call.Aborted)).TryGet(out var file, out var failure)) await MlflowCodes.WriteAsync(context, failure);
        else await (await SafeDownload.FromStoreAsync(context, call.Get<IObjectStore>(), file.Path, file.Hash!)).ExecuteAsync(context);
    }

    private static string Value(HttpContext context, string name) => context.GetRouteValue(name) as string ?? "";
}
