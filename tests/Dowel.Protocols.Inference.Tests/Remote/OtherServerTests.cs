using System.Net;
using Dowel.Contracts;
using Dowel.Kernel.Access;
using Dowel.Kernel.Ports;
using Dowel.Kernel.Tensors;
using Dowel.Serving.Models;
using Microsoft.AspNetCore.Http;

namespace Dowel.Protocols.Inference.Tests.Remote;

public sealed class MlflowServerTests
{
    [Theory]
    [InlineData("""{"predictions":[0.5,1.5]}""", "predictions:FP64[2]")]
    [InlineData("""{"predictions":[[1,2],[3,4]]}""", "predictions:INT64[2, 2]")]
    [InlineData("""{"predictions":[{"a":1,"b":"x"},{"a":2,"b":"y"}]}""", "a:INT64[2] b:BYTES[2]")]
    [InlineData("""{"predictions":{"a":[1.5,2],"b":["x","y"]}}""", "a:FP64[2] b:BYTES[2]")]
    public async Task Every_form_of_an_answer_is_read(string json, string expected)
    {
        await using var server = await StartAsync(json);
        await using var model = await server.ConnectAsync("mlflow");
        var answer = await model.PredictAsync([Tensor.Of("a", [1L, 2], 2), Tensor.Of("b", [0.5, double.NaN], 2, 1)], TestContext.Current.CancellationToken);
        Assert.Equal("""{"dataframe_split":{"columns":["a","b"],"data":[[1,0.5],[2,null]]}}""", server.Requests.Last().Body);
        Assert.Equal(expected, string.Join(' ', answer.Tensors.Select(t => $"{t.Name}:{t.Datatype}[{string.Join(", ", t.Shape)}]")));
    }

    [Fact]
    public async Task Arrays_go_as_tensors()
    {
        await using var server = await StartAsync("""{"predictions":[1]}""");
        await using var model = await server.ConnectAsync("mlflow");
        await model.PredictAsync([Tensor.Of("x", [1L, 2], 1, 2)], TestContext.Current.CancellationToken);
        await model.PredictAsync([Tensor.Of("x", [1L, 2], 1, 2), Tensor.Of("y", [3L], 1)], TestContext.Current.CancellationToken);
        Assert.Equal(["""{"inputs":[[1,2]]}""", """{"inputs":{"x":[[1,2]],"y":[3]}}"""], server.Requests.Where(r => r.Line.StartsWith("POST")).Select(r => r.Body));
    }

    [Fact]
    public async Task Errors_have_the_words_of_the_model()
    {
        await using var server = await StartAsync((RequestDelegate)(async c =>
        {
            c.Response.StatusCode = 400;
            await c.Response.WriteAsync("""{"error_code":"BAD_REQUEST","message":"Model is missing inputs ['a']."}""");
        }));
        await using var model = await server.ConnectAsync("mlflow");
        Assert.Contains("missing inputs ['a']", (await Assert.ThrowsAsync<ModelRefusedException>(async () => await model.PredictAsync([Tensor.Of("x", [1L], 1)], TestContext.Current.CancellationToken))).Message);
    }

    [Fact]
    public async Task A_server_of_the_first_version_is_refused()
    {
        await using var server = await StartAsync("{}", "1.30.0");
        Assert.Contains("1.30.0", (await Assert.ThrowsAsync<ModelException>(() => server.ConnectAsync("mlflow"))).Message);
    }

    private static Task<ModelServer> StartAsync(object answer, string version = "3.1.0") => ModelServer.StartAsync(new Dictionary<string, object> { ["GET /version"] = version, ["POST /invocations"] = answer });
}

public sealed class RemoteRuntimeTests
{
    private static readonly Actor Admin = new() { UserId = "a", UserName = "ann", IsAdmin = true };
    private static readonly Actor Carl = new() { UserId = "c", UserName = "carl" };

    [Theory, InlineData("raw"), InlineData("openai")]
    public async Task A_protocol_without_tensors_says_where_to_call_it(string protocol)
    {
        await using var server = await ModelServer.StartAsync(new Dictionary<string, object> { ["GET /hello"] = "hi" });
        await using var model = await server.ConnectAsync(protocol);
        Assert.Contains("/raw/", (await Assert.ThrowsAsync<ModelRefusedException>(async () => await model.PredictAsync([], TestContext.Current.CancellationToken))).Message);
        Assert.Equal(protocol, model.Protocol);
        using var answer = await model.Client.SendAsync(new HttpRequestMessage(HttpMethod.Get, new Uri(model.Address, "hello")), TestContext.Current.CancellationToken);
        Assert.Equal("hi", await answer.Content.ReadAsStringAsync());
    }

