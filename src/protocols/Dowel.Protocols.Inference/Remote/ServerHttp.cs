using System.Buffers;
using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;
using Dowel.Kernel.Ports;
using Dowel.Kernel.Results;
using Dowel.Serving.Models;

namespace Dowel.Protocols.Inference.Remote;

/// <summary>Requests to a model server, and what goes wrong with them in words for people.</summary>
/// <param name="connection">The server.</param>
/// <param name="maxAnswerBytes">Bytes that are read of an answer at most.</param>
internal sealed class ServerHttp(ServerConnection connection, long maxAnswerBytes)
{
    private static readonly MediaTypeHeaderValue Json = new("application/json");

    public Uri Address => connection.Address;
    public HttpMessageInvoker Client => connection.Client;

    public Task<ServerAnswer> GetAsync(string path, CancellationToken cancellationToken) => SendAsync(HttpMethod.Get, path, null, cancellationToken);

    public Task<ServerAnswer> PostAsync(string path, Action<Utf8JsonWriter> write, CancellationToken cancellationToken)
    {
        var body = new ArrayBufferWriter<byte>(1024);
        using (var writer = new Utf8JsonWriter(body, new JsonWriterOptions { SkipValidation = true })) write(writer);
        return SendAsync(HttpMethod.Post, path, new ReadOnlyMemoryContent(body.WrittenMemory) { Headers = { ContentType = Json } }, cancellationToken);
    }

    /// <summary>Sends a request and reads the whole answer, of whatever status but for those that say that the server cannot answer now.</summary>
    public async Task<ServerAnswer> SendAsync(HttpMethod method, string path, HttpContent? content, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(method, new Uri(Address, path)) { Content = content };
        try
        {
            using var response = await Client.SendAsync(request, cancellationToken);
            var answer = new ServerAnswer(response.StatusCode, await ReadAsync(response, cancellationToken), HeaderLength(response));
            if (response.StatusCode is HttpStatusCode.BadGateway or HttpStatusCode.ServiceUnavailable or HttpStatusCode.GatewayTimeout or HttpStatusCode.TooManyRequests)
                throw new ModelUnavailableException($"The model server cannot answer now ({(int)response.StatusCode}): {ServerErrors.MessageOf(answer)}");
            if ((int)response.StatusCode is >= 300 and < 400)
                throw new ModelException($"The model server answers {method} {request.RequestUri!.AbsolutePath} with a redirect to '{ServerErrors.Cut(response.Headers.Location?.ToString() ?? "", 200)}', which is not followed; give its real address.");
            return answer;
        }
        catch (Exception e) when (e is HttpRequestException or IOException || (e is OperationCanceledException && !cancellationToken.IsCancellationRequested))
        {
            // Callers of the endpoint need not learn where it is; the deployment says that.
            throw new ModelUnavailableException($"The model server cannot be reached or broke off: {ServerErrors.Cut(e.GetBaseException().Message, 500)}", e);
        }
    }

    /// <summary>What a successful answer says; otherwise throws with the server's own message.</summary>
    public static T Read<T>(ServerAnswer answer, Func<ServerAnswer, T> parse)
    {
        if (!answer.IsOk) throw ServerErrors.Of(answer);
        try
        {
            return parse(answer);
        }
        catch (Exception e) when (e is JsonException or FailureException or InvalidOperationException or KeyNotFoundException or FormatException or OverflowException)
        {
            throw new ModelException($"The model server's answer is not what its protocol says: {ServerErrors.Cut(e.Message, 1000)}", e);
        }
    }

    private static string? HeaderLength(HttpResponseMessage response)
        => response.Headers.TryGetValues(OpenInference.Rest.OipRestReader.HeaderLength, out var values) || response.Content.Headers.TryGetValues(OpenInference.Rest.OipRestReader.HeaderLength, out values) ? values.First() : null;

    private async Task<ReadOnlyMemory<byte>> ReadAsync(HttpResponseMessage response, CancellationToken cancellationToken)
    {
        var length = response.Content.Headers.ContentLength;
        if (length > maxAnswerBytes) throw TooLarge();
        var body = new ArrayBufferWriter<byte>((int)Math.Clamp(length + 1 ?? 4096, 256, 1 << 20));
        await using var stream = await response.Content.ReadAsStreamAsync(cancellationToken);
        while (await stream.ReadAsync(body.GetMemory(), cancellationToken) is > 0 and var read)
        {
            body.Advance(read);
            if (body.WrittenCount > maxAnswerBytes) throw TooLarge();
        }
        return body.WrittenMemory;
    }

    private ModelException TooLarge() => new($"The model server's answer is larger than {maxAnswerBytes} bytes, which is what Serving:MaxAnswerBytes allows.");
}

/// <summary>A whole answer.</summary>
/// <param name="Status">Its status.</param>
/// <param name="Body">Its body.</param>
/// <param name="HeaderLength">The length of its JSON where bytes follow it.</param>
internal readonly record struct ServerAnswer(HttpStatusCode Status, ReadOnlyMemory<byte> Body, string? HeaderLength)
{
    public bool IsOk => (int)Status is >= 200 and < 300;
    public ReadOnlySequence<byte> Bytes => new(Body);
}
