using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Text;
using System.Text.Json;
using Dowel.Client;
using Dowel.Contracts;
using Dowel.Testing;

namespace Dowel.EndToEnd.Tests;

/// <summary>Two hundred requests a second at a Python class, through a change of its version, the death of a worker and a restart of the server, with every failure counted.</summary>
public class RollingLoadTests(ITestOutputHelper output)
{
    private const int PerSecond = 200;

    [Fact]
    public async Task An_update_fails_no_request_a_dead_worker_only_those_it_had_and_a_restart_only_those_while_it_is_away()
    {
        await DebianPython.RequireAsync("numpy");
        await using var server = new ServerProcess();
        string[] settings = ["--Dowel:SingleUser=true", $"--Serving:Python:Interpreter={DebianPython.Path}"];
        await server.StartAsync(settings);
        using var client = DowelClient.Connect(server.Address);
        var model = await client.Models.CreateAsync(new CreateModel { Name = "adder" });
        for (var version = 1; version <= 2; version++) await RegisterAsync(client, model.Id, version);
        // The breaker is for models that stay dead.
        await client.Endpoints.CreateAsync(new CreateEndpoint { Name = "adder", Deployment = new DeploymentSpec { Model = model.Id, Version = 1, Replicas = 2, Settings = new DeploymentSettings { Breaker = new BreakerSettings { FailureRatio = 1 } } } });
        await client.Endpoints.WaitUntilReadyAsync("adder");

        await using var load = new Load(server.Address, PerSecond);
        await load.RunForAsync(TimeSpan.FromSeconds(3));
        Assert.Empty(load.Failures);

        await client.Endpoints.UpdateAsync("adder", new PatchEndpoint { Deployment = new DeploymentSpec { Model = model.Id, Version = 2 } });
        await client.Endpoints.WaitUntilReadyAsync("adder");
        await load.RunForAsync(TimeSpan.FromSeconds(3));
        output.WriteLine($"update: {load.Count} requests until then, {load.Failures.Count} failed");
        Assert.Empty(load.Failures);
        Assert.Equal([1, 2], load.Versions);

        var worker = await WorkerAsync(server);
        Process.GetProcessById(worker).Kill();
        await load.RunForAsync(TimeSpan.FromSeconds(4));
        var crashed = load.TakeFailures();
        output.WriteLine($"worker killed: {crashed.Count} failed: {string.Join(", ", crashed.Take(5))}");
        // Only what it had under way when it died; the other replica answers the rest.
        Assert.All(crashed, f => Assert.StartsWith("503", f));
        Assert.InRange(crashed.Count, 0, 20);
        for (var i = 0; i < 600 && (await client.Endpoints.GetAsync("adder")).Deployments[0].ReadyReplicas < 2; i++) await Task.Delay(50);
        Assert.Equal(2, (await client.Endpoints.GetAsync("adder")).Deployments[0].ReadyReplicas);

        Assert.Equal(0, await server.StopAsync());
        await server.StartAsync(settings);
        // Ready means that the models are loaded.
        await load.RunForAsync(TimeSpan.FromSeconds(1));
        var restarted = load.TakeFailures();
        output.WriteLine($"restart: {restarted.Count} failed: {string.Join(", ", restarted.Distinct().Take(5))}");
        Assert.All(restarted, f => Assert.True(f.StartsWith("503", StringComparison.Ordinal) || f.StartsWith("no connection", StringComparison.Ordinal), f));
        await load.RunForAsync(TimeSpan.FromSeconds(3));
        Assert.Empty(load.Failures);
        // The workers of the first server went with it.
        Assert.Equal(2, (await WorkersAsync(server)).Count);
    }

    private static async Task RegisterAsync(DowelClient client, string model, int version)
    {
        var experiment = await client.Experiments.CreateAsync(new CreateExperiment { Name = $"adder-{version}" });
        var run = await client.Runs.CreateAsync(experiment.Id, new CreateRun());
        using var code = new MemoryStream(Encoding.UTF8.GetBytes($$"""
            class Adder:
                inputs = {"x": float}
                outputs = {"y": float}

                def predict(self, x):
                    return {"y": x + {{version}}}
            """));
        await client.Runs.UploadArtifactAsync(run.Id, "model/model.py", code);
        await client.Models.CreateVersionAsync(model, new CreateModelVersion { RunId = run.Id, Flavor = "python" });
    }

