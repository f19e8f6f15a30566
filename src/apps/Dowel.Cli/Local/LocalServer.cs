using Dowel.Client;

namespace Dowel.Cli.Local;

/// <summary>A server as a child process, signed in to as its first administrator.</summary>
internal sealed class LocalServer : IAsyncDisposable
{
    private static readonly TimeSpan StartLimit = TimeSpan.FromSeconds(60);
    private readonly string log;
    private readonly bool keepsLog;
    private readonly CliHost host;

    private LocalServer(CliHost host, ChildProcess process, Uri url, string log, bool keepsLog)
    {
        this.host = host;
        Process = process;
        Url = url;
        this.log = log;
        this.keepsLog = keepsLog;
    }

    public ChildProcess Process { get; }

    /// <summary>Where this machine reaches it.</summary>
    public Uri Url { get; }

    public string Token { get; private set; } = "";

    /// <param name="host">The command line's surroundings.</param>
    /// <param name="dotnet">The dotnet program.</param>
    /// <param name="dll">The server's.</param>
    /// <param name="options">How it is to run.</param>
    /// <param name="keepsLog">Whether its log is still there for people to read once this process is over.</param>
    /// <param name="cancellationToken">Ends it.</param>
    public static async Task<LocalServer> StartAsync(CliHost host, string dotnet, string dll, ServerOptions options, bool keepsLog, CancellationToken cancellationToken)
    {
        var log = Path.Combine(options.DataDir, "logs", "console.log");
        Directory.CreateDirectory(Path.GetDirectoryName(log)!);
        var server = new LocalServer(host, ChildProcess.Start(dotnet, [dll, .. options.Arguments()], log, options.Variables()), options.Reachable, log, keepsLog);
        try
        {
            await server.WaitUntilReadyAsync(cancellationToken);
            await server.SignInAsync(options.DataDir, cancellationToken);
            return server;
        }
        catch
        {
            await server.DisposeAsync();
            throw;
        }
    }

    /// <summary>A new one-time link to open the pages with.</summary>
    public async Task<string?> SignInLinkAsync(CancellationToken cancellationToken)
    {
        try
        {
            using var client = host.Connect(Url, Token);
            var me = await client.Identity.MeAsync(cancellationToken);
            var link = await client.Identity.CreateSignInLinkAsync(me.User.Name, cancellationToken);
            return new Uri(Url, link.Link).AbsoluteUri;
        }
        catch (DowelException)
        {
            return null;
        }
    }

    /// <summary>What to say when it does not answer: null where it still runs.</summary>
    public async Task<CliException?> WhyItDiedAsync()
    {
        await Task.WhenAny(Process.ExitedAsync(CancellationToken.None), Task.Delay(TimeSpan.FromSeconds(1)));
        return Process.HasExited ? await DiedAsync() : null;
    }

    /// <summary>What to say when it ended by itself.</summary>
    public async Task<CliException> DiedAsync()
    {
        await Process.SaidAsync();
        var last = File.Exists(log) ? File.ReadLines(log).TakeLast(15).ToArray() : [];
        var said = last.Length == 0 ? "" : Environment.NewLine + string.Join(Environment.NewLine, last.Select(l => "  | " + Cell.Clean(l)));
        await host.Error.WriteLineAsync(keepsLog ? $"The last lines of {log}:{said}" : $"The last lines of the server:{said}");
        return new CliException($"The server ended with status {Process.ExitCode}.", Remedy);
    }

    private string? Remedy => keepsLog ? $"Read {log}." : null;

    public async ValueTask DisposeAsync() => await Process.DisposeAsync();

    private async Task WaitUntilReadyAsync(CancellationToken cancellationToken)
    {
        using var client = host.Connect(Url, null);
        var began = host.Time.GetTimestamp();
        // It listens once its data is in order; whether its models answer is another question.
        while (!await client.Server.IsLiveAsync(cancellationToken))
        {
            if (Process.HasExited) throw await DiedAsync();
            if (host.Time.GetElapsedTime(began) > StartLimit) throw new CliException($"The server was not ready within {StartLimit.TotalSeconds:0} seconds.", Remedy);
            await Task.Delay(100, cancellationToken);
        }
    }

    private async Task SignInAsync(string dataDir, CancellationToken cancellationToken)
    {
        var file = Path.Combine(dataDir, "first-sign-in.url");
        var began = host.Time.GetTimestamp();
        string link;
        while ((link = File.Exists(file) ? (await File.ReadAllTextAsync(file, cancellationToken)).Trim() : "").Length == 0)
        {
            if (Process.HasExited) throw await DiedAsync();
            if (host.Time.GetElapsedTime(began) > TimeSpan.FromSeconds(10)) throw new CliException($"The server wrote no sign-in link to {file}.", Remedy);
            await Task.Delay(50, cancellationToken);
        }
        using var client = host.Connect(Url, null);
        Token = (await client.Identity.RedeemLinkAsync(link, cancellationToken: cancellationToken)).Secret;
    }
}
