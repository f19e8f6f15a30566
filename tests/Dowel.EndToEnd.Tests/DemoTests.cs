using System.Text.Json;

namespace Dowel.EndToEnd.Tests;

/// <summary><c>./dowel</c> as a new user runs it.</summary>
public class DemoTests
{
    private static readonly string Dowel = Path.Combine(Product.Root, "dowel");

    [Fact]
    public async Task Demo_exits_0_with_every_stage_ok_and_plausible_figures()
    {
        var json = Path.GetTempFileName();
        var (exitCode, output) = await Product.RunAsync(Dowel, ["demo", "--exit", "--json", json, "--port", $"{Product.FreePort()}"], TimeSpan.FromMinutes(8));
        Assert.True(exitCode == 0, output);

        using var document = JsonDocument.Parse(await File.ReadAllTextAsync(json));
        var root = document.RootElement;
        Assert.True(root.GetProperty("ok").GetBoolean());
        Assert.StartsWith("http://127.0.0.1:", root.GetProperty("server").GetString());
        Assert.EndsWith("/v2/models/titanic-survival/infer", root.GetProperty("endpoint").GetString());
        Assert.NotEmpty(root.GetProperty("token").GetString()!);
        var stages = root.GetProperty("stages").EnumerateArray().ToList();
        Assert.Equal(9, stages.Count);
        Assert.All(stages, stage =>
        {
            Assert.True(stage.GetProperty("ok").GetBoolean());
            Assert.True(stage.GetProperty("seconds").GetDouble() > 0);
            Assert.NotEmpty(stage.GetProperty("figures").EnumerateObject());
        });
        File.Delete(json);
    }

    [Fact]
    public async Task A_port_in_use_is_told_in_one_line()
    {
        using var listener = new System.Net.Sockets.TcpListener(System.Net.IPAddress.Loopback, 0);
        listener.Start();
        var port = ((System.Net.IPEndPoint)listener.LocalEndpoint).Port;
        foreach (var command in new[] { "up", "demo" })
        {
            var data = Directory.CreateTempSubdirectory("dowel-e2e-").FullName;
            var (exitCode, output) = await Product.RunAsync(Dowel, [command, "--port", $"{port}", "--data-dir", data], TimeSpan.FromMinutes(8));
            Assert.NotEqual(0, exitCode);
            var line = Assert.Single(output.Split('\n', StringSplitOptions.RemoveEmptyEntries), l => !l.StartsWith("Building", StringComparison.Ordinal));
            Assert.Contains($"{port}", line);
            Assert.Contains("--port", line);
            Assert.DoesNotContain("   at ", line);
            Directory.Delete(data, recursive: true);
        }
    }

    [Fact]
    public async Task Without_an_sdk_there_is_one_clear_line()
    {
        // A PATH with what the script needs before it looks for the SDK, and nothing else.
        var path = Directory.CreateTempSubdirectory("dowel-e2e-").FullName;
        foreach (var tool in new[] { "readlink", "dirname" }) File.CreateSymbolicLink(Path.Combine(path, tool), $"/usr/bin/{tool}");
        var (exitCode, output) = await Product.RunAsync("/bin/sh", [Dowel, "up"], TimeSpan.FromMinutes(1), new Dictionary<string, string?> { ["PATH"] = path });
        Directory.Delete(path, recursive: true);
        Assert.Equal(1, exitCode);
        Assert.Contains(".NET 10 SDK", Assert.Single(output.Split('\n', StringSplitOptions.RemoveEmptyEntries)));
    }
}
