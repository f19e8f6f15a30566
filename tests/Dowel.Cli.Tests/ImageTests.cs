using System.Diagnostics;
using System.Net.Sockets;
using Dowel.Adapters.Docker.Tests;
using Dowel.Testing;

namespace Dowel.Cli.Tests;

/// <summary>Images that <c>dowel package</c> builds, on an engine, over an image of this machine's own Python and numpy.</summary>
public sealed class ImageTests(TestEngine engine) : IDisposable
{
    private const string Base = "dowel-test/numpy:1";
    private const string Image = "dowel-test/penguins:1";
    private readonly CliRun cli = new();

    public void Dispose() => cli.Dispose();

    [Fact]
    public async Task A_folder_becomes_an_image_that_answers_and_is_the_same_each_time()
    {
        await engine.ReadyAsync();
        await DebianPython.RequireAsync("numpy");
        await BuildBaseAsync();
        Environment.SetEnvironmentVariable("DOCKER_HOST", TestEngine.Address);
        var sample = HelpTests.InRepository("samples/python-model");
        string[] build = ["package", sample, "--base", Base, "--no-install", "--build", "--tag", Image];
        Assert.True(await cli.DowelAsync([.. build, "--to", Path.Combine(cli.Home, "one")]) == 0, cli.Error.ToString());
        var id = await TestEngine.DockerAsync("inspect", "--format", "{{.Id}}", Image);
        Assert.True(await cli.DowelAsync([.. build, "--to", Path.Combine(cli.Home, "two")]) == 0, cli.Error.ToString());
        Assert.Equal(id, await TestEngine.DockerAsync("inspect", "--format", "{{.Id}}", Image));
        Assert.Equal("10001:10001", await TestEngine.DockerAsync("inspect", "--format", "{{.Config.User}}", Image));

        var port = FreePort();
        var container = await TestEngine.DockerAsync("run", "-d", "--network", "host", Image, "--host", "127.0.0.1", "--port", $"{port}");
        try
        {
            using var http = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{port}") };
            await ReadyAsync(http, container);
            Assert.Contains("\"data\":[\"Adelie\"]", await AskAsync(http, "/v2/models/python-model/infer",
                """{"inputs": [{"name": "bill_length", "shape": [1], "datatype": "FP64", "data": [39]}, {"name": "bill_depth", "shape": [1], "datatype": "FP64", "data": [18]}]}"""));
            Assert.Contains("[\"Gentoo\",2.5]", await AskAsync(http, "/api/v1.0/predictions", """{"data": {"names": ["bill_length", "bill_depth"], "ndarray": [[50, 15]]}}"""));
            Assert.Contains("strange_birds 0.0", await http.GetStringAsync("/metrics"));
            await TestEngine.DockerAsync("stop", container);
            Assert.Equal("0", await TestEngine.DockerAsync("inspect", "--format", "{{.State.ExitCode}}", container));
        }
        finally
        {
            await TestEngine.DockerAsync("rm", "-f", container);
        }
    }

    /// <summary>The engine's test image with this machine's numpy and the libraries that it links.</summary>
    private async Task BuildBaseAsync()
    {
        var context = Path.Combine(cli.Home, "base");
        var root = Directory.CreateDirectory(Path.Combine(context, "root")).FullName;
        var copy = await RunAsync("/bin/sh", "-c", $"""
            set -e
            numpy=$({DebianPython.Path} -c 'import numpy, os; print(os.path.dirname(numpy.__file__))')
            libraries=$(find "$numpy" -name '*.so' -exec ldd {"{}"} + | sed -n 's/.*=> \(\/[^ ]*\) (.*/\1/p' | sort -u)
            tar -chP --exclude=__pycache__ "$numpy" $libraries | tar -x -C '{root}'
            """);
        Assert.True(copy.Code == 0, copy.Output);
        await File.WriteAllTextAsync(Path.Combine(context, "Dockerfile"), $"FROM {TestEngine.Image}\nCOPY root/ /\nCMD []\n");
        await TestEngine.DockerAsync("build", "-t", Base, context);
    }

    private static async Task ReadyAsync(HttpClient http, string container)
    {
        for (var i = 0; i < 300; i++)
        {
            try
            {
                if ((await http.GetAsync("/health/ready")).IsSuccessStatusCode) return;
            }
            catch (HttpRequestException)
            {
                // It does not listen yet.
            }
            await Task.Delay(100);
        }
        Assert.Fail(await TestEngine.DockerAsync("logs", container));
    }

    private static async Task<string> AskAsync(HttpClient http, string path, string body) => await (await http.PostAsync(path, new StringContent(body))).Content.ReadAsStringAsync();

    private static int FreePort()
    {
        using var listener = new TcpListener(System.Net.IPAddress.Loopback, 0);
        listener.Start();
        return ((System.Net.IPEndPoint)listener.LocalEndpoint).Port;
    }

    private static async Task<(int Code, string Output)> RunAsync(string program, params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        var (output, errors) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        await process.WaitForExitAsync();
        return (process.ExitCode, await output + await errors);
    }
}
