using Dowel.Kernel.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace Dowel.Server;

/// <summary>Where gRPC is spoken: a port of its own on the addresses of the server, as HTTP/2 without TLS cannot share one with HTTP/1.</summary>
internal static class GrpcUrls
{
    /// <summary>The addresses; none where gRPC or the serving room is off.</summary>
    public static IReadOnlyList<string> Of(string urls, IConfiguration configuration)
    {
        var port = configuration.GetValue($"{DowelOptions.Section}:{nameof(DowelOptions.GrpcPort)}", new DowelOptions().GrpcPort);
        // What is out of range is told with all other mistakes of the settings.
        if (port is < 1 or > 65535 || !configuration.GetValue("Rooms:Serving", true)) return [];
        var addresses = urls.Split(';', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).Select(BindingAddress.Parse).Where(a => !a.IsUnixPipe && !a.IsNamedPipe).ToList();
        if (addresses.Any(a => a.Port == port))
            throw new InvalidOperationException($"The port {port} is both that of 'Dowel:Urls' and of 'Dowel:GrpcPort'. Choose another for gRPC (--grpc-port), or 0 for none.");
        return [.. addresses.Select(a => $"{a.Scheme}://{a.Host}:{port}").Distinct()];
    }

    /// <summary>Makes those addresses speak HTTP/2 alone.</summary>
    public static void SpeakHttp2(KestrelServerOptions kestrel, IReadOnlyList<string> grpc)
    {
        if (grpc.Count == 0) return;
        var port = BindingAddress.Parse(grpc[0]).Port;
        kestrel.ConfigureEndpointDefaults(listen =>
        {
            if (listen.IPEndPoint?.Port == port) listen.Protocols = HttpProtocols.Http2;
        });
    }
}
