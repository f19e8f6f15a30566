using System.Collections.Frozen;
using Microsoft.AspNetCore.Http;
using Microsoft.Net.Http.Headers;

namespace Dowel.Kernel.Objects;

/// <summary>Answers with a file that a user once uploaded, so that it never runs in this server's origin: always an attachment, never sniffed, sandboxed, and of a content type that no browser executes.</summary>
public static class SafeDownload
{
    // Only what a browser shows without running anything; HTML, SVG, XML, scripts and all else are plain bytes.
    private static readonly FrozenDictionary<string, string> Types = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase)
    {
        [".txt"] = "text/plain; charset=utf-8",
        [".log"] = "text/plain; charset=utf-8",
        [".md"] = "text/plain; charset=utf-8",
        [".yaml"] = "text/plain; charset=utf-8",
        [".yml"] = "text/plain; charset=utf-8",
        [".csv"] = "text/csv; charset=utf-8",
        [".tsv"] = "text/tab-separated-values; charset=utf-8",
        [".json"] = "application/json",
        [".jsonl"] = "application/jsonl",
        [".png"] = "image/png",
        [".jpg"] = "image/jpeg",
        [".jpeg"] = "image/jpeg",
        [".gif"] = "image/gif",
        [".webp"] = "image/webp",
        [".parquet"] = "application/vnd.apache.parquet",
        [".zip"] = "application/zip",
    }.ToFrozenDictionary(StringComparer.OrdinalIgnoreCase);

    /// <summary>The content type that a file of this name is sent with.</summary>
    /// <param name="path">The file's path.</param>
    public static string ContentTypeOf(string path) => Types.GetValueOrDefault(Path.GetExtension(path), "application/octet-stream");

    /// <summary>Answers with an object, whole or the range that was asked for; its hash is the ETag.</summary>
    /// <param name="context">The request.</param>
    /// <param name="store">Where the object is.</param>
    /// <param name="path">The file's path, for its name and type.</param>
    /// <param name="hash">The object's hash.</param>
    public static async Task<IResult> FromStoreAsync(HttpContext context, IObjectStore store, string path, string hash)
    {
        var content = await store.OpenAsync(hash, context.RequestAborted) ?? throw new ObjectMissingException(hash, $"'{path}'");
        var headers = context.Response.Headers;
        headers.XContentTypeOptions = "nosniff";
        headers.ContentSecurityPolicy = "sandbox; default-src 'none'; frame-ancestors 'none'";
        headers["Cross-Origin-Resource-Policy"] = "same-origin";
        headers.CacheControl = "private, no-cache";
        return Microsoft.AspNetCore.Http.Results.Stream(content, ContentTypeOf(path), path[(path.LastIndexOf('/') + 1)..],
            entityTag: new EntityTagHeaderValue($"\"{hash}\""), enableRangeProcessing: true);
    }
}
