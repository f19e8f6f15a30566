using System.Buffers.Text;
using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Dowel.Serving.Models;
using Microsoft.Extensions.Logging;

namespace Dowel.Adapters.Docker;

/// <summary>
/// A forward proxy on the gateway of the closed network, the only way out of it: HTTP by absolute address and everything else by CONNECT, to the destinations of
/// the deployment whose key the container shows (in the user information of its proxy's address).
/// </summary>
internal sealed partial class EgressProxy(DockerEngine engine, ILogger<EgressProxy> logger) : IDisposable
{
    private const int LargestHead = 32 << 10;
    private static readonly TimeSpan HeadTime = TimeSpan.FromSeconds(30);

    private readonly ConcurrentDictionary<string, EgressRules> _rules = new();
    private readonly SemaphoreSlim _starting = new(1);
    private readonly CancellationTokenSource _stop = new();
    private TcpListener? _listener;

    /// <summary>Lets whoever has the key reach some destinations; starts the proxy if need be.</summary>
    /// <returns>The proxy's port.</returns>
    public async Task<int> AllowAsync(string gateway, string key, IReadOnlyList<string> allowed, CancellationToken cancellationToken)
    {
        _rules[key] = new EgressRules(allowed);
        await _starting.WaitAsync(cancellationToken);
        try
        {
            if (_listener is null)
            {
                _listener = Listen(IPAddress.Parse(gateway));
                _ = AcceptAsync(_listener);
            }
            return ((IPEndPoint)_listener.LocalEndpoint).Port;
        }
        finally
        {
            _starting.Release();
        }
    }

    // The same port after a restart where that is possible, so that containers which run on still find it.
    private TcpListener Listen(IPAddress address)
    {
        try
        {
            var wished = new TcpListener(address, 20_000 + (Convert.ToInt32(engine.ServerId[..7], 16) % 10_000));
            wished.Start();
            return wished;
        }
        catch (SocketException)
        {
            var any = new TcpListener(address, 0);
            any.Start();
            return any;
        }
    }

    private async Task AcceptAsync(TcpListener listener)
    {
        while (!_stop.IsCancellationRequested)
            try
            {
                _ = ServeAsync(await listener.AcceptTcpClientAsync(_stop.Token));
            }
            catch (Exception e) when (e is SocketException or OperationCanceledException or ObjectDisposedException)
            {
                if (_stop.IsCancellationRequested) return;
                await Task.Delay(100);
            }
    }

    private async Task ServeAsync(TcpClient client)
    {
        using var _ = client;
        try
        {
            client.NoDelay = true;
            var stream = client.GetStream();
            using var patience = CancellationTokenSource.CreateLinkedTokenSource(_stop.Token);
            patience.CancelAfter(HeadTime);
            var (head, body) = await ReadHeadAsync(stream, patience.Token);
            if (ProxyRequest.Parse(head) is not { } request)
            {
                await AnswerAsync(stream, "400 Bad Request", "This is a proxy: it takes CONNECT, or http:// addresses.");
                return;
            }
            if (request.Key is null || !_rules.TryGetValue(request.Key, out var rules))
            {
                await AnswerAsync(stream, "407 Proxy Authentication Required", "Use the address of HTTPS_PROXY with the user in it.", "Proxy-Authenticate: Basic realm=\"dowel\"\r\n");
                return;
            }
            NetworkStream server;
            try
            {
                server = await ServerAddresses.ConnectAsync(request.Host, request.Port, rules.Refuses(request.Host, request.Port), patience.Token);
            }
            catch (HttpRequestException)
            {
                LogRefused(request.Host, request.Port);
                await AnswerAsync(stream, "403 Forbidden", $"This deployment may not connect to {request.Host}:{request.Port}; its egress policy allows {string.Join(", ", rules.Allowed)}.");
                return;
            }
            catch (Exception e) when (e is SocketException or OperationCanceledException)
            {
                await AnswerAsync(stream, "502 Bad Gateway", $"{request.Host}:{request.Port} cannot be reached: {e.Message}");
                return;
            }
            await using (server)
            {
                if (request.Head is { } forwarded) await server.WriteAsync(Encoding.Latin1.GetBytes(forwarded), _stop.Token);
                else await stream.WriteAsync("HTTP/1.1 200 Connection Established\r\n\r\n"u8.ToArray(), _stop.Token);
                await server.WriteAsync(body, _stop.Token);
                Task[] ways = [PipeAsync(stream, server), PipeAsync(server, stream)];
                await await Task.WhenAny(ways);
                // What comes the other way may still be under way.
                await Task.WhenAny(Task.WhenAll(ways), Task.Delay(HeadTime, _stop.Token));
            }
        }
        catch (Exception e) when (e is IOException or SocketException or OperationCanceledException or ObjectDisposedException)
        {
            // The other side has gone; so has this one.
        }
    }