    [Fact]
    public async Task The_headers_that_were_given_go_along()
    {
        await using var server = await ModelServer.StartAsync(new Dictionary<string, object> { ["GET /base/version"] = "3", ["POST /base/invocations"] = """{"predictions":[1]}""" });
        var remote = new RemoteSpec { Url = server.Address + "base", Protocol = "mlflow", Headers = new Dictionary<string, string> { ["Authorization"] = "Bearer s3cret", ["X-Team"] = "a" } };
        await using var model = await ModelServer.Runtime().StartAsync(new ServerSource("e", "d", 0, null, remote), ModelHost.Trial, TestContext.Current.CancellationToken);
        await model.PredictAsync([Tensor.Of("x", [1L], 1)], TestContext.Current.CancellationToken);
        Assert.All(server.Requests, r => Assert.Equal(("Bearer s3cret", "a"), (r.Headers.Authorization.ToString(), r.Headers["X-Team"].ToString())));
        Assert.Equal(2, server.Requests.Count);
    }

    [Fact]
    public void Others_than_administrators_name_hosts_of_the_list_alone()
    {
        var runtime = ModelServer.Runtime(o =>
        {
            o.Remote.Allowed.Add("models.example.com");
            o.Remote.Allowed.Add("*.corp.example");
            o.Remote.Allowed.Add("10.0.0.7:9000");
        });
        Assert.Null(Check(runtime, Carl, "https://models.example.com/base"));
        Assert.Null(Check(runtime, Carl, "http://a.corp.example:8080"));
        Assert.Null(Check(runtime, Carl, "http://10.0.0.7:9000"));
        foreach (var url in new[] { "http://10.0.0.7:9001", "http://corp.example", "http://evilcorp.example", "http://models.example.com.evil.net", "http://localhost:5080" })
        {
            Assert.Equal(ErrorCodes.Forbidden, Check(runtime, Carl, url)?.Code);
            Assert.Null(Check(runtime, Admin, url));
        }
    }

    [Theory]
    [InlineData("http://169.254.169.254/latest/meta-data")]
    [InlineData("http://169.254.1.1:8080")]
    [InlineData("http://[fe80::1]:8080")]
    [InlineData("http://[::ffff:169.254.169.254]/")]
    [InlineData("http://[64:ff9b::a9fe:a9fe]/")]
    [InlineData("http://2852039166/")]
    [InlineData("http://0.0.0.0:5080")]
    [InlineData("http://metadata.google.internal/")]
    [InlineData("ftp://example.com")]
    [InlineData("http://user:pass@example.com")]
    [InlineData("/just/a/path")]
    [InlineData("")]
    public void Some_addresses_are_refused_to_everybody(string url) => Assert.Equal(ErrorCodes.Invalid, Check(ModelServer.Runtime(), Admin, url)?.Code);

    [Theory, InlineData("Host", "x"), InlineData("Content-Length", "7"), InlineData("X-A", "a\r\nX-B: b"), InlineData("not a name", "x")]
    public void Headers_that_would_break_a_request_are_refused(string name, string value)
        => Assert.Equal(ErrorCodes.Invalid, ModelServer.Runtime().Check(Admin, Source("http://example.com", new Dictionary<string, string> { [name] = value }))?.Code);

    // What a name means is looked at when the connection is made, so that it cannot change in between.
    [Fact]
    public async Task A_forbidden_address_is_refused_again_when_it_is_connected_to()
    {
        var e = await Assert.ThrowsAnyAsync<ModelException>(() => ModelServer.Runtime().StartAsync(Source("http://169.254.169.254"), ModelHost.Trial, TestContext.Current.CancellationToken));
        Assert.Contains("never sent to", e.Message);
    }

    [Theory, InlineData("127.0.0.1", false), InlineData("10.1.2.3", false), InlineData("8.8.8.8", false), InlineData("::1", false), InlineData("224.0.0.1", true), InlineData("255.255.255.255", true), InlineData("100.100.100.200", true)]
    public void Addresses_are_told_apart(string address, bool never) => Assert.Equal(never, ServerAddresses.IsNever(IPAddress.Parse(address)));

    private static Kernel.Results.Failure? Check(IServerRuntime runtime, Actor actor, string url) => runtime.Check(actor, Source(url));

    private static ServerSource Source(string url, IReadOnlyDictionary<string, string>? headers = null) => new("", "", 0, null, new RemoteSpec { Url = url, Protocol = "mlflow", Headers = headers });
}
