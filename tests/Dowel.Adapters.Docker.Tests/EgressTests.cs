using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Dowel.Adapters.Docker.Tests;

/// <summary>A container that is none of the server's stands for the world: this machine reaches it.</summary>
public sealed class EgressTests(TestEngine engine) : IAsyncDisposable
{
    private string? _world;
    private string _address = "";

    [Fact]
    public async Task By_default_nothing_can_be_reached_and_the_model_answers_all_the_same()
    {
        await StartWorldAsync();
        await using var host = new DockerHost();
        var model = await host.DeployAsync(DockerHost.Spec());
        Assert.StartsWith("failed", await DockerHost.GetAsync<string>(model, $"connect?{_address}"));
        Assert.StartsWith("failed", await DockerHost.GetAsync<string>(model, "resolve?example.com"));
        Assert.Equal("2", await DockerHost.AskAsync(model, 1));
    }

    // The engine keeps its networks apart, so the world that an open one reaches is this machine and what is beyond it.
    [Fact]
    public async Task A_star_opens_the_way_to_anywhere()
    {
        await engine.ReadyAsync();
        await using var host = new DockerHost();
        var model = await host.DeployAsync(DockerHost.Spec() with { Egress = ["*"] });
        var network = await TestEngine.DockerAsync("inspect", "-f", "{{.HostConfig.NetworkMode}}", Assert.Single(await host.ContainersAsync()));
        Assert.Equal("false", await TestEngine.DockerAsync("network", "inspect", "-f", "{{.Internal}}", network));
        Assert.DoesNotContain("HTTP_PROXY", (await DockerHost.GetAsync<Dictionary<string, string>>(model, "environment")).Keys);
    }

    [Fact]
    public async Task A_list_opens_the_way_to_its_destinations_by_the_proxy_alone()
    {
        await StartWorldAsync();
        await using var host = new DockerHost();
        var model = await host.DeployAsync(DockerHost.Spec() with { Egress = [_address, "*.example.com:443"] });
        Assert.Equal("hello from outside", await DockerHost.GetAsync<string>(model, $"fetch?http://{_address}/file?x=1"));
        Assert.StartsWith("failed", await DockerHost.GetAsync<string>(model, $"connect?{_address}"));
        Assert.Contains("403", await DockerHost.GetAsync<string>(model, "fetch?http://192.0.2.1:80/"));
        Assert.Contains("403", await DockerHost.GetAsync<string>(model, "fetch?http://169.254.169.254/latest/"));
    }

    [Fact]
    public async Task Containers_do_not_reach_each_other()
    {
        await engine.ReadyAsync();
        await using var host = new DockerHost();
        foreach (var egress in new string[][] { [], ["*"] })
        {
            var one = await host.DeployAsync(DockerHost.Spec() with { Egress = egress }, $"one{egress.Length}");
            var two = await host.DeployAsync(DockerHost.Spec() with { Egress = egress }, $"two{egress.Length}");
            Assert.StartsWith("failed", await DockerHost.GetAsync<string>(one, $"connect?{two.Address.Authority}"));
        }
    }

    [Fact]
    public async Task The_proxy_lets_through_what_the_key_may_reach_and_nothing_else()
    {
        await StartWorldAsync();
        await using var host = new DockerHost();
        var port = await host.Proxy.AllowAsync("127.0.0.1", "key", [_address, "localhost:443"], TestContext.Current.CancellationToken);
        Assert.Equal(port, await host.Proxy.AllowAsync("127.0.0.1", "other", [], TestContext.Current.CancellationToken));
        Assert.EndsWith("hello from outside", await ProxyAsync(port, "key", $"CONNECT {_address} HTTP/1.1"));
        Assert.StartsWith("HTTP/1.1 403", await ProxyAsync(port, "key", "CONNECT 192.0.2.1:443 HTTP/1.1"));
        Assert.StartsWith("HTTP/1.1 403", await ProxyAsync(port, "key", $"CONNECT {_address[..^1]}1 HTTP/1.1"));
        // What listens on this machine's loopback counts on being asked from here alone.
        Assert.StartsWith("HTTP/1.1 403", await ProxyAsync(port, "key", "CONNECT localhost:443 HTTP/1.1"));
        Assert.StartsWith("HTTP/1.1 403", await ProxyAsync(port, "other", $"CONNECT {_address} HTTP/1.1"));
        Assert.StartsWith("HTTP/1.1 407", await ProxyAsync(port, "wrong", $"CONNECT {_address} HTTP/1.1"));
        Assert.StartsWith("HTTP/1.1 407", await ProxyAsync(port, null, $"CONNECT {_address} HTTP/1.1"));
        foreach (var line in new[] { "GET / HTTP/1.1", "CONNECT", "nonsense", "GET ftp://x/ HTTP/1.1", "CONNECT :: HTTP/1.1" }) Assert.StartsWith("HTTP/1.1 400", await ProxyAsync(port, "key", line));
    }

