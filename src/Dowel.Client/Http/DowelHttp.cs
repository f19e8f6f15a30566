using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;
using Dowel.Contracts;

namespace Dowel.Client;

/// <summary>Sends requests and turns failures into <see cref="DowelException"/>.</summary>
internal sealed class DowelHttp
{
    private readonly HttpClient http;
    private readonly Uri root;

    public DowelHttp(HttpClient http)
    {
        this.http = http;
        var address = http.BaseAddress ?? throw new ArgumentException("The HttpClient needs the server's address as BaseAddress.", nameof(http));
        root = address.AbsoluteUri.EndsWith('/') ? address : new Uri(address.AbsoluteUri + "/");
    }

    public Uri Address => root;

    public Task<T> GetAsync<T>(ApiPath path, CancellationToken cancellationToken) => SendAsync<T>(HttpMethod.Get, path, null, null, cancellationToken);

    public async Task<T> SendAsync<T>(HttpMethod method, ApiPath path, object? body, long? ifRevision, CancellationToken cancellationToken)
    {
        using var response = await RequestAsync(method, path, Json(body), ifRevision, null, cancellationToken);
        return await ReadAsync<T>(response, cancellationToken);
    }

    public async Task SendAsync(HttpMethod method, ApiPath path, object? body, long? ifRevision, CancellationToken cancellationToken)
    {
        using var response = await RequestAsync(method, path, Json(body), ifRevision, null, cancellationToken);
    }

    /// <summary>Sends a stream as it is read, never the whole of it in memory.</summary>
    public async Task<T> UploadAsync<T>(HttpMethod method, ApiPath path, Stream content, string contentType, CancellationToken cancellationToken)
    {
        using var response = await RequestAsync(method, path, Raw(content, contentType), null, null, cancellationToken);
        return await ReadAsync<T>(response, cancellationToken);
    }

    /// <summary>Opens an answer's body to be read as it comes; disposing it ends the transfer.</summary>
    public async Task<Stream> DownloadAsync(ApiPath path, long? from, CancellationToken cancellationToken)
    {
        var response = await RequestAsync(HttpMethod.Get, path, null, null, from, cancellationToken);
        if (from is > 0 && response.StatusCode != System.Net.HttpStatusCode.PartialContent)
        {
            response.Dispose();
            throw DowelException.Of(ErrorCodes.Conflict, "The server does not send this from the middle.");
        }
        return await response.Content.ReadAsStreamAsync(cancellationToken);
    }

    public async Task<string> TextAsync(ApiPath path, CancellationToken cancellationToken)
    {
        using var response = await RequestAsync(HttpMethod.Get, path, null, null, null, cancellationToken);
        return await response.Content.ReadAsStringAsync(cancellationToken);
    }

    /// <summary>Whether the answer is a success; a server that cannot be reached is none.</summary>
    public async Task<bool> ProbeAsync(ApiPath path, CancellationToken cancellationToken)
    {
        try
        {
            using var response = await http.GetAsync(new Uri(root, path.ToString()), HttpCompletionOption.ResponseHeadersRead, cancellationToken);
            return response.IsSuccessStatusCode;
        }
        catch (HttpRequestException)
        {
            return false;
        }
    }

    private async Task<HttpResponseMessage> RequestAsync(HttpMethod method, ApiPath path, HttpContent? content, long? ifRevision, long? from, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(method, new Uri(root, path.ToString())) { Content = content };
        if (ifRevision is { } revision) request.Headers.IfMatch.Add(new EntityTagHeaderValue($"\"{revision}\""));
        if (from is > 0) request.Headers.Range = new RangeHeaderValue(from, null);
        // A refusal should come before a large body is sent, not after.
        if (content is StreamContent) request.Headers.ExpectContinue = true;
        HttpResponseMessage response;
        try
        {
            response = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellationToken);
        }
        catch (HttpRequestException e)
        {
            throw new DowelException(
                new Problem
                {
                    Code = DowelException.Unreachable,
                    Title = "The server could not be reached.",
                    Detail = $"{root} could not be reached: {e.Message}",
                    Remedy = "Check the address, and that the server runs ('dowel up').",
                },
                e);
        }
        if (response.IsSuccessStatusCode) return response;
        using (response) throw new DowelException(await ProblemReader.ReadAsync(response, cancellationToken));
    }

    private static async Task<T> ReadAsync<T>(HttpResponseMessage response, CancellationToken cancellationToken)
    {
        try
        {
            return await response.Content.ReadFromJsonAsync<T>(DowelJson.Options, cancellationToken) ?? throw new JsonException("The answer is empty.");
        }
        catch (Exception e) when (e is JsonException or NotSupportedException)
        {
            throw new DowelException(
                new Problem
                {
                    Code = $"http.{(int)response.StatusCode}",
                    Status = (int)response.StatusCode,
                    Title = "The answer is not what a Dowel server of this version sends.",
                    Detail = $"{response.RequestMessage?.RequestUri?.AbsolutePath}: {e.Message}",
                    Remedy = "Check that the address is that of a Dowel server, and that client and server are of the same version.",
                },
                e);
        }
    }

    private static JsonContent? Json(object? body) => body is null ? null : JsonContent.Create(body, body.GetType(), options: DowelJson.Options);

    private static StreamContent Raw(Stream content, string contentType)
    {
        ArgumentNullException.ThrowIfNull(content);
        return new StreamContent(content, 81920) { Headers = { ContentType = MediaTypeHeaderValue.Parse(contentType) } };
    }
}
