using System.Net.Http.Headers;
using Microsoft.Extensions.Options;

namespace Dowel.Web.Session;

/// <summary>Over HTTP, with one pool of connections for all circuits.</summary>
internal sealed class ApiConnection(IOptions<WebOptions> options) : IApiConnection, IDisposable
{
    private readonly SocketsHttpHandler handler = new() { AllowAutoRedirect = false, UseCookies = false, PooledConnectionLifetime = TimeSpan.FromMinutes(5) };

    public DowelClient Create(PageSession session)
    {
        var http = new HttpClient(handler, disposeHandler: false) { BaseAddress = options.Value.ApiBase!(), Timeout = Timeout.InfiniteTimeSpan };
        if (session.Token is { } token) http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", token);
        // So that the audit trail can name the browser's address and not the server's own; it counts by the mark alone.
        if (session.Remote is { } remote) http.DefaultRequestHeaders.TryAddWithoutValidation("X-Forwarded-For", remote);
        if (options.Value.Mark is var (name, value)) http.DefaultRequestHeaders.TryAddWithoutValidation(name, value);
        return new DowelClient(http);
    }

    public void Dispose() => handler.Dispose();
}
