using System.Net;
using System.Net.Sockets;

namespace Dowel.Serving.Models;

/// <summary>Addresses that people give: which are never connected to, and connecting to just what was checked.</summary>
public static class ServerAddresses
{
    // Link-local, where clouds have their metadata; the metadata of those that have it elsewhere; nobody and everybody.
    private static readonly IPNetwork[] Never = [.. new[]
    {
        "169.254.0.0/16", "fe80::/10", "fd00:ec2::254/128", "fd20:ce::254/128", "100.100.100.200/32", "168.63.129.16/32", "192.0.0.192/32", "0.0.0.0/8", "::/128", "224.0.0.0/3", "ff00::/8",
    }.Select(n => IPNetwork.Parse(n))];

    /// <summary>Whether an address is never connected to.</summary>
    public static bool IsNever(IPAddress address) => Never.Any(n => n.Contains(Plain(address)));

    /// <summary>Whether a host is such an address, or a well-known name of one.</summary>
    public static bool IsNever(string host) => IPAddress.TryParse(host.Trim('[', ']'), out var address) ? IsNever(address) : host.Equals("metadata.google.internal", StringComparison.OrdinalIgnoreCase);

    /// <summary>Whether an entry of the list of allowed hosts means this address.</summary>
    public static bool Matches(string allowed, Uri url)
    {
        var port = allowed.LastIndexOf(':') is > 0 and var colon && !allowed.EndsWith(']') && int.TryParse(allowed.AsSpan(colon + 1), out var number) ? number : -1;
        var host = port >= 0 ? allowed[..allowed.LastIndexOf(':')] : allowed;
        if (port >= 0 && port != url.Port) return false;
        return host.StartsWith("*.", StringComparison.Ordinal) ? url.Host.EndsWith(host[1..], StringComparison.OrdinalIgnoreCase) : url.Host.Equals(host, StringComparison.OrdinalIgnoreCase);
    }

    /// <summary>Connects to an address that the name means now and that was checked; a second look at the name could give another.</summary>
    /// <param name="host">The name.</param>
    /// <param name="port">The port.</param>
    /// <param name="refused">More addresses that are refused; null for none.</param>
    /// <param name="cancellationToken">Cancels it.</param>
    /// <exception cref="HttpRequestException">The name is an address that is refused.</exception>
    public static async ValueTask<NetworkStream> ConnectAsync(string host, int port, Func<IPAddress, bool>? refused, CancellationToken cancellationToken)
    {
        var addresses = IPAddress.TryParse(host, out var literal) ? [literal] : await Dns.GetHostAddressesAsync(host, cancellationToken);
        if (Array.Find(addresses, a => IsNever(a) || refused?.Invoke(Plain(a)) == true) is { } never) throw new HttpRequestException($"'{host}' is {never}, an address that requests are never sent to");
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(addresses, port, cancellationToken);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    // ::ffff:a.b.c.d and 64:ff9b::a.b.c.d are a.b.c.d.
    private static IPAddress Plain(IPAddress address)
    {
        if (address.IsIPv4MappedToIPv6) return address.MapToIPv4();
        var bytes = address.GetAddressBytes();
        return bytes.Length == 16 && bytes.AsSpan(0, 12).SequenceEqual((ReadOnlySpan<byte>)[0, 0x64, 0xff, 0x9b, 0, 0, 0, 0, 0, 0, 0, 0]) ? new IPAddress(bytes.AsSpan(12)) : address;
    }
}
