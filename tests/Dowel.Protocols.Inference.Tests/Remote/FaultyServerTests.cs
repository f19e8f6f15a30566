using System.Net;
using System.Net.Sockets;
using System.Text;
using Dowel.Kernel.Ports;
using Dowel.Kernel.Tensors;
using Dowel.Serving.Models;

namespace Dowel.Protocols.Inference.Tests.Remote;

/// <summary>A server that keeps its word about connections as uvicorn does: after a fault it hangs up without having said so.</summary>
public sealed class FaultyServerTests : IAsyncLifetime
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _stop = new();
    private int _connections;
    private int _asked;
    private Task _serving = Task.CompletedTask;

    public ValueTask InitializeAsync()
    {
        _listener.Start();
        _serving = ServeAsync();
        return ValueTask.CompletedTask;
    }

    [Fact]
    public async Task Nothing_is_sent_over_a_connection_after_a_fault()
    {
        await using var model = await ConnectAsync();
        for (var i = 0; i < 5; i++)
        {
            Assert.Contains("bad", (await Assert.ThrowsAsync<ModelException>(async () => await AskAsync(model, "bad"))).Message);
            Assert.Equal("fine", (await AskAsync(model, "good")).Tensors[0][0]);
        }
        Assert.Equal(10, _asked);
    }

    [Fact]
    public async Task Other_connections_are_kept()
    {
        await using var model = await ConnectAsync();
        for (var i = 0; i < 5; i++) await AskAsync(model, "good");
        Assert.Equal(1, _connections);
    }

    private async Task<ILoadedModel> ConnectAsync()
    {
        var remote = new Dowel.Contracts.RemoteSpec { Url = $"http://{_listener.LocalEndpoint}", Protocol = "seldon" };
        return await ModelServer.Runtime().StartAsync(new ServerSource("e", "d", 0, null, remote), ModelHost.Trial, TestContext.Current.CancellationToken);
    }

    private static ValueTask<ModelOutput> AskAsync(ILoadedModel model, string text) => model.PredictAsync([Tensor.Of("x", [text], 1)], TestContext.Current.CancellationToken);

    private async Task ServeAsync()
    {
        var all = new List<Task>();
        try
        {
            while (true) all.Add(AnswerAsync(await _listener.AcceptSocketAsync(_stop.Token)));
        }
        catch (OperationCanceledException)
        {
            await Task.WhenAll(all);
        }
    }

    private async Task AnswerAsync(Socket socket)
    {
        Interlocked.Increment(ref _connections);
        using (socket)
        {
            var buffer = new byte[64 << 10];
            var isOver = false;
            try
            {
                while (await socket.ReceiveAsync(buffer, _stop.Token) is > 0 and var read)
                {
                    // What comes after a fault finds nobody: the connection is reset.
                    if (isOver)
                    {
                        socket.LingerState = new LingerOption(true, 0);
                        return;
                    }
                    var request = Encoding.UTF8.GetString(buffer, 0, read);
                    while (!request.Contains("}}", StringComparison.Ordinal)) request += Encoding.UTF8.GetString(buffer, 0, await socket.ReceiveAsync(buffer, _stop.Token));
                    Interlocked.Increment(ref _asked);
                    isOver = request.Contains("bad", StringComparison.Ordinal);
                    var body = isOver ? """{"status":{"info":"bad"}}""" : """{"strData":"fine"}""";
                    await socket.SendAsync(Encoding.UTF8.GetBytes($"HTTP/1.1 {(isOver ? "500 Internal Server Error" : "200 OK")}\r\nContent-Type: application/json\r\nContent-Length: {body.Length}\r\n\r\n{body}"), _stop.Token);
                }
            }
            catch (Exception e) when (e is OperationCanceledException or SocketException)
            {
            }
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _serving;
        _listener.Dispose();
        _stop.Dispose();
    }
}