    /// <summary>One direction, to its end, which is passed on.</summary>
    private async Task PipeAsync(NetworkStream from, NetworkStream to)
    {
        await from.CopyToAsync(to, _stop.Token);
        to.Socket.Shutdown(SocketShutdown.Send);
    }

    private static async Task<(string Head, ReadOnlyMemory<byte> Body)> ReadHeadAsync(NetworkStream stream, CancellationToken cancellationToken)
    {
        var buffer = new byte[LargestHead];
        for (var length = 0; length < buffer.Length;)
        {
            var read = await stream.ReadAsync(buffer.AsMemory(length), cancellationToken);
            if (read == 0) break;
            length += read;
            var end = buffer.AsSpan(0, length).IndexOf("\r\n\r\n"u8);
            if (end >= 0) return (Encoding.Latin1.GetString(buffer, 0, end), buffer.AsMemory(end + 4, length - end - 4));
        }
        throw new IOException("No whole request came.");
    }

    private static Task AnswerAsync(NetworkStream stream, string status, string text, string headers = "")
        => stream.WriteAsync(Encoding.UTF8.GetBytes($"HTTP/1.1 {status}\r\n{headers}Content-Type: text/plain; charset=utf-8\r\nContent-Length: {Encoding.UTF8.GetByteCount(text)}\r\nConnection: close\r\n\r\n{text}")).AsTask();

    public void Dispose()
    {
        _stop.Cancel();
        _listener?.Dispose();
        _stop.Dispose();
        _starting.Dispose();
    }

    [LoggerMessage(6310, LogLevel.Warning, "A container was kept from connecting to {Host}:{Port}")]
    private partial void LogRefused(string host, int port);

    /// <summary>The first lines of a request to a proxy.</summary>
    /// <param name="Host">Where it wants to.</param>
    /// <param name="Port">And its port.</param>
    /// <param name="Key">The password that it shows.</param>
    /// <param name="Head">What is sent on; null for CONNECT.</param>
    private sealed record ProxyRequest(string Host, int Port, string? Key, string? Head)
    {
        public static ProxyRequest? Parse(string head)
        {
            var lines = head.Split("\r\n");
            if (lines[0].Split(' ') is not [var method, var target, var version]) return null;
            var key = lines.Where(l => l.StartsWith("Proxy-Authorization: Basic ", StringComparison.OrdinalIgnoreCase)).Select(l => KeyOf(l[27..].Trim())).FirstOrDefault();
            if (method == "CONNECT") return Uri.TryCreate($"tcp://{target}", UriKind.Absolute, out var to) && to.Port > 0 ? new(to.IdnHost, to.Port, key, null) : null;
            if (!Uri.TryCreate(target, UriKind.Absolute, out var url) || url.Scheme != "http") return null;
            // One request a connection: the next could be meant for another host.
            var kept = lines.Skip(1).Where(l => !l.StartsWith("Proxy-", StringComparison.OrdinalIgnoreCase) && !l.StartsWith("Connection:", StringComparison.OrdinalIgnoreCase));
            return new(url.IdnHost, url.Port, key, $"{method} {url.PathAndQuery} {version}\r\n{string.Join("\r\n", kept)}\r\nConnection: close\r\n\r\n");
        }

        private static string? KeyOf(string basic)
        {
            if (!Base64.IsValid(basic)) return null;
            var pair = Encoding.UTF8.GetString(Convert.FromBase64String(basic));
            return pair[(pair.IndexOf(':') + 1)..];
        }
    }
}
