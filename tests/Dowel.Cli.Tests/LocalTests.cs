using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Dowel.Cli.Local;

namespace Dowel.Cli.Tests;

public sealed class LocalTests : IDisposable
{
    private readonly CliRun cli = new();

    public void Dispose() => cli.Dispose();

    [Fact]
    public void Up_becomes_the_servers_settings()
    {
        var options = UpCommand.Translate(cli.Host(), "/srv/dowel", "0.0.0.0", 8000, 8001, true, "Host=db;Password=secret");

        Assert.Equal(["--Dowel:DataDir=/srv/dowel", "--Dowel:Urls=http://0.0.0.0:8000", "--Dowel:GrpcPort=8001", "--Dowel:SingleUser=true"], options.Arguments());
        // Not on the command line, where every user of the machine could read it.
        Assert.Equal("Host=db;Password=secret", options.Variables()["Dowel__Database"]);
        Assert.Equal("1000000", options.Variables()["DOTNET_GCgen0size"]);
    }

    [Theory]
    [InlineData("127.0.0.1", "http://127.0.0.1:5080")]
    [InlineData("::1", "http://[::1]:5080")]
    [InlineData("[::1]", "http://[::1]:5080")]
    [InlineData("localhost", "http://localhost:5080")]
    public void Addresses_become_urls(string host, string url)
    {
        Assert.Contains("--Dowel:Urls=" + url, UpCommand.Translate(cli.Host(), "/d", host, 5080, 5081, false, null).Arguments());
    }

    [Fact]
    public void The_data_folder_is_the_users_data_home()
    {
        Assert.Equal(Path.Combine(cli.Home, ".local", "share", "dowel"), UpCommand.DefaultDataDir(cli.Host()));

        cli.Variables["XDG_DATA_HOME"] = "/data";
        Assert.Equal("/data/dowel", UpCommand.DefaultDataDir(cli.Host()));

        cli.Variables["XDG_DATA_HOME"] = "not/rooted";
        Assert.Equal(Path.Combine(cli.Home, ".local", "share", "dowel"), UpCommand.DefaultDataDir(cli.Host()));
    }

