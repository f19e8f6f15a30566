using System.Diagnostics;
using System.Text;
using Dowel.Client;

namespace Dowel.EndToEnd.Tests;

/// <summary>The server as a process of its own, on a data folder that outlives it.</summary>
internal sealed class ServerProcess : IAsyncDisposable
{
    private readonly StringBuilder _log = new();
    private Process? _process;

    public string DataDir { get; } = Directory.CreateTempSubdirectory("dowel-e2e-").FullName;
    public int Port { get; } = Product.FreePort();
    public Uri Address => new($"http://127.0.0.1:{Port}");
    public int ProcessId => _process!.Id;
    public string Log { get { lock (_log) return _log.ToString(); } }

    /// <summary>Starts it and waits until it is ready.</summary>
    public async Task StartAsync(params string[] more)
    {
        var process = new Process
        {
            StartInfo = new ProcessStartInfo("dotnet", [Product.Dll("Dowel.Server"), $"--Dowel:DataDir={DataDir}", $"--Dowel:Urls=http://127.0.0.1:{Port}", "--Dowel:GrpcPort=0", .. more]) { RedirectStandardOutput = true, RedirectStandardError = true },
        };
        process.OutputDataReceived += Keep;
        process.ErrorDataReceived += Keep;
        process.Start();
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        _process = process;
        using var http = new HttpClient();
        for (var watch = Stopwatch.StartNew(); watch.Elapsed < TimeSpan.FromSeconds(60);)
        {
            if (process.HasExited) throw new InvalidOperationException($"the server ended with exit code {process.ExitCode}:\n{Log}");
            try
            {
                if ((await http.GetAsync(new Uri(Address, "/health/ready"))).IsSuccessStatusCode) return;
            }
            catch (HttpRequestException)
            {
            }
            await Task.Delay(25);
        }
        throw new TimeoutException($"the server was not ready within 60 s:\n{Log}");
    }

    /// <summary>Ends it as a power cut would end the process: SIGKILL.</summary>
    public async Task KillAsync()
    {
        _process!.Kill();
        await _process.WaitForExitAsync();
    }

    /// <summary>Asks it to end (SIGTERM); its exit code.</summary>
    public async Task<int> StopAsync()
    {
        await Product.RunAsync("kill", ["-TERM", $"{_process!.Id}"], TimeSpan.FromSeconds(5));
        await _process.WaitForExitAsync().WaitAsync(TimeSpan.FromSeconds(40));
        return _process.ExitCode;
    }

    /// <summary>Redeems the first administrator's sign-in link.</summary>
    public async Task<string> FirstAdminTokenAsync()
    {
        // Written once the server listens, which is a moment after it is ready.
        var file = Path.Combine(DataDir, "first-sign-in.url");
        for (var i = 0; i < 400 && !(File.Exists(file) && new FileInfo(file).Length > 0); i++) await Task.Delay(25);
        var link = await File.ReadAllTextAsync(file);
        using var client = DowelClient.Connect(Address);
        return (await client.Identity.RedeemLinkAsync(SignInLinks.CodeOf(link.Trim()))).Secret;
    }

    private void Keep(object sender, DataReceivedEventArgs e)
    {
        lock (_log) _log.AppendLine(e.Data);
    }

    public async ValueTask DisposeAsync()
    {
        if (_process is { HasExited: false }) await KillAsync();
        _process?.Dispose();
        Directory.Delete(DataDir, recursive: true);
    }
}