    private static async Task<int> WorkerAsync(ServerProcess server) => (await WorkersAsync(server))[0];

    private static async Task<List<int>> WorkersAsync(ServerProcess server)
    {
        // By what they are told: the folder of this server's model cache, or of its sockets.
        var (_, all) = await Product.RunAsync("ps", ["-eo", "pid=,ppid=,args="], TimeSpan.FromSeconds(10));
        var mine = server.ProcessId.ToString(CultureInfo.InvariantCulture);
        return [.. all.Split('\n').Select(l => l.Split(' ', 3, StringSplitOptions.RemoveEmptyEntries)).Where(p => p.Length == 3 && p[1] == mine && p[2].Contains("dowel_runner", StringComparison.Ordinal)).Select(p => int.Parse(p[0], CultureInfo.InvariantCulture))];
    }

    /// <summary>Sends requests at fixed times, whether those before were answered or not, as independent callers do.</summary>
    private sealed class Load : IAsyncDisposable
    {
        private readonly HttpClient _http;
        private readonly CancellationTokenSource _stop = new();
        private readonly ConcurrentQueue<string> _failures = new();
        private readonly ConcurrentDictionary<int, bool> _versions = new();
        private readonly ConcurrentDictionary<Task, bool> _underWay = new();
        private readonly Task _sender;
        private int _count;

        public Load(Uri address, int perSecond)
        {
            _http = new HttpClient { BaseAddress = address, Timeout = TimeSpan.FromSeconds(30) };
            _sender = SendAllAsync(TimeSpan.FromSeconds(1.0 / perSecond));
        }

        public int Count => _count;
        public IReadOnlyCollection<string> Failures => _failures;
        public IEnumerable<int> Versions => _versions.Keys.Order();

        public async Task RunForAsync(TimeSpan time)
        {
            var from = _count;
            await Task.Delay(time);
            Assert.True(_count > from, "the load has stopped");
        }

        public List<string> TakeFailures()
        {
            var taken = new List<string>();
            while (_failures.TryDequeue(out var failure)) taken.Add(failure);
            return taken;
        }

        private async Task SendAllAsync(TimeSpan apart)
        {
            var watch = Stopwatch.StartNew();
            for (var i = 0; !_stop.IsCancellationRequested; i++)
            {
                var wait = (apart * i) - watch.Elapsed;
                if (wait > TimeSpan.Zero) await Task.Delay(wait);
                var sent = SendAsync(i);
                _underWay[sent] = true;
                _ = sent.ContinueWith(t => _underWay.TryRemove(t, out _), TaskScheduler.Default);
            }
        }

        private async Task SendAsync(int x)
        {
            Interlocked.Increment(ref _count);
            try
            {
                using var body = new StringContent($$"""{"inputs":[{"name":"x","shape":[1],"datatype":"FP64","data":[{{x}}]}]}""");
                using var response = await _http.PostAsync("/v2/models/adder/infer", body);
                var text = await response.Content.ReadAsStringAsync();
                if (!response.IsSuccessStatusCode)
                {
                    _failures.Enqueue($"{(int)response.StatusCode} {text}");
                    return;
                }
                var version = (int)(JsonDocument.Parse(text).RootElement.GetProperty("outputs")[0].GetProperty("data")[0].GetDouble() - x);
                if (version is 1 or 2) _versions[version] = true;
                else _failures.Enqueue($"a wrong answer: {text}");
            }
            catch (HttpRequestException e)
            {
                _failures.Enqueue($"no connection: {e.Message}");
            }
        }

        public async ValueTask DisposeAsync()
        {
            await _stop.CancelAsync();
            await _sender;
            await Task.WhenAll(_underWay.Keys);
            _http.Dispose();
            _stop.Dispose();
        }
    }
}