    [Theory]
    [InlineData("example.com:443", "example.com", 443, "1.2.3.4", true)]
    [InlineData("example.com:443", "EXAMPLE.com", 443, "1.2.3.4", true)]
    [InlineData("example.com:443", "example.com", 80, "1.2.3.4", false)]
    [InlineData("example.com:443", "evil.com", 443, "1.2.3.4", false)]
    [InlineData("*.example.com:443", "a.example.com", 443, "1.2.3.4", true)]
    [InlineData("*.example.com:443", "notexample.com", 443, "1.2.3.4", false)]
    [InlineData("10.0.0.0/8:5432", "db", 5432, "10.1.2.3", true)]
    [InlineData("10.0.0.0/8:5432", "db", 5432, "11.1.2.3", false)]
    [InlineData("10.1.2.3:80", "10.1.2.3", 80, "10.1.2.3", true)]
    [InlineData("[2001:db8::1]:80", "2001:db8::1", 80, "2001:db8::1", true)]
    [InlineData("localhost:80", "localhost", 80, "127.0.0.1", false)]
    [InlineData("127.0.0.0/8:80", "127.0.0.1", 80, "127.0.0.1", false)]
    public void A_rule_means_what_it_says(string rule, string host, int port, string address, bool allowed)
    {
        Assert.Null(EgressRules.Check([rule]));
        Assert.Equal(!allowed, new EgressRules([rule]).Refuses(host, port)(IPAddress.Parse(address)));
    }

    private async Task StartWorldAsync()
    {
        await engine.ReadyAsync();
        const string Program = """
            import socket
            world = socket.create_server(("0.0.0.0", 8000))
            while True:
                client, _ = world.accept()
                try:
                    client.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 18\r\nConnection: close\r\n\r\nhello from outside")
                    client.shutdown(socket.SHUT_WR)
                    while client.recv(1024): pass
                except OSError: pass
                client.close()
            """;
        _world = await TestEngine.DockerAsync("run", "-d", "--init", TestEngine.Image, "/usr/bin/python3", "-c", Program);
        _address = $"{await TestEngine.DockerAsync("inspect", "-f", "{{.NetworkSettings.Networks.bridge.IPAddress}}", _world)}:8000";
        await DockerHost.UntilAsync(async () =>
        {
            try
            {
                using var client = new TcpClient();
                await client.ConnectAsync(IPEndPoint.Parse(_address));
                return true;
            }
            catch (SocketException)
            {
                return false;
            }
        }, "the world is there");
    }

    private static async Task<string> ProxyAsync(int port, string? key, string line)
    {
        using var client = new TcpClient();
        await client.ConnectAsync(IPAddress.Loopback, port);
        var authorization = key is null ? "" : $"Proxy-Authorization: Basic {Convert.ToBase64String(Encoding.UTF8.GetBytes($"dowel:{key}"))}\r\n";
        await client.GetStream().WriteAsync(Encoding.ASCII.GetBytes($"{line}\r\n{authorization}\r\n"));
        using var reader = new StreamReader(client.GetStream());
        return await reader.ReadToEndAsync().WaitAsync(TimeSpan.FromSeconds(30));
    }

    public async ValueTask DisposeAsync()
    {
        if (_world is not null) await TestEngine.DockerAsync("rm", "-f", _world);
    }
}
