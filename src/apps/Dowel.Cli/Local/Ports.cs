using System.Net;
using System.Net.Sockets;

namespace Dowel.Cli.Local;

/// <summary>Looks whether a port can be listened on.</summary>
internal static class Ports
{
    /// <summary>Checks the port by binding it for a moment.</summary>
    /// <returns>The port; where 0 was asked for, one that is free.</returns>
    public static int Check(string host, int port, string option = "--port", string otherwise = "or stop what uses it")
    {
        var address = AddressOf(host);
        using var socket = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            socket.Bind(new IPEndPoint(address, port));
            socket.Listen(1);
            return ((IPEndPoint)socket.LocalEndPoint!).Port;
        }
        catch (SocketException e)
        {
            throw e.SocketErrorCode switch
            {
                SocketError.AddressAlreadyInUse => new CliException($"Port {port} on {host} is in use.", $"Choose another with {option}, {otherwise}."),
                SocketError.AccessDenied => new CliException($"Port {port} needs more rights than you have.", $"Choose one above 1023 with {option}."),
                SocketError.AddressNotAvailable => new CliException($"{host} is no address of this machine.", "Choose one that is with --host, such as 127.0.0.1."),
                _ => new CliException($"Port {port} on {host} cannot be used: {e.Message}", $"Choose another with {option}."),
            };
        }
    }

    private static IPAddress AddressOf(string host)
    {
        if (host is "*" or "+") return IPAddress.Any;
        if (host.Equals("localhost", StringComparison.OrdinalIgnoreCase)) return IPAddress.Loopback;
        if (IPAddress.TryParse(host.Trim('[', ']'), out var address)) return address;
        throw CliException.Usage($"--host '{host}' is no address to listen on.", "Give an address of this machine, such as 127.0.0.1, or 0.0.0.0 for all.");
    }
}
