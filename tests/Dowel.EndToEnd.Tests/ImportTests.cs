using System.Diagnostics;
using System.Text.Json;
using Dowel.Cli.Tests.Import;
using Dowel.Client;
using Dowel.Contracts;
using Dowel.Testing;

namespace Dowel.EndToEnd.Tests;

/// <summary>Kills the server and the command at random moments of an import. The same command brings it to its end, and nothing comes twice.</summary>
public class ImportTests(ITestOutputHelper output)
{
    private const int Runs = 250;
    private const int Points = 150;

    [Fact]
    public async Task An_import_survives_kill_9_of_either_side()
    {
        await using var source = await MlflowSource.CreateAsync(Engine.Sqlite);
        await source.FillAsync(Runs, Points);
        await using var server = new ServerProcess();
        await server.StartAsync();
        var token = await server.FirstAdminTokenAsync();
        using (var admin = DowelClient.Connect(server.Address, token)) await admin.Projects.CreateAsync(new CreateProject { Name = "lab" });
        var random = new Random(1912);
        var broken = 0;
        for (var attempt = 0; attempt < 10; attempt++)
        {
            using var import = Start(source, server, token);
            await Task.Delay(random.Next(500, 2500));
            if (import.HasExited) break;
            broken++;
            if (attempt % 2 == 0) import.Kill();
            else await server.KillAsync();
            await import.WaitForExitAsync();
            if (attempt % 2 == 1) await server.StartAsync();
        }
        Assert.True(broken > 2, $"only {broken} were broken");
        output.WriteLine($"{broken} imports were broken");

        var last = await FinishAsync(source, server, token);
        Assert.Equal(0, last.GetProperty("refused").GetInt64());
        var again = await FinishAsync(source, server, token);
        foreach (var part in (string[])["experiments", "runs", "metricPoints", "loggedModels", "files", "models", "modelVersions", "aliases"])
            Assert.Equal((part, 0), (part, again.GetProperty(part).GetProperty("imported").GetInt64()));
        using var client = DowelClient.Connect(server.Address, token);
        for (var r = 1; r <= Runs; r++)
        {
            var run = await client.Runs.GetAsync(MlflowSource.Id(r));
            Assert.Equal((5, 2, 3), (run.Metrics.Count, run.Params.Count, run.Tags.Count));
            Assert.Equal(Enumerable.Range(0, Points).Select(p => (long)p), (await client.Runs.MetricAsync(run.Id, "loss")).Select(p => p.Step));
            Assert.Equal(2, (await client.Runs.MetricAsync(run.Id, "twice")).Count);
            Assert.Equal(2, (await client.Runs.ArtifactsAsync(run.Id)).Count);
        }
        Assert.Equal([1, 3, 4], (await client.Models.VersionsAsync("churn")).Items.Select(v => v.Version).Order());
        var trail = await client.Audit.VerifyAsync();
        Assert.True(trail.Ok, string.Join("\n", trail.Problems));
    }

    private static IEnumerable<string> Arguments(MlflowSource source, ServerProcess server, string token)
        => [Product.Dll("Dowel.Cli"), "import", "mlflow", "--from", source.Uri, "--artifacts", source.Artifacts, "--project", "lab", "--server", server.Address.ToString(), "--token", token, "--output", "json"];

    private static Process Start(MlflowSource source, ServerProcess server, string token)
        => Process.Start(new ProcessStartInfo("dotnet", Arguments(source, server, token)) { RedirectStandardOutput = true, RedirectStandardError = true })!;

    private static async Task<JsonElement> FinishAsync(MlflowSource source, ServerProcess server, string token)
    {
        var (exit, text) = await Product.RunAsync("dotnet", Arguments(source, server, token), TimeSpan.FromMinutes(3));
        Assert.True(exit == 0, $"{text}\n{server.Log}");
        return JsonDocument.Parse(text).RootElement;
    }
}
