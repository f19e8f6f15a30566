using System.CommandLine;
using System.Text.Json;

namespace Dowel.Cli.Local;

/// <summary>The whole journey on real data: a server of its own, and the sample program as its client.</summary>
internal sealed class DemoCommand : DowelCommand
{
    private readonly Option<bool> exit = new("--exit") { Description = "End when the journey is over; the exit status is 0 only if every stage held." };
    private readonly Option<string?> json = new("--json") { Description = "Write what every stage found into this file.", HelpName = "file" };
    private readonly Option<string?> dataDir = new("--data-dir") { Description = "An empty folder for the data; default a new temporary one.", HelpName = "folder" };
    private readonly Option<int> port = ServerOptions.PortOption("The port to listen on; 0 takes a free one.");

    public DemoCommand(CliHost host) : base(
        host,
        "demo",
        "Take 1,309 passengers of the Titanic from a CSV file to a watched endpoint, over the server's own API.",
        "dowel demo",
        "dowel demo --exit --json out.json",
        "dowel demo --port 0 --data-dir /tmp/titanic")
    {
        Options.Add(exit);
        Options.Add(json);
        Options.Add(dataDir);
        Options.Add(port);
    }

    protected override async Task<int> ExecuteAsync(ParseResult args, CancellationToken cancellationToken)
    {
        var jsonFile = args.GetValue(json) is { } path ? Path.GetFullPath(path) : null;
        if (jsonFile is not null) File.Delete(jsonFile);
        try
        {
            return await DemoAsync(args, jsonFile, cancellationToken);
        }
        catch (Exception e) when (jsonFile is not null && !File.Exists(jsonFile) && e is not OperationCanceledException)
        {
            // Whoever reads the file should find out there, too.
            var report = new { ok = false, server = "", endpoint = "", token = "", stages = Array.Empty<object>(), error = e.Message };
            await File.WriteAllTextAsync(jsonFile, JsonSerializer.Serialize(report, Output.Json), CancellationToken.None);
            throw;
        }
    }

    private static string PrepareFolder(string? given)
    {
        if (string.IsNullOrWhiteSpace(given)) return Directory.CreateTempSubdirectory("dowel-demo-").FullName;
        var folder = Path.GetFullPath(given);
        if (File.Exists(folder)) throw new CliException($"{folder} is a file, not a folder.", "Give an empty folder, or leave --data-dir out for a temporary one.");
        if (Directory.Exists(folder) && Directory.EnumerateFileSystemEntries(folder).Any())
            throw new CliException($"The folder {folder} is not empty; the demo begins with nothing.", "Give an empty folder, or leave --data-dir out for a temporary one.");
        return PrivateFolder.Create(folder);
    }

    private static string FindCsv(CliHost host)
    {
        var home = host.Environment("DOWEL_HOME");
        var csv = Path.Combine(string.IsNullOrEmpty(home) ? Directory.GetCurrentDirectory() : home, "samples", "titanic", "titanic.csv");
        return File.Exists(csv) ? csv : throw new CliException($"The sample {csv} is missing.", "Restore it from the repository.");
    }

    private async Task<int> DemoAsync(ParseResult args, string? jsonFile, CancellationToken cancellationToken)
    {
        var csv = FindCsv(Host);
        var serverDll = ServerOptions.FindServer(Host);
        var sampleDll = ServerOptions.Find(Host, "DOWEL_SAMPLE_DLL", "the sample program");
        var chosen = Ports.Check("127.0.0.1", args.GetValue(port));
        var given = args.GetValue(dataDir);
        var options = new ServerOptions { DataDir = PrepareFolder(given), Port = chosen };
        var temporary = string.IsNullOrWhiteSpace(given);
        var succeeded = false;
        try
        {
            await Host.Error.WriteLineAsync($"Starting the server on port {options.Port} …");
            await using var server = await LocalServer.StartAsync(Host, DotnetHost.Find(Host), serverDll, options, keepsLog: true, cancellationToken);
            var result = await RunSampleAsync(sampleDll, csv, jsonFile, server, cancellationToken);
            succeeded = result == 0;
            if (args.GetValue(exit)) return result == 0 ? ExitCodes.Ok : ExitCodes.Failed;
            await StayAsync(server, options, cancellationToken);
            return result == 0 ? ExitCodes.Ok : ExitCodes.Failed;
        }
        finally
        {
            if (temporary && succeeded && args.GetValue(exit)) TemporaryFolder.Delete(options.DataDir);
            else await Host.Error.WriteLineAsync($"The demo's data is in {options.DataDir}");
        }
    }

    private async Task<int> RunSampleAsync(string sampleDll, string csv, string? jsonFile, LocalServer server, CancellationToken cancellationToken)
    {
        List<string> arguments = [sampleDll, "--server", server.Url.GetLeftPart(UriPartial.Authority), "--token", server.Token, "--data", csv];
        if (jsonFile is not null) arguments.AddRange(["--json", jsonFile]);
        await using var sample = ChildProcess.Start(DotnetHost.Find(Host), arguments, log: null);
        var ended = await Task.WhenAny(sample.ExitedAsync(cancellationToken), server.Process.ExitedAsync(cancellationToken));
        cancellationToken.ThrowIfCancellationRequested();
        if (server.Process.HasExited && !sample.HasExited)
        {
            // Its own error about the lost connection says more about where; give it a moment to print it.
            await Task.WhenAny(sample.ExitedAsync(CancellationToken.None), Task.Delay(TimeSpan.FromSeconds(5), CancellationToken.None));
            throw await server.DiedAsync();
        }
        await ended;
        return sample.ExitCode;
    }

    private async Task StayAsync(LocalServer server, ServerOptions options, CancellationToken cancellationToken)
    {
        var link = await server.SignInLinkAsync(cancellationToken);
        await Host.Error.WriteLineAsync();
        await Host.Error.WriteLineAsync($"The server keeps running at {server.Url.GetLeftPart(UriPartial.Authority)} until Ctrl-C.");
        if (link is not null) await Host.Error.WriteLineAsync($"Sign in as the administrator, once: {link}");
        try
        {
            await server.Process.ExitedAsync(cancellationToken);
            // Ctrl-C at a terminal reaches the server as well, and it may be the faster one.
            await Task.Delay(500, cancellationToken);
        }
        catch (OperationCanceledException)
        {
            await Host.Error.WriteLineAsync("Stopping the server …");
            return;
        }
        throw await server.DiedAsync();
    }
}
