namespace Dowel.Kernel.Hosting;

/// <summary>The server's own settings, section <c>Dowel</c>.</summary>
public sealed class DowelOptions
{
    /// <summary>The configuration section.</summary>
    public const string Section = "Dowel";

    /// <summary>Where everything is kept. Default: <c>dowel</c> under the user's data home.</summary>
    public string DataDir { get; set; } = "";

    /// <summary>A PostgreSQL connection string (<c>Host=…</c>) or a SQLite one (<c>Data Source=…</c>); empty for SQLite in <see cref="DataDir"/>.</summary>
    public string? Database { get; set; }

    /// <summary>Addresses to listen on, separated by ';'.</summary>
    public string Urls { get; set; } = "http://127.0.0.1:5080";

    /// <summary>The port of the gRPC services, on the same addresses as <see cref="Urls"/>; 0 for none.</summary>
    public int GrpcPort { get; set; } = 5081;

    /// <summary>No sign-in: everything is done as the owner. Loopback addresses only.</summary>
    public bool SingleUser { get; set; }

    /// <summary>Largest upload, in bytes.</summary>
    public long MaxUploadBytes { get; set; } = 10L << 30;

    /// <summary>Largest body that is no upload, in bytes.</summary>
    public long MaxBodyBytes { get; set; } = 32L << 20;

    /// <summary>Serve <c>/metrics</c> without sign-in.</summary>
    public bool AnonymousMetrics { get; set; }

    /// <summary>Let callers who are not signed in ask public endpoints, as <see cref="Access.Actor.Guest"/>.</summary>
    public bool AnonymousPredictions { get; set; }

    /// <summary>IP addresses of reverse proxies whose <c>X-Forwarded-For</c> and <c>X-Forwarded-Proto</c> count, <c>127.0.0.1</c> for one on this machine.</summary>
    public IList<string> TrustedProxies { get; } = [];

    /// <summary>A folder below <see cref="DataDir"/>, made if needed; <see cref="DataDir"/> itself is made for the server's user alone.</summary>
    public string Folder(params string[] parts)
    {
        var path = Path.Combine([DataDir, .. parts]);
        // Only the folder that is made here: the mode of one that was given is whoever made it's choice.
        if (!OperatingSystem.IsWindows()) Directory.CreateDirectory(DataDir, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        Directory.CreateDirectory(path);
        return path;
    }
}
