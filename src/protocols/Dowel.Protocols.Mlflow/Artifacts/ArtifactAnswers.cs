using System.Text.Json;
using Dowel.Contracts;
using Dowel.Kernel.Access;
using Dowel.Kernel.Http;
using Dowel.Kernel.Objects;
using Dowel.Kernel.Results;
using Dowel.Protocols.Mlflow.Wire;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace Dowel.Protocols.Mlflow.Artifacts;

/// <summary>How files and lists of files are answered.</summary>
internal static class ArtifactAnswers
{
    /// <summary>Maps a download, also for HEAD.</summary>
    public static void MapDownload(this IEndpointRouteBuilder endpoints, string path, string rule, RequestDelegate handler)
    {
        foreach (var method in (string[])["GET", "HEAD"]) endpoints.MapRaw(method, path, rule, handler);
    }

    /// <summary>As <see cref="MapDownload"/>, and at the root as well, where MLflow's pages ask for it.</summary>
    public static void MapPageDownload(this IEndpointRouteBuilder endpoints, string path, string rule, RequestDelegate handler)
    {
        endpoints.MapDownload(path, rule, handler);
        endpoints.MapMethods($"/{path}", ["GET", "HEAD"], handler).Allow(AccessRule.CheckedInside(rule)).WithMetadata(new ErrorForm(MlflowCodes.WriteAsync)).WithTags("MLflow").ExcludeFromDescription();
    }

    /// <summary>Answers with a file, whole or a range of it.</summary>
    public static async Task SendAsync(HttpContext context, Result<ArtifactInfo> found)
    {
        if (!found.TryGet(out var file, out var failure)) await MlflowCodes.WriteAsync(context, failure);
        else await (await SafeDownload.FromStoreAsync(context, context.RequestServices.GetRequiredService<IObjectStore>(), file.Path, file.Hash!)).ExecuteAsync(context);
    }

    /// <summary>Files by their paths, as the calls of runs and models list them.</summary>
    public static void WriteFiles(Utf8JsonWriter json, IEnumerable<ArtifactInfo> files) => json.List("files", [.. files.OrderBy(f => f.Path, StringComparer.Ordinal)], (j, file) =>
    {
        j.WriteString("path", file.Path);
        j.WriteBoolean("is_dir", file.IsFolder);
        // MLflow leaves a zero out.
        if (file.Bytes > 0) j.WriteNumber("file_size", file.Bytes.Value);
    });

    /// <summary>Files by their names alone, as the proxy lists them.</summary>
    public static Action<Utf8JsonWriter> Names(IEnumerable<ArtifactInfo> files) => json => WriteFiles(json, files.Select(f => f with { Path = f.Path[(f.Path.LastIndexOf('/') + 1)..] }));
}
