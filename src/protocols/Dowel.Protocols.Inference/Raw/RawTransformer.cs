using Microsoft.AspNetCore.Http;
using Microsoft.Net.Http.Headers;
using Yarp.ReverseProxy.Forwarder;

namespace Dowel.Protocols.Inference.Raw;

/// <summary>Takes what is Dowel's off a request before it is handed on, and off the answer what would act on Dowel's own pages.</summary>
/// <param name="endpoint">The endpoint that was called.</param>
/// <param name="began">Told the status of the answer when it has begun.</param>
internal sealed class RawTransformer(string endpoint, Action<int> began) : HttpTransformer
{
    private const string DowelPrefix = "X-Dowel-";
    private static readonly string[] ActingOnPages = ["Service-Worker-Allowed", "Clear-Site-Data", "WWW-Authenticate", "Strict-Transport-Security", "Refresh", "Alt-Svc", "Access-Control-Allow-Origin", "Access-Control-Allow-Credentials"];

    public override async ValueTask TransformRequestAsync(HttpContext httpContext, HttpRequestMessage proxyRequest, string destinationPrefix, CancellationToken cancellationToken)
    {
        await base.TransformRequestAsync(httpContext, proxyRequest, destinationPrefix, cancellationToken);
        var headers = proxyRequest.Headers;
        // The caller's proof of who they are would let the server act as them.
        headers.Remove(HeaderNames.Authorization);
        headers.Remove(HeaderNames.Cookie);
        foreach (var name in httpContext.Request.Headers.Keys.Where(n => n.StartsWith(DowelPrefix, StringComparison.OrdinalIgnoreCase))) headers.Remove(name);
        headers.Host = null;
        var (path, prefix) = (httpContext.Request.Path, new PathString($"/raw/{endpoint}"));
        proxyRequest.RequestUri = RequestUtilities.MakeDestinationAddress(destinationPrefix, path.StartsWithSegments(prefix, out var rest) ? rest : "/", httpContext.Request.QueryString);
    }

    public override async ValueTask<bool> TransformResponseAsync(HttpContext httpContext, HttpResponseMessage? proxyResponse, CancellationToken cancellationToken)
    {
        if (proxyResponse is not null) began((int)proxyResponse.StatusCode);
        var isCopied = await base.TransformResponseAsync(httpContext, proxyResponse, cancellationToken);
        var headers = httpContext.Response.Headers;
        headers.Remove(HeaderNames.SetCookie);
        foreach (var name in ActingOnPages) headers.Remove(name);
        // Its pages run in the browser as if from nowhere: they must not act as the person who looks at them.
        headers.ContentSecurityPolicy = "sandbox allow-scripts allow-forms";
        return isCopied;
    }
}
