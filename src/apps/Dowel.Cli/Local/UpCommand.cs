using System.CommandLine;
using System.Diagnostics;

namespace Dowel.Cli.Local;

/// <summary>Runs the server, in the place of this process where the system can.</summary>
internal sealed class UpCommand : DowelCommand
{
    private readonly Option<string?> dataDir = new("--data-dir") { Description = "Where everything is kept; default $XDG_DATA_HOME/dowel or ~/.local/share/dowel.", HelpName = "folder" };
    private readonly Option<string> host = new("--host") { Description = "The address to listen on.", DefaultValueFactory = _ => "127.0.0.1", HelpName = "address" };
    private readonly Option<int> port = ServerOptions.PortOption("The port to listen on.");
    private readonly Option<int> grpcPort = ServerOptions.GrpcPortOption();
    private readonly Option<bool> singleUser = new("--single-user") { Description = "No sign-in: everything as the owner of this machine. Only on a loopback address." };
    private readonly Option<string?> database = new("--database") { Description = "PostgreSQL connection string; default is SQLite in the data folder. May also stand in Dowel__Database.", HelpName = "connection" };

    public UpCommand(CliHost host) : base(
        host,
        "up",
        "Run the server until Ctrl-C. The first start makes an administrator and prints a one-time sign-in link.",
        "dowel up",
        "dowel up --port 8000 --data-dir /srv/dowel",
        "dowel up --single-user",
        "dowel up --host 0.0.0.0 --database 'Host=db;Database=dowel;Username=dowel'")
    {
        Options.Add(dataDir);
        Options.Add(this.host);
        Options.Add(port);
        Options.Add(grpcPort);
        Options.Add(singleUser);
        Options.Add(database);
    }

    /// <summary>What to run: program, then arguments.</summary>
    internal static ServerOptions Translate(CliHost host, string? dataDir, string address, int port, int grpcPort, bool singleUser, string? database) => new()
    {
        DataDir = Path.GetFullPath(string.IsNullOrWhiteSpace(dataDir) ? DefaultDataDir(host) : dataDir),
        Host = address,
        Port = port,
        GrpcPort = grpcPort,
        SingleUser = singleUser,
        Database = database,
    };

    internal static string DefaultDataDir(CliHost host)
    {
        var root = host.Environment("XDG_DATA_HOME");
        if (string.IsNullOrEmpty(root) || !Path.IsPathRooted(root)) root = Path.Combine(HomeFolder.Of(host), ".local", "share");
        return Path.Combine(root, "dowel");
    }

    protected override async Task<int> ExecuteAsync(ParseResult args, CancellationToken cancellationToken)
    {
        var options = Translate(Host, args.GetValue(dataDir), args.GetValue(host)!, args.GetValue(port), args.GetValue(grpcPort), args.GetValue(singleUser), args.GetValue(database));
        var server = ServerOptions.FindServer(Host);
        var chosen = Ports.Check(options.Host, options.Port);
        options = options with { Port = chosen };
        if (options.GrpcPort == chosen) throw CliException.Usage($"Port {chosen} cannot be that of gRPC as well.", "Choose another with --grpc-port, or 0 for none.");
        if (options.GrpcPort > 0) Ports.Check(options.Host, options.GrpcPort, "--grpc-port", "or switch gRPC off with --grpc-port 0");
        if (File.Exists(options.DataDir)) throw new CliException($"{options.DataDir} is a file, not a folder.", "Choose another with --data-dir.");
        PrivateFolder.Create(options.DataDir);
        var dotnet = DotnetHost.Find(Host);
        await Host.Out.FlushAsync(cancellationToken);
        await Host.Error.FlushAsync(cancellationToken);
        if (!OperatingSystem.IsWindows())
        {
            // The server takes this process's place, so that signals reach it itself.
            var why = NativeProcess.Replace(dotnet, [server, .. options.Arguments()], options.Variables());
            throw new CliException($"{dotnet} could not be started: {why}");
        }
        var start = new ProcessStartInfo(dotnet) { UseShellExecute = false };
        foreach (var argument in (IEnumerable<string>)[server, .. options.Arguments()]) start.ArgumentList.Add(argument);
        foreach (var (name, value) in options.Variables()) start.Environment[name] = value;
        using var process = Process.Start(start)!;
        await process.WaitForExitAsync(CancellationToken.None);
        return process.ExitCode;
    }
}
