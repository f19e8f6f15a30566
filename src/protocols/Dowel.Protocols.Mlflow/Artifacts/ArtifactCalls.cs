using System.Text.Json;
using Dowel.Contracts;
using Dowel.Experiments.Artifacts;
using Dowel.Experiments.Runs;
using Dowel.Kernel.Access;
using Dowel.Kernel.Http;
using Dowel.Kernel.Objects;
using Dowel.Kernel.Results;
using Dowel.Protocols.Mlflow.Tracking;
using Dowel.Protocols.Mlflow.Wire;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Routing;

namespace Dowel.Protocols.Mlflow.Artifacts;

/// <summary>The artifact proxy (mlflow/protos/mlflow_artifacts.proto), through which clients keep files at <c>mlflow-artifacts:</c> URIs, and the older ways to a run's files.</summary>
internal static class ArtifactCalls
{
    private const string Proxy = "/2.0/mlflow-artifacts/artifacts";
    private const string MayUse = "use on the experiment";
    private const string MayEdit = "edit on the experiment";

    public static void MapArtifactCalls(this IEndpointRouteBuilder endpoints)
    {
        endpoints.MapCall("GET", Proxy, MayUse, List);
        foreach (var method in (string[])["GET", "HEAD"])
        {
            endpoints.MapRaw(method, $"{Proxy}/{{**path}}", MayUse, Download);
            endpoints.MapRaw(method, "get-artifact", MayUse, GetArtifact);
            endpoints.MapMethods("/get-artifact", [method], GetArtifact).Allow(AccessRule.CheckedInside(MayUse)).WithMetadata(new ErrorForm(MlflowCodes.WriteAsync)).ExcludeFromDescription();
        }
        endpoints.MapRaw("PUT", $"{Proxy}/{{**path}}", MayEdit, Upload);
        endpoints.MapRaw("DELETE", $"{Proxy}/{{**path}}", MayEdit, Delete);
        endpoints.MapCall("GET", "artifacts/list", MayUse, ListOfRun);
    }

    private static async Task Download(HttpContext context)
    {
        var place = await MlflowCall.Of(context).PlaceAsync(PathOf(context));
        await SendAsync(context, place.Owner, place.Path);
    }

    private static async Task Upload(HttpContext context)
    {
        var call = MlflowCall.Of(context);
        var (place, experiment) = await call.WritablePlaceAsync(PathOf(context));
        // The service counts, by the setting for uploads.
        if (context.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } limit) limit.MaxRequestBodySize = null;
        var put = await call.Get<ArtifactService>().PutAsync(call.Actor, experiment, place.Owner, place.Path, context.Request.Body, context.Request.ContentLength, call.Aborted);
        await AnswerAsync(context, put.Map(_ => MlflowRoutes.Nothing));
    }

    private static async Task Delete(HttpContext context)
    {
        var call = MlflowCall.Of(context);
        var (place, experiment) = await call.WritablePlaceAsync(PathOf(context));
        await AnswerAsync(context, (await call.Get<ArtifactService>().DeleteAsync(call.Actor, experiment, place.Owner, place.Path, call.Aborted)).Map(_ => MlflowRoutes.Nothing));
    }

    private static async Task<Result<Action<Utf8JsonWriter>>> List(MlflowCall call)
    {
        var found = await VersionArtifactCalls.ListOfVersionAsync(call, call.Text("path")) ?? await ListOfPlaceAsync(call, call.Text("path"));
        // Here a file goes by its name alone, elsewhere by its path.
        return found.Map<Action<Utf8JsonWriter>>(files => j => WriteFiles(j, files.Select(f => f with { Path = f.Path[(f.Path.LastIndexOf('/') + 1)..] })));
    }

    private static async Task<Result<IReadOnlyList<ArtifactInfo>>> ListOfPlaceAsync(MlflowCall call, string? path)
    {
        var place = await call.PlaceAsync(path);
        return await call.Get<ArtifactService>().ListAsync(place.Owner, place.Path, call.Aborted);
    }

    private static async Task<Result<Action<Utf8JsonWriter>>> ListOfRun(MlflowCall call)
    {
        var id = call.RunId();
        await call.RequireRunAsync(id, Permission.Use);
        if (await call.Get<RunService>().FindAsync(id, call.Aborted) is not { } run) return RunKeys.NotFound(id);
        return await ListBelowAsync(call, id, run.ArtifactUri, call.Text("path"));
    }

    /// <summary>Lists a folder of a run or logged model.</summary>
    public static async Task<Result<Action<Utf8JsonWriter>>> ListBelowAsync(MlflowCall call, string owner, string rootUri, string? folder)
        => (await call.Get<ArtifactService>().ListAsync(owner, folder, call.Aborted)).Map<Action<Utf8JsonWriter>>(files => j =>
        {
            j.WriteString("root_uri", rootUri);
            WriteFiles(j, files);
        });

    private static async Task GetArtifact(HttpContext context)
    {
        var call = MlflowCall.Of(context);
        var run = call.RunId();
        await call.RequireRunAsync(run, Permission.Use);
        await SendAsync(context, run, call.Required("path"));
    }

    /// <summary>Answers with a file of a run or logged model.</summary>
    public static async Task SendAsync(HttpContext context, string owner, string path)
    {
        var call = MlflowCall.Of(context);
        if (!(await call.Get<ArtifactService>().GetAsync(owner, path, call.Aborted)).TryGet(out var file, out var failure)) await MlflowCodes.WriteAsync(context, failure);
        else await (await SafeDownload.FromStoreAsync(context, call.Get<IObjectStore>(), file.Path, file.Hash!)).ExecuteAsync(context);
    }

    private static void WriteFiles(Utf8JsonWriter json, IEnumerable<ArtifactInfo> files) => json.List("files", [.. files.OrderBy(f => f.Path, StringComparer.Ordinal)], (j, file) =>
    {
        j.WriteString("path", file.Path);
        j.WriteBoolean("is_dir", file.IsFolder);
        // MLflow leaves a zero out.
        if (file.Bytes > 0) j.WriteNumber("file_size", file.Bytes.Value);
    });

    private static Task AnswerAsync(HttpContext context, Result<Action<Utf8JsonWriter>> result)
        => result.TryGet(out var write, out var failure) ? MlflowRoutes.WriteAsync(context, write) : MlflowCodes.WriteAsync(context, failure);

    private static string? PathOf(HttpContext context) => context.GetRouteValue("path") as string;
}
