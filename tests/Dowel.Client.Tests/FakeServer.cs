using System.Net;
using System.Text;

namespace Dowel.Client.Tests;

/// <summary>Answers every request with what it is told, and keeps what was asked.</summary>
internal sealed class FakeServer : HttpMessageHandler
{
    private readonly Queue<HttpResponseMessage> answers = new();

    public List<Asked> Requests { get; } = [];

    public Asked Last => Requests[^1];

    public Exception? Fails { get; set; }

    public static (DowelClient Client, FakeServer Server) Start(string address = "http://dowel.test")
    {
        var server = new FakeServer();
        return (new DowelClient(new HttpClient(server) { BaseAddress = new Uri(address) }), server);
    }

    public FakeServer Answers(string body, HttpStatusCode status = HttpStatusCode.OK, string type = "application/json")
    {
        answers.Enqueue(new HttpResponseMessage(status) { Content = new StringContent(body, Encoding.UTF8, type) });
        return this;
    }

    public FakeServer Answers(HttpResponseMessage answer)
    {
        answers.Enqueue(answer);
        return this;
    }

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        if (Fails is not null) throw Fails;
        var body = request.Content is null ? null : await request.Content.ReadAsStringAsync(cancellationToken);
        Requests.Add(new Asked(
            request.Method.Method,
            request.RequestUri!.PathAndQuery,
            body,
            request.Content?.Headers.ContentType?.ToString(),
            request.Headers.IfMatch.ToString(),
            request.Headers.Range?.ToString(),
            request.Headers.Authorization?.ToString()));
        var answer = answers.Count > 0 ? answers.Dequeue() : new HttpResponseMessage(HttpStatusCode.NoContent);
        answer.RequestMessage = request;
        return answer;
    }

    internal sealed record Asked(string Method, string Path, string? Body, string? ContentType, string IfMatch, string? Range, string? Authorization);
}
