using System.Net;
using System.Net.Http.Headers;
using Dowel.Client;

namespace Dowel.Cli.Tests;

/// <summary>Runs command lines against a fake server, with an environment and home folder of their own.</summary>
internal sealed class CliRun : IDisposable
{
    private readonly string home = Directory.CreateTempSubdirectory("dowel-cli-test-").FullName;

    public CliRun() => Variables = new Dictionary<string, string> { ["HOME"] = home };

    public FakeServer Server { get; } = new();

    public Dictionary<string, string> Variables { get; }

    public StringWriter Out { get; private set; } = new();

    public StringWriter Error { get; private set; } = new();

    public MemoryStream Bytes { get; private set; } = new();

    public string Input { get; set; } = "";

    public string Secret { get; set; } = "";

    public bool Interactive { get; set; }

    /// <summary>The command line's file; by itself the one beside the tests.</summary>
    public string Program { get; set; } = typeof(CliHost).Assembly.Location;

    public DateTimeOffset Now { get; set; } = new(2026, 5, 1, 12, 0, 0, TimeSpan.Zero);

    /// <summary>Where the last client was connected to.</summary>
    public Uri? Address { get; private set; }

    public string ConfigPath => Path.Combine(home, ".config", "dowel", "config.json");

    public string Home => home;

    public async Task<int> DowelAsync(params string[] args)
    {
        Out = new StringWriter();
        Error = new StringWriter();
        Bytes = new MemoryStream();
        return await DowelCli.RunAsync(args, Host(), CancellationToken.None);
    }

    public CliHost Host() => new()
    {
        Out = Out,
        Error = Error,
        In = new StringReader(Input),
        OpenOut = () => Bytes,
        Environment = name => Variables.GetValueOrDefault(name),
        Connect = (server, token) =>
        {
            Address = server;
            var http = new HttpClient(Server, disposeHandler: false) { BaseAddress = server };
            if (token is not null) http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", token);
            return new DowelClient(http);
        },
        ReadSecret = () => Secret,
        Program = Program,
        Time = new FixedTime(Now),
        Interactive = Interactive,
    };

    public CliRun Answers(string body, HttpStatusCode status = HttpStatusCode.OK)
    {
        Server.Answers(body, status, (int)status >= 400 ? "application/problem+json" : "application/json");
        return this;
    }

    public string File(string name, string content)
    {
        var path = Path.Combine(home, name);
        System.IO.File.WriteAllText(path, content);
        return path;
    }

    public void Dispose() => Directory.Delete(home, recursive: true);

    private sealed class FixedTime(DateTimeOffset now) : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => now;
    }
}
