using System.Net;
using System.Net.Http.Json;
using System.Net.WebSockets;
using System.Text;
using Dowel.Contracts;
using Dowel.Testing;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Dowel.Protocols.Inference.Tests.Remote;

public sealed class RawTests : IAsyncLifetime
{
    private readonly TaskCompletionSource _more = new();
    private WebApplication _server = null!;
    private EchoHost _host = null!;

    public async ValueTask InitializeAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseKestrel().UseUrls("http://127.0.0.1:0");
        _server = builder.Build();
        _server.UseWebSockets();
        _server.Run(AnswerAsync);
        await _server.StartAsync();
        _host = await RemoteHost.StartAsync();
        await _host.DeployAsync("chat", new RemoteSpec { Url = _server.Urls.First(), Protocol = "raw", Headers = new Dictionary<string, string> { ["X-Api-Key"] = "k" } });
    }

    [Fact]
    public async Task A_request_is_handed_on_as_it_is_and_logged()
    {
        using var request = new HttpRequestMessage(HttpMethod.Put, "/raw/chat/v1/a%20b/?q=1%2F2") { Content = new StringContent("hello", Encoding.UTF8, "text/plain") };
        request.Headers.Add("Cookie", "session=1");
        request.Headers.Add("X-Mine", "m");
        using var answer = await _host.Alice.SendAsync(request);
        Assert.Equal(HttpStatusCode.Created, answer.StatusCode);
        Assert.Equal("PUT /v1/a%20b/?q=1%2F2 hello authorization= cookie= x-mine=m x-api-key=k", await answer.Content.ReadAsStringAsync());
        Assert.False(answer.Headers.Contains("Set-Cookie"));
        var logged = Assert.Single(_host.Log.Records);
        Assert.Equal(("raw", 200, "chat", "alice"), (logged.Protocol, logged.Status, logged.Endpoint, logged.Caller));
    }

    [Fact]
    public async Task Events_stream_as_they_come()
    {
        using var answer = await _host.Alice.GetAsync("/raw/chat/events", HttpCompletionOption.ResponseHeadersRead);
        using var reader = new StreamReader(await answer.Content.ReadAsStreamAsync());
        Assert.Equal("data: one", await reader.ReadLineAsync());
        _more.SetResult();
        await reader.ReadLineAsync();
        Assert.Equal("data: two", await reader.ReadLineAsync());
    }

    [Fact]
    public async Task Websockets_go_through()
    {
        using var socket = new ClientWebSocket();
        socket.Options.SetRequestHeader("Authorization", $"Bearer {_host.Host.TokenOf("alice")}");
        await socket.ConnectAsync(new UriBuilder(_host.Host.Address) { Scheme = "ws", Path = "/raw/chat/socket" }.Uri, TestContext.Current.CancellationToken);
        await socket.SendAsync("ping"u8.ToArray(), WebSocketMessageType.Text, true, TestContext.Current.CancellationToken);
        var buffer = new byte[100];
        var read = await socket.ReceiveAsync(buffer, TestContext.Current.CancellationToken);
        Assert.Equal("ping", Encoding.UTF8.GetString(buffer, 0, read.Count));
        await socket.CloseAsync(WebSocketCloseStatus.NormalClosure, null, TestContext.Current.CancellationToken);
    }

    [Fact]
    public async Task What_the_server_answers_is_the_callers_and_its_status_is_logged()
    {
        using var answer = await _host.Alice.GetAsync("/raw/chat/teapot");
        Assert.Equal((418, "short and stout"), ((int)answer.StatusCode, await answer.Content.ReadAsStringAsync()));
        Assert.Equal(418, Assert.Single(_host.Log.Records).Status);
    }

    [Fact]
    public async Task A_server_that_is_gone_is_502_and_logged()
    {
        await _server.StopAsync();
        using var answer = await _host.Alice.GetAsync("/raw/chat/x");
        Assert.Equal(HttpStatusCode.BadGateway, answer.StatusCode);
        Assert.Equal(502, Assert.Single(_host.Log.Records).Status);
    }

    [Fact]
    public async Task The_endpoints_timeout_holds_until_an_answer_begins()
    {
        await _host.DeployAsync("hasty", new RemoteSpec { Url = _server.Urls.First(), Protocol = "raw" }, new DeploymentSettings { TimeoutSeconds = 0.5 });
        using var answer = await _host.Alice.GetAsync("/raw/hasty/never");
        Assert.Equal(HttpStatusCode.GatewayTimeout, answer.StatusCode);
        Assert.Contains("within 0.5 s", await answer.Content.ReadAsStringAsync());
        Assert.Equal(504, Assert.Single(_host.Log.Records).Status);

        using var events = await _host.Alice.GetAsync("/raw/hasty/events", HttpCompletionOption.ResponseHeadersRead);
        using var reader = new StreamReader(await events.Content.ReadAsStreamAsync());
        Assert.Equal("data: one", await reader.ReadLineAsync());
        await Task.Delay(1000);
        _more.SetResult();
        await reader.ReadLineAsync();
        Assert.Equal("data: two", await reader.ReadLineAsync());
    }

    [Fact]
    public async Task The_timeout_waits_for_a_body_that_is_still_coming()
    {
        await _host.DeployAsync("patient", new RemoteSpec { Url = _server.Urls.First(), Protocol = "raw" }, new DeploymentSettings { TimeoutSeconds = 2 });
        using var answer = await _host.Alice.PostAsync("/raw/patient/x", new SlowContent(8, TimeSpan.FromMilliseconds(500)));
        Assert.Equal(HttpStatusCode.Created, answer.StatusCode);
        Assert.Contains("........", await answer.Content.ReadAsStringAsync());
    }

    [Fact]
    public async Task A_server_that_fails_most_of_the_time_is_left_alone_for_a_while()
    {
        await _host.DeployAsync("ill", new RemoteSpec { Url = _server.Urls.First(), Protocol = "raw" }, new DeploymentSettings { Breaker = new BreakerSettings { MinimumRequests = 5, OpenSeconds = 60 } });
        for (var i = 0; i < 5; i++)
        {
            using var ill = await _host.Alice.GetAsync("/raw/ill/overloaded");
            Assert.Equal((503, "so many"), ((int)ill.StatusCode, await ill.Content.ReadAsStringAsync()));
        }
        using var answer = await _host.Alice.GetAsync("/raw/ill/teapot");
        Assert.Equal(HttpStatusCode.ServiceUnavailable, answer.StatusCode);
        Assert.NotNull(answer.Headers.RetryAfter);
        Assert.Contains("left alone", await answer.Content.ReadAsStringAsync());
    }

    [Fact]
    public async Task One_answer_that_lasts_is_enough_for_others_to_be_let_through_again()
    {
        await _host.DeployAsync("better", new RemoteSpec { Url = _server.Urls.First(), Protocol = "raw" }, new DeploymentSettings { Breaker = new BreakerSettings { MinimumRequests = 5, OpenSeconds = 1 } });
        for (var i = 0; i < 5; i++) (await _host.Alice.GetAsync("/raw/better/overloaded")).Dispose();
        HttpResponseMessage events;
        while (!(events = await _host.Alice.GetAsync("/raw/better/events", HttpCompletionOption.ResponseHeadersRead)).IsSuccessStatusCode)
        {
            events.Dispose();
            await Task.Delay(100);
        }
        // The stream is still open.
        using (events)
        using (var answer = await _host.Alice.GetAsync("/raw/better/teapot")) Assert.Equal(418, (int)answer.StatusCode);
        _more.SetResult();
    }

    [Fact]
    public async Task Only_those_who_may_use_the_endpoint_are_let_through()
    {
        using var nobody = _host.Host.HttpFor(null);
        Assert.Equal(HttpStatusCode.Unauthorized, (await nobody.GetAsync("/raw/chat/x")).StatusCode);
        var carl = await _host.Host.CreateUserAsync("carl");
        await RoomHost.ProblemAsync(await carl.GetAsync("/raw/chat/x"), ErrorCodes.Forbidden);
        await RoomHost.ProblemAsync(await _host.Alice.GetAsync("/raw/none/x"), ErrorCodes.NotFound);
        await RoomHost.ProblemAsync(await _host.Alice.GetAsync("/raw/echo/x"), ErrorCodes.Invalid);
    }

    [Fact]
    public async Task Somebody_elses_hosts_take_an_administrator()
        => await RoomHost.ProblemAsync(await _host.Alice.PostAsJsonAsync("/api/v1/endpoints", new CreateEndpoint { Name = "other", Deployment = new DeploymentSpec { Remote = new RemoteSpec { Url = "http://models.example.com", Protocol = "raw" } } }, DowelJson.Options), ErrorCodes.Forbidden);

    private async Task AnswerAsync(HttpContext context)
    {
        var (request, response) = (context.Request, context.Response);
        switch (request.Path.Value)
        {
            case "/socket":
                using (var socket = await context.WebSockets.AcceptWebSocketAsync())
                {
                    var buffer = new byte[100];
                    for (var read = await socket.ReceiveAsync(buffer, context.RequestAborted); read.MessageType != WebSocketMessageType.Close; read = await socket.ReceiveAsync(buffer, context.RequestAborted))
                        await socket.SendAsync(buffer.AsMemory(0, read.Count), WebSocketMessageType.Text, true, context.RequestAborted);
                    await socket.CloseOutputAsync(WebSocketCloseStatus.NormalClosure, null, context.RequestAborted);
                }
                break;
            case "/events":
                response.ContentType = "text/event-stream";
                await response.WriteAsync("data: one\n\n");
                await response.Body.FlushAsync();
                await _more.Task.WaitAsync(TimeSpan.FromSeconds(30));
                await response.WriteAsync("data: two\n\n");
                break;
            case "/never":
                await Task.Delay(Timeout.Infinite, context.RequestAborted);
                break;
            case "/overloaded":
                response.StatusCode = 503;
                await response.WriteAsync("so many");
                break;
            case "/teapot":
                response.StatusCode = 418;
                await response.WriteAsync("short and stout");
                break;
            default:
                response.StatusCode = 201;
                response.Cookies.Append("theirs", "1");
                using (var reader = new StreamReader(request.Body))
                    await response.WriteAsync($"{request.Method} {request.Path.ToUriComponent()}{request.QueryString} {await reader.ReadToEndAsync()} authorization={request.Headers.Authorization} cookie={request.Headers.Cookie} x-mine={request.Headers["X-Mine"]} x-api-key={request.Headers["X-Api-Key"]}");
                break;
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _host.DisposeAsync();
        await _server.DisposeAsync();
    }

    private sealed class SlowContent(int parts, TimeSpan pause) : HttpContent
    {
        protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context)
        {
            for (var i = 0; i < parts; i++)
            {
                await stream.WriteAsync("."u8.ToArray());
                await stream.FlushAsync();
                await Task.Delay(pause);
            }
        }

        protected override bool TryComputeLength(out long length)
        {
            length = 0;
            return false;
        }
    }
}
