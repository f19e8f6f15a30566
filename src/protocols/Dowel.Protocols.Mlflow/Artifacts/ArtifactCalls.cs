using System.Text.Json;
using Dowel.Contracts;
using Dowel.Experiments.Artifacts;
using Dowel.Experiments.Runs;
using Dowel.Kernel.Results;
using Dowel.Protocols.Mlflow.Tracking;
using Dowel.Protocols.Mlflow.Wire;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Routing;

namespace Dowel.Protocols.Mlflow.Artifacts;

/// <summary>The artifact proxy (mlflow/protos/mlflow_artifacts.proto), through which clients keep files at <c>mlflow-artifacts:</c> URIs, and the older ways to a run's files.</summary>
internal static class ArtifactCalls
{
    public const string Proxy = "/2.0/mlflow-artifacts/artifacts";
    private const string MayUse = "use on the experiment";
    private const string MayEdit = "edit on the experiment";

    public static void MapArtifactCalls(this IEndpointRouteBuilder endpoints)
    {
        endpoints.MapCall("GET", Proxy, MayUse, List);
        endpoints.MapDownload($"{Proxy}/{{**path}}", MayUse, Download);
        endpoints.MapPageDownload("get-artifact", MayUse, GetArtifact);
        endpoints.MapRaw("PUT", $"{Proxy}/{{**path}}", MayEdit, Upload);
        endpoints.MapRaw("DELETE", $"{Proxy}/{{**path}}", MayEdit, Delete);
        endpoints.MapCall("GET", "artifacts/list", MayUse, ListOfRun);
    }

    private static async Task Download(HttpContext context)
    {
        var call = MlflowCall.Of(context);
        var place = await call.PlaceAsync(PathOf(context));
        await ArtifactAnswers.SendAsync(context, await call.Get<ArtifactService>().GetAsync(place.Owner, place.Path, call.Aborted));
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
        if (call.Text("path") is { } path && await call.TryListAsync(path) is { } snapshot) return snapshot;
        var place = await call.PlaceAsync(call.Text("path"));
        return (await call.Get<ArtifactService>().ListAsync(place.Owner, place.Path, call.Aborted)).Map(ArtifactAnswers.Names);
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
            ArtifactAnswers.WriteFiles(j, files);
        });

    private static async Task GetArtifact(HttpContext context)
    {
        var call = MlflowCall.Of(context);
        var run = call.RunId();
        await call.RequireRunAsync(run, Permission.Use);
        await ArtifactAnswers.SendAsync(context, await call.Get<ArtifactService>().GetAsync(run, call.Required("path"), call.Aborted));
    }

    private static Task AnswerAsync(HttpContext context, Result<Action<Utf8JsonWriter>> result)
        => result.TryGet(out var write, out var failure) ? MlflowRoutes.WriteAsync(context, write) : MlflowCodes.WriteAsync(context, failure);

    private static string? PathOf(HttpContext context) => context.GetRouteValue("path") as string;
}
