using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text.Json;

namespace Dowel.Bench;

/// <summary>The server as a process of its own, on a fresh data folder on which the whole demo has run.</summary>
internal sealed class DemoServer : IAsyncDisposable
{
    private readonly string _dll;
    private Process? _server;

    private DemoServer(string dll, string dataDir, int port) => (_dll, DataDir, Port) = (dll, dataDir, port);

    public string DataDir { get; }
    public int Port { get; }
    public string Token { get; private set; } = "";
    public double DemoSeconds { get; private set; }
    public Process Process => _server!;
    public string Url => $"http://127.0.0.1:{Port}";

    public static async Task<DemoServer> StartAsync(BenchOptions options)
    {
        var demo = new DemoServer(options.Dll("Dowel.Server"), Directory.CreateTempSubdirectory("dowel-bench-").FullName, FreePort());
        var json = Path.Combine(demo.DataDir, "..", $"{Path.GetFileName(demo.DataDir)}.json");
        var watch = Stopwatch.StartNew();
        using var process = Process.Start(new ProcessStartInfo(Path.Combine(options.Home, "dowel"), ["demo", "--exit", "--json", json, "--data-dir", demo.DataDir, "--port", $"{demo.Port}"]))!;
        await process.WaitForExitAsync();
        demo.DemoSeconds = watch.Elapsed.TotalSeconds;
        if (process.ExitCode != 0) throw new InvalidOperationException($"the demo failed with exit code {process.ExitCode}");
        using (var document = JsonDocument.Parse(await File.ReadAllTextAsync(json))) demo.Token = document.RootElement.GetProperty("token").GetString()!;
        File.Delete(json);
        await demo.RunAsync();
        return demo;
    }

    /// <summary>Starts the server; the seconds until it is ready.</summary>
    public async Task<double> RunAsync()
    {
        var watch = Stopwatch.StartNew();
        _server = Process.Start(new ProcessStartInfo("dotnet", [_dll, $"--Dowel:DataDir={DataDir}", $"--Dowel:Urls={Url}", "--Dowel:GrpcPort=0", "--Serving:Python:Allow=Everyone", "--Serving:Python:Interpreter=/usr/bin/python3"])
        {
            RedirectStandardOutput = true,
            // As 'dowel up' starts it.
            Environment = { ["DOTNET_GCgen0size"] = "1000000" },
        })!;
        _ = _server.StandardOutput.ReadToEndAsync();
        using var http = new HttpClient();
        while (true)
        {
            if (_server.HasExited) throw new InvalidOperationException($"the server ended with exit code {_server.ExitCode}");
            try
            {
                if ((await http.GetAsync($"{Url}/health/ready")).IsSuccessStatusCode) return watch.Elapsed.TotalSeconds;
            }
            catch (HttpRequestException)
            {
            }
            await Task.Delay(10);
        }
    }

    public async Task StopAsync()
    {
        if (_server is null) return;
        using (var kill = Process.Start("kill", ["-TERM", $"{_server.Id}"])) await kill.WaitForExitAsync();
        await _server.WaitForExitAsync();
        _server.Dispose();
        _server = null;
    }

    public static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        Directory.Delete(DataDir, recursive: true);
    }
}
