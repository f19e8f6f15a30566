using System.Globalization;
using System.Text.Json;
using Dowel.Client;
using Dowel.Contracts;
using Dowel.Experiments;
using Dowel.Registry;
using Dowel.Testing;

namespace Dowel.Cli.Tests.Import;

/// <summary>A server that takes in imports, and the command line before it.</summary>
internal sealed class Target : IAsyncDisposable
{
    private Target(RoomHost host) => Host = host;

    public RoomHost Host { get; }

    public string Out { get; private set; } = "";

    public string Error { get; private set; } = "";

    public static async Task<Target> StartAsync(Engine engine)
    {
        var host = await RoomHost.StartAsync(engine, [new ExperimentsRoom(), new RegistryRoom()], null, null);
        await host.CreateUserAsync("ada");
        await host.CreateUserAsync("vera");
        await host.CreateProjectAsync("ada", "lab", ("vera", ProjectRole.Viewer));
        await host.CreateProjectAsync("ada", "other");
        return new Target(host);
    }

    public Task<int> ImportAsync(MlflowSource source, params string[] more) => RunAsync("ada", source, CancellationToken.None, more);

    public async Task<int> RunAsync(string user, MlflowSource source, CancellationToken cancellationToken, params string[] more)
    {
        using var output = new StringWriter();
        using var error = new StringWriter();
        var host = new CliHost
        {
            Out = output,
            Error = error,
            In = TextReader.Null,
            OpenOut = () => Stream.Null,
            Environment = name => name switch { "DOWEL_SERVER" => Host.Address.ToString(), "DOWEL_TOKEN" => Host.TokenOf(user), "HOME" => source.Folder, _ => null },
            Connect = DowelClient.Connect,
            ReadSecret = () => "",
        };
        List<string> args = ["import", "mlflow"];
        if (!more.Contains("--from")) args.AddRange(["--from", source.Uri]);
        if (!more.Contains("--no-folder") && !more.Contains("--skip-artifacts")) args.AddRange(["--artifacts", source.Artifacts]);
        if (!more.Contains("--project")) args.AddRange(["--project", "lab"]);
        var exit = await DowelCli.RunAsync([.. args, .. more.Where(m => m != "--no-folder")], host, cancellationToken);
        (Out, Error) = (output.ToString(), error.ToString());
        return exit;
    }

    /// <summary>The result as JSON.</summary>
    public async Task<JsonElement> TallyAsync(MlflowSource source, int exit = 0, params string[] more)
    {
        var got = await ImportAsync(source, [.. more, "--output", "json"]);
        Assert.True(got == exit, $"exit {got}: {Error}{Out}");
        return JsonDocument.Parse(Out).RootElement;
    }

    /// <summary>Everything that the server has of a project, a line a thing, without the ids that it gives itself.</summary>
    public async Task<string> DumpAsync(IEnumerable<string> runIds)
    {
        using var client = Host.Connect("ada");
        var lines = new List<string>();
        var experiments = new Dictionary<string, Experiment>();
        await foreach (var e in client.Experiments.AllAsync(new ListQuery { Project = "lab" }))
        {
            experiments[e.Id] = e;
            lines.Add($"experiment {e.Name} {Pairs(e.Tags)} {At(e.CreatedAt)} {At(e.UpdatedAt)} runs={e.Runs}");
        }
        foreach (var id in runIds)
        {
            var run = await client.Runs.GetAsync(id);
            lines.Add($"run {id} in {experiments.GetValueOrDefault(run.ExperimentId)?.Name ?? "(bin)"} {run.Name} {run.Status} {run.User} {At(run.StartedAt)} {At(run.EndedAt)} {Pairs(run.Params)} {Pairs(run.Tags)} {Pairs(run.Metrics)}");
            foreach (var key in run.Metrics.Keys.Order(StringComparer.Ordinal))
                lines.Add($"metric {id} {key} {string.Join(' ', (await client.Runs.MetricAsync(id, key)).Select(p => $"{p.Step}@{At(p.At)}={p.Value.ToString("R", CultureInfo.InvariantCulture)}"))}");
            await FilesAsync(client, id, null, lines);
        }
        await foreach (var m in AllModelsAsync(client))
        {
            lines.Add($"model {m.Name} {m.Description} {Pairs(m.Tags)} {Pairs(m.Aliases)} {At(m.CreatedAt)} {At(m.UpdatedAt)} latest={m.LatestVersion}");
            foreach (var v in (await client.Models.VersionsAsync(m.Id)).Items.OrderBy(v => v.Version))
                lines.Add($"version {m.Name} {v.Version} {v.Description} {v.Stage} {v.Source} {v.RunId} {v.CreatedBy} {At(v.CreatedAt)} {At(v.UpdatedAt)} {Pairs(v.Tags)} {string.Join(',', v.Files.Select(f => $"{f.Path}:{f.Hash}"))}");
            foreach (var h in (await client.Models.HistoryAsync(m.Id)).Items.OrderBy(h => h.Id)) lines.Add($"history {m.Name} {h.Kind} {h.Version} {h.Subject} {h.From} {h.To} {h.By} {h.Reason}");
        }
        return string.Join('\n', lines);
    }

    private static async Task FilesAsync(DowelClient client, string run, string? folder, List<string> lines)
    {
        foreach (var file in await client.Runs.ArtifactsAsync(run, folder))
            if (file.IsFolder) await FilesAsync(client, run, file.Path, lines);
            else lines.Add($"file {run} {file.Path} {file.Hash} {file.Bytes}");
    }

    private static async IAsyncEnumerable<RegisteredModel> AllModelsAsync(DowelClient client)
    {
        foreach (var m in (await client.Models.ListAsync(new ListQuery { Project = "lab", Limit = 1000 })).Items) yield return m;
    }

    public static string At(DateTimeOffset? at) => at is { } a ? a.ToUnixTimeMilliseconds().ToString(CultureInfo.InvariantCulture) : "-";

    public static string Pairs<T>(IReadOnlyDictionary<string, T> pairs) => string.Join(',', pairs.OrderBy(p => p.Key, StringComparer.Ordinal).Select(p => string.Create(CultureInfo.InvariantCulture, $"{p.Key}={p.Value}")));

    public ValueTask DisposeAsync() => Host.DisposeAsync();
}
