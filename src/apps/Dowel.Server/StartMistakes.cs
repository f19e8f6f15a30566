using System.Net.Sockets;
using Microsoft.Extensions.Options;

namespace Dowel.Server;

/// <summary>Tells mistakes of whoever started the server from faults of the server.</summary>
internal static class StartMistakes
{
    /// <summary>One line for people, or null for a fault.</summary>
    public static string? Explain(Exception e) => e switch
    {
        OptionsValidationException options => string.Join(" ", options.Failures),
        IOException { InnerException: Microsoft.AspNetCore.Connections.AddressInUseException } or Microsoft.AspNetCore.Connections.AddressInUseException => $"{e.Message} Stop what listens there, or choose another port with --port (of gRPC: --grpc-port).",
        InvalidOperationException { InnerException: null } => e.Message,
        InvalidOperationException { InnerException: InvalidOperationException inner } => inner.Message,
        SocketException or Npgsql.NpgsqlException { InnerException: SocketException } => $"The database or address cannot be reached: {e.Message}",
        _ => null,
    };
}
