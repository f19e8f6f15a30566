using System.CommandLine;

namespace Dowel.Cli.Local;

/// <summary>How a server is to run, and its command line.</summary>
internal sealed record ServerOptions
{
    private const string FirstGeneration = "DOTNET_GCgen0size";
    // 16 MiB, hexadecimal.
    private const string FirstGenerationBytes = "1000000";

    public required string DataDir { get; init; }

    public string Host { get; init; } = "127.0.0.1";

    public int Port { get; init; } = 5080;

    /// <summary>The port of gRPC; 0 for none.</summary>
    public int GrpcPort { get; init; }

    public bool SingleUser { get; init; }

    public string? Database { get; init; }

    /// <summary>Further settings by their keys.</summary>
    public IReadOnlyDictionary<string, string> Settings { get; init; } = new Dictionary<string, string>();

    public Uri Url => new($"http://{(Host.Contains(':') && !Host.StartsWith('[') ? $"[{Host}]" : Host)}:{Port}");

    /// <summary>Where this machine reaches it: <see cref="Url"/>, or a loopback address where that is all of them.</summary>
    public Uri Reachable => Host.Trim('[', ']') switch
    {
        "0.0.0.0" => new Uri($"http://127.0.0.1:{Port}"),
        "::" => new Uri($"http://[::1]:{Port}"),
        _ => Url,
    };

    /// <summary>The server's arguments: its configuration keys. A connection string has a password, which every user of the machine could read there: it goes by <see cref="Variables"/>.</summary>
    public IReadOnlyList<string> Arguments()
    {
        List<string> arguments = [$"--Dowel:DataDir={DataDir}", $"--Dowel:Urls={Url.GetLeftPart(UriPartial.Authority)}", $"--Dowel:GrpcPort={GrpcPort}"];
        if (SingleUser) arguments.Add("--Dowel:SingleUser=true");
        arguments.AddRange(Settings.Select(s => $"--{s.Key}={s.Value}"));
        return arguments;
    }

    /// <summary>What the server reads from its environment.</summary>
    public IReadOnlyDictionary<string, string> Variables()
    {
        var variables = new Dictionary<string, string>();
        if (!string.IsNullOrEmpty(Database)) variables["Dowel__Database"] = Database;
        // Of .NET's settings of the garbage collector only this one cannot stand in the program's own configuration (decision 0024).
        if (Environment.GetEnvironmentVariable(FirstGeneration) is null) variables[FirstGeneration] = FirstGenerationBytes;
        return variables;
    }

    /// <summary>The server's program, which the launcher names.</summary>
    public static string FindServer(CliHost host) => Find(host, "DOWEL_SERVER_DLL", "the server");

    public static string Find(CliHost host, string variable, string what)
    {
        var path = host.Environment(variable);
        if (string.IsNullOrEmpty(path)) throw new CliException($"Where {what} is, is not known: {variable} is not set.", "Start it by the 'dowel' script at the root of the repository.");
        return File.Exists(path) ? Path.GetFullPath(path) : throw new CliException($"{path}, which {variable} names, is not there.", "Build it: run the 'dowel' script at the root of the repository.");
    }

    public static Option<int> PortOption(string description) => PortOption("--port", description, 5080, "0 takes a free one");

    public static Option<int> GrpcPortOption() => PortOption("--grpc-port", "The port of gRPC; 0 for none.", 5081, "0 is none");

    /// <summary>An option of a port, within what ports are.</summary>
    public static Option<int> PortOption(string name, string description, int port, string zero)
    {
        var option = new Option<int>(name) { Description = description, DefaultValueFactory = _ => port, HelpName = "port" };
        option.Validators.Add(result =>
        {
            if (result.Tokens.Count == 1 && int.TryParse(result.Tokens[0].Value, out var given) && given is < 0 or > 65535) result.AddError($"{name} must be 0 to 65535; {zero}.");
        });
        return option;
    }
}
