using System.IO.Compression;
using Microsoft.AspNetCore.Http;
using Microsoft.Net.Http.Headers;

namespace Dowel.Protocols.Inference.Wire;

/// <summary>Sends answers, compressed where the client asks for it and it is worth it.</summary>
internal static class AnswerBody
{
    // What is shorter fits a packet anyway.
    private const int Worthwhile = 1024;

    /// <summary>Whether the client takes compressed answers; if so the answer goes through <see cref="SendAsync"/>.</summary>
    public static bool MayCompress(HttpRequest request) => request.Headers.AcceptEncoding.Count > 0;

    /// <summary>Sends a whole answer; its headers are set, but for its length and encoding.</summary>
    public static async Task SendAsync(HttpContext context, ReadOnlyMemory<byte> body)
    {
        var response = context.Response;
        response.Headers.Append(HeaderNames.Vary, HeaderNames.AcceptEncoding);
        var encoding = body.Length < Worthwhile ? null : Choose(context.Request);
        if (encoding is null)
        {
            response.ContentLength = body.Length;
            await response.Body.WriteAsync(body, context.RequestAborted);
            return;
        }
        response.Headers.ContentEncoding = encoding;
        await using Stream packed = encoding == "gzip" ? new GZipStream(response.Body, CompressionLevel.Fastest, leaveOpen: true) : new ZLibStream(response.Body, CompressionLevel.Fastest, leaveOpen: true);
        await packed.WriteAsync(body, context.RequestAborted);
    }

    private static string? Choose(HttpRequest request)
    {
        string? chosen = null;
        foreach (var accepted in request.GetTypedHeaders().AcceptEncoding)
        {
            if (accepted.Quality == 0) continue;
            if (accepted.Value.Equals("gzip", StringComparison.OrdinalIgnoreCase)) return "gzip";
            if (accepted.Value.Equals("deflate", StringComparison.OrdinalIgnoreCase)) chosen = "deflate";
        }
        return chosen;
    }
}