    [Fact]
    public async Task A_port_in_use_is_one_line_that_names_it()
    {
        using var other = new TcpListener(IPAddress.Loopback, 0);
        other.Start();
        var port = ((IPEndPoint)other.LocalEndpoint).Port;
        Prepare("exit 0");

        Assert.Equal(1, await cli.DowelAsync("up", "--port", $"{port}", "--data-dir", Path.Combine(cli.Home, "data")));
        Assert.Contains($"Port {port} on 127.0.0.1 is in use.", cli.Error.ToString(), StringComparison.Ordinal);
        Assert.Contains("--port", cli.Error.ToString(), StringComparison.Ordinal);

        Assert.Equal(1, await cli.DowelAsync("up", "--port", "0", "--grpc-port", $"{port}", "--data-dir", Path.Combine(cli.Home, "data")));
        Assert.Contains("--grpc-port 0", cli.Error.ToString(), StringComparison.Ordinal);
        Assert.NotEqual(0, await cli.DowelAsync("up", "--port", "6000", "--grpc-port", "6000", "--data-dir", Path.Combine(cli.Home, "data")));
        Assert.Contains("cannot be that of gRPC as well", cli.Error.ToString(), StringComparison.Ordinal);

        Assert.Equal(1, await cli.DowelAsync("demo", "--port", $"{port}"));
        Assert.Contains($"Port {port} on 127.0.0.1 is in use.", cli.Error.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("203.0.113.7", "is no address of this machine")]
    [InlineData("example", "is no address to listen on")]
    public async Task A_wrong_address_is_one_line(string host, string says)
    {
        Prepare("exit 0");

        Assert.NotEqual(0, await cli.DowelAsync("up", "--host", host));
        Assert.Contains(says, cli.Error.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Without_the_launcher_it_says_what_is_missing()
    {
        Assert.Equal(1, await cli.DowelAsync("up"));
        Assert.Contains("DOWEL_SERVER_DLL", cli.Error.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_demo_refuses_a_folder_with_something_in_it()
    {
        Prepare("exit 0");
        cli.File("keep.txt", "mine");

        Assert.Equal(1, await cli.DowelAsync("demo", "--port", "0", "--data-dir", cli.Home));
        Assert.Contains("is not empty", cli.Error.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_demo_misses_its_sample_clearly()
    {
        Prepare("exit 0");
        File.Delete(Path.Combine(cli.Home, "samples", "titanic", "titanic.csv"));

        Assert.Equal(1, await cli.DowelAsync("demo", "--port", "0"));
        Assert.Contains("titanic.csv is missing", cli.Error.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_server_that_dies_at_start_is_quoted_and_reported()
    {
        Prepare("echo listening soon; echo 'the database is damaged' >&2; exit 3");
        var report = Path.Combine(cli.Home, "out.json");
        cli.Server.Fails = new HttpRequestException("refused");

        Assert.Equal(1, await cli.DowelAsync("demo", "--exit", "--port", "0", "--data-dir", Path.Combine(cli.Home, "d"), "--json", report));

        Assert.Contains("The server ended with status 3.", cli.Error.ToString(), StringComparison.Ordinal);
        Assert.Contains("the database is damaged", cli.Error.ToString(), StringComparison.Ordinal);
        Assert.Contains("\"ok\":false", File.ReadAllText(report), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0, 0)]
    [InlineData(7, 1)]
    public async Task The_demo_signs_in_runs_the_sample_and_stops_the_server(int sampleEnds, int expected)
    {
        // One script plays both programs: the server writes its link and waits for SIGTERM, the sample keeps its arguments.
        var seen = Path.Combine(cli.Home, "seen");
        Prepare($"""
            case "$1" in
            *server.dll)
                for a in "$@"; do case $a in --Dowel:DataDir=*) dir=$(echo "$a" | cut -d= -f2-) ;; esac; done
                echo $$ > {seen}.pid
                trap 'echo stopped > {seen}.stopped; exit 0' TERM
                echo http://127.0.0.1/sign-in?code=abc > "$dir/first-sign-in.url"
                while :; do sleep 0.05; done ;;
            *) echo "$@" > {seen}.sample; exit {sampleEnds} ;;
            esac
            """);
        cli.Answers("Healthy").Answers("""{"info":{},"secret":"the-token"}""");

        Assert.Equal(expected, await cli.DowelAsync("demo", "--exit", "--port", "0", "--data-dir", Path.Combine(cli.Home, "d")));

        Assert.Equal(["/health/live", "/api/v1/auth/link"], cli.Server.Requests.Select(r => r.Path));
        Assert.Contains("\"code\":\"abc\"", cli.Server.Last.Body, StringComparison.Ordinal);
        Assert.Contains("--token the-token --data ", File.ReadAllText(seen + ".sample"), StringComparison.Ordinal);
        Assert.True(File.Exists(seen + ".stopped"));
        Assert.False(IsRunning(int.Parse(File.ReadAllText(seen + ".pid"), System.Globalization.CultureInfo.InvariantCulture)));
    }

    [Fact]
    public async Task A_cancelled_demo_leaves_nothing_running()
    {
        var seen = Path.Combine(cli.Home, "seen");
        Prepare($"""
            case "$1" in
            *server.dll)
                for a in "$@"; do case $a in --Dowel:DataDir=*) dir=$(echo "$a" | cut -d= -f2-) ;; esac; done
                echo http://127.0.0.1/sign-in?code=abc > "$dir/first-sign-in.url"
                echo $$ > {seen}.server
                exec sleep 600 ;;
            *) echo $$ > {seen}.sample; exec sleep 600 ;;
            esac
            """);
        cli.Answers("Healthy").Answers("""{"info":{},"secret":"the-token"}""");
        using var stop = new CancellationTokenSource();
        var demo = DowelCli.RunAsync(["demo", "--port", "0", "--data-dir", Path.Combine(cli.Home, "d")], cli.Host(), stop.Token);
        while (!File.Exists(seen + ".sample")) await Task.Delay(20);

        await stop.CancelAsync();

        Assert.Equal(ExitCodes.Interrupted, await demo);
        foreach (var file in new[] { ".server", ".sample" }) Assert.False(IsRunning(int.Parse(File.ReadAllText(seen + file), System.Globalization.CultureInfo.InvariantCulture)));
    }

    [Fact]
    public async Task Up_puts_the_server_in_its_place()
    {
        // The server here is the command line itself, which does not know the arguments it gets, and says so.
        var dll = typeof(DowelCli).Assembly.Location;
        var start = new ProcessStartInfo("dotnet") { RedirectStandardError = true, RedirectStandardOutput = true };
        foreach (var a in new[] { dll, "up", "--port", "0", "--grpc-port", "0", "--data-dir", Path.Combine(cli.Home, "data") }) start.ArgumentList.Add(a);
        start.Environment["DOWEL_SERVER_DLL"] = dll;
        using var process = Process.Start(start)!;
        var error = await process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync();

        Assert.Equal(ExitCodes.Usage, process.ExitCode);
        Assert.Contains($"'--Dowel:DataDir={Path.Combine(cli.Home, "data")}'", error, StringComparison.Ordinal);
    }

    private static bool IsRunning(int id) => Directory.Exists($"/proc/{id}") && !File.ReadAllText($"/proc/{id}/stat").Contains(") Z ", StringComparison.Ordinal);

    /// <summary>A 'dotnet' that is a shell script, and files where the programs and the sample would be.</summary>
    private void Prepare(string script)
    {
        var bin = Directory.CreateDirectory(Path.Combine(cli.Home, "bin")).FullName;
        var dotnet = Path.Combine(bin, "dotnet");
        File.WriteAllText(dotnet, "#!/bin/sh\n" + script + "\n");
        if (!OperatingSystem.IsWindows()) File.SetUnixFileMode(dotnet, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        cli.Variables["DOTNET_HOST_PATH"] = dotnet;
        cli.Variables["DOWEL_HOME"] = cli.Home;
        cli.Variables["DOWEL_SERVER_DLL"] = cli.File("server.dll", "");
        cli.Variables["DOWEL_SAMPLE_DLL"] = cli.File("sample.dll", "");
        Directory.CreateDirectory(Path.Combine(cli.Home, "samples", "titanic"));
        cli.File("samples/titanic/titanic.csv", "a\n");
    }
}
