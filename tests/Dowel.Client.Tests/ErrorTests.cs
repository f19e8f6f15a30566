using System.Net;
using Dowel.Contracts;

namespace Dowel.Client.Tests;

public sealed class ErrorTests
{
    [Fact]
    public async Task Carries_the_whole_problem()
    {
        var (client, server) = FakeServer.Start();
        server.Answers(
            """{"type":"https://x#request.invalid","title":"The request is not valid.","status":400,"detail":"The name is wrong.","code":"request.invalid","remedy":"Mend it.","fields":[{"field":"name","given":"a/b","expected":"no slash"}],"traceId":"t1"}""",
            HttpStatusCode.BadRequest,
            "application/problem+json");

        var e = await Assert.ThrowsAsync<DowelException>(() => client.Datasets.CreateAsync(new CreateDataset { Name = "a/b" }));

        Assert.Equal("The name is wrong.", e.Message);
        Assert.Equal(("request.invalid", 400, "Mend it.", "t1"), (e.Code, e.Status, e.Remedy, e.Problem.TraceId));
        Assert.Equal(new FieldError("name", "a/b", "no slash"), Assert.Single(e.Fields));
    }

    [Fact]
    public async Task A_problem_that_says_it_all_gets_no_remedy_of_another()
    {
        var (client, server) = FakeServer.Start();
        server.Answers("""{"title":"The query could not be run.","status":422,"detail":"Line 1: syntax error","code":"query.failed"}""", HttpStatusCode.UnprocessableEntity, "application/problem+json");
        Assert.Null((await Assert.ThrowsAsync<DowelException>(() => client.Datasets.QueryAsync("SELEC 1"))).Remedy);
    }

    [Theory]
    [InlineData(401, "auth.required")]
    [InlineData(403, "access.denied")]
    [InlineData(404, "resource.not_found")]
    [InlineData(412, "resource.stale")]
    [InlineData(429, "request.rate_limited")]
    [InlineData(502, "server.fault")]
    [InlineData(503, "endpoint.not_ready")]
    [InlineData(418, "http.418")]
    public async Task Knows_a_status_without_a_body(int status, string code)
    {
        var (client, server) = FakeServer.Start();
        server.Answers("", (HttpStatusCode)status, "text/plain");

        var e = await Assert.ThrowsAsync<DowelException>(() => client.Identity.MeAsync());

        Assert.Equal((code, status), (e.Code, e.Status));
        Assert.NotEmpty(e.Message);
    }

    [Fact]
    public async Task Reads_the_inference_protocols_error()
    {
        var (client, server) = FakeServer.Start();
        server.Answers("""{"error":"no features are stored for passenger_id 9999"}""", HttpStatusCode.UnprocessableEntity);

        var e = await Assert.ThrowsAsync<DowelException>(() => client.Endpoints.PredictAsync("e", new Dictionary<string, Array> { ["passenger_id"] = new[] { 9999L } }));

        Assert.Equal("no features are stored for passenger_id 9999", e.Message);
        Assert.Equal(422, e.Status);
    }

    [Theory]
    [InlineData("<html><body>proxy</body></html>", "text/html")]
    [InlineData("{ not json", "application/problem+json")]
    [InlineData("[1,2]", "application/json")]
    [InlineData("""{"title":{"no":"text"}}""", "application/problem+json")]
    public async Task Survives_bodies_that_are_no_problem(string body, string type)
    {
        var (client, server) = FakeServer.Start();
        server.Answers(body, HttpStatusCode.InternalServerError, type);

        var e = await Assert.ThrowsAsync<DowelException>(() => client.Identity.MeAsync());

        Assert.Equal(ErrorCodes.Fault.Code, e.Code);
    }

    [Fact]
    public async Task Reads_no_more_of_an_error_than_it_needs()
    {
        var (client, server) = FakeServer.Start();
        server.Answers(new HttpResponseMessage(HttpStatusCode.InternalServerError) { Content = new StreamContent(new EndlessStream()) });

        var e = await Assert.ThrowsAsync<DowelException>(() => client.Identity.MeAsync());

        Assert.True(e.Message.Length < 1000);
    }

    [Theory]
    [InlineData("<html>a page</html>", "text/html")]
    [InlineData("null", "application/json")]
    [InlineData("""{"user":7}""", "application/json")]
    public async Task Says_when_the_answer_is_no_dowel_servers(string body, string type)
    {
        var (client, server) = FakeServer.Start();
        server.Answers(body, HttpStatusCode.OK, type);

        var e = await Assert.ThrowsAsync<DowelException>(() => client.Identity.MeAsync());

        Assert.Contains("Dowel server", e.Problem.Title, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Says_when_there_is_no_server()
    {
        var (client, server) = FakeServer.Start();
        server.Fails = new HttpRequestException("Connection refused");

        var e = await Assert.ThrowsAsync<DowelException>(() => client.Identity.MeAsync());

        Assert.Equal((DowelException.Unreachable, 0), (e.Code, e.Status));
        Assert.Contains("http://dowel.test/", e.Message, StringComparison.Ordinal);
        Assert.False(await client.Server.IsReadyAsync());
    }

    [Fact]
    public async Task A_redirect_is_told_and_not_followed()
    {
        var (client, server) = FakeServer.Start();
        server.Answers(new HttpResponseMessage(HttpStatusCode.Found) { Headers = { Location = new Uri("https://elsewhere.test/") } });

        var e = await Assert.ThrowsAsync<DowelException>(() => client.Identity.MeAsync());

        Assert.Contains("elsewhere.test", e.Message, StringComparison.Ordinal);
        Assert.Single(server.Requests);
    }

    [Fact]
    public async Task Cancelling_stays_cancelling()
    {
        var (client, server) = FakeServer.Start();
        server.Fails = new OperationCanceledException();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => client.Identity.MeAsync());
    }

    private sealed class EndlessStream : Stream
    {
        public override bool CanRead => true;
        public override bool CanSeek => false;
        public override bool CanWrite => false;
        public override long Length => throw new NotSupportedException();
        public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }
        public override void Flush() { }
        public override int Read(byte[] buffer, int offset, int count)
        {
            Array.Fill(buffer, (byte)'x', offset, count);
            return count;
        }

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();
        public override void SetLength(long value) => throw new NotSupportedException();
        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
    }
}
