using System.Globalization;
using System.Text.Json;
using Dowel.Experiments.Artifacts;
using Dowel.Kernel.Access;
using Dowel.Kernel.Http;
using Dowel.Kernel.Resources;
using Dowel.Kernel.Results;
using Dowel.Protocols.Mlflow.Wire;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Routing;

namespace Dowel.Protocols.Mlflow.Artifacts;

/// <summary>
/// Uploads in parts (mlflow/protos/mlflow_artifacts.proto, mlflow/store/artifact/http_artifact_repo.py). The address in the route is the folder; the file's name is the last part of <c>path</c>, the client's local file.
/// The client puts the parts to addresses that it is given, without its credentials.
/// </summary>
internal static class MultipartCalls
{
    private const string Mpu = "/2.0/mlflow-artifacts/mpu";
    private const string MayEdit = "edit on the experiment";

    public static void MapMultipartCalls(this IEndpointRouteBuilder endpoints)
    {
        endpoints.MapCall("POST", $"{Mpu}/create/{{**folder}}", MayEdit, Create);
        endpoints.MapCall("POST", $"{Mpu}/complete/{{**folder}}", MayEdit, Complete);
        endpoints.MapCall("POST", $"{Mpu}/abort/{{**folder}}", MayEdit, Abort);
        endpoints.MapPut($"/api{Mpu}/parts/{{upload}}/{{part:long}}", Put)
            .Allow(AccessRule.Anonymous("the address itself is the permission: signed, for one part of one upload that its maker may write, for a day"))
            .WithMetadata(new ErrorForm(MlflowCodes.WriteAsync)).WithTags("MLflow").ExcludeFromDescription();
    }

    private static async Task<Result<Action<Utf8JsonWriter>>> Create(MlflowCall call)
    {
        var (owner, path, _) = await FileAsync(call);
        var uploads = call.Get<ArtifactUploads>();
        var parts = call.Integer("num_parts") ?? 1;
        return (await uploads.CreateAsync(owner, path, parts, call.Aborted)).Map<Action<Utf8JsonWriter>>(id => j =>
        {
            j.WriteString("upload_id", id);
            j.List("credentials", [.. Enumerable.Range(1, (int)parts)], (w, part) =>
            {
                w.WriteString("url", Address(call.Http.Request, id, part, uploads.Pass(id, part)));
                w.WriteNumber("part_number", part);
            });
        });
    }

    private static async Task<Result<Action<Utf8JsonWriter>>> Complete(MlflowCall call)
    {
        var (owner, path, experiment) = await FileAsync(call);
        var parts = call.Objects("parts").Select((p, i) => new UploadedPart(
            MlflowCall.Integer(p, "part_number", $"parts[{i}].part_number") ?? throw MlflowCall.Missing($"parts[{i}].part_number"),
            MlflowCall.Required(p, "etag", $"parts[{i}].etag"))).ToList();
        if (parts.Count == 0) throw MlflowCall.Missing("parts");
        return (await call.Get<ArtifactUploads>().CompleteAsync(call.Actor, experiment, owner, path, call.Required("upload_id"), parts, call.Aborted)).Map(_ => MlflowRoutes.Nothing);
    }

    private static async Task<Result<Action<Utf8JsonWriter>>> Abort(MlflowCall call)
    {
        var (owner, _, _) = await FileAsync(call);
        return (await call.Get<ArtifactUploads>().AbortAsync(owner, call.Required("upload_id"), call.Aborted)).Map(_ => MlflowRoutes.Nothing);
    }

    private static async Task Put(HttpContext context)
    {
        var (call, request) = (MlflowCall.Of(context), context.Request);
        var (upload, part) = ((string)context.GetRouteValue("upload")!, long.Parse((string)context.GetRouteValue("part")!, CultureInfo.InvariantCulture));
        var pass = new PartPass(call.Integer("expires") ?? 0, call.Text("signature") ?? "");
        // The service counts, by the setting for uploads.
        if (context.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } limit) limit.MaxRequestBodySize = null;
        var put = await call.Get<ArtifactUploads>().PutPartAsync(upload, part, pass, request.Body, request.ContentLength, call.Aborted);
        if (put.TryGet(out var hash, out var failure)) context.Response.Headers.ETag = $"\"{hash}\"";
        else await MlflowCodes.WriteAsync(context, failure);
    }

    private static async Task<(string Owner, string Path, Resource Experiment)> FileAsync(MlflowCall call)
    {
        var (place, experiment) = await call.WritablePlaceAsync(call.Http.GetRouteValue("folder") as string);
        // The name alone of a local file, of this system or the other.
        var local = call.Required("path");
        var name = local[(local.LastIndexOfAny(['/', '\\']) + 1)..];
        return (place.Owner, place.Path.Length == 0 ? name : $"{place.Path}/{name}", experiment);
    }

    private static string Address(HttpRequest request, string upload, long part, PartPass pass)
        => string.Create(CultureInfo.InvariantCulture, $"{request.Scheme}://{request.Host}{request.PathBase}/api{Mpu}/parts/{upload}/{part}?expires={pass.Expires}&signature={pass.Signature}");
}
