using System.Collections.Concurrent;
using System.Net.Http.Json;
using Dowel.Contracts;
using Dowel.Kernel.Hosting;
using Dowel.Kernel.Ports;
using Dowel.Kernel.Tensors;
using Dowel.Protocols.Inference;
using Dowel.Serving;
using Dowel.Serving.Models;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;

namespace Dowel.Adapters.Docker.Tests;

/// <summary>The runtime of a server with a data folder of its own, or that of another host after its end.</summary>
internal sealed class DockerHost : IAsyncDisposable
{
    private readonly ServiceProvider _services;
    private readonly string _dataDir;
    private readonly Lifetime _lifetime = new();
    private readonly List<ILoadedModel> _models = [];
    private bool _stopped;

    public DockerHost(Action<ServingOptions>? configure = null, string? dataDir = null)
    {
        _dataDir = dataDir ?? Directory.CreateTempSubdirectory("dowel-docker-").FullName;
        var options = new ServingOptions();
        options.Docker.Engine = TestEngine.Address;
        configure?.Invoke(options);
        var services = new ServiceCollection();
        services.AddLogging();
        services.AddSingleton(TimeProvider.System);
        services.AddSingleton(Options.Create(options)).AddSingleton(Options.Create(new DowelOptions { DataDir = _dataDir }));
        services.AddSingleton<ServerKey>().AddSingleton<IHostApplicationLifetime>(_ => _lifetime);
        services.AddInferenceClients();
        services.AddDockerRuntime();
        _services = services.BuildServiceProvider();
    }

    public KeptLog Log { get; } = new();

    public IServerRuntime Runtime => _services.GetServices<IServerRuntime>().Single(r => r.Kind == "docker");

    public EgressProxy Proxy => _services.GetRequiredService<EgressProxy>();

    /// <summary>Starts a replica of a deployment.</summary>
    public async Task<IForwardingModel> DeployAsync(ContainerSpec spec, string deployment = "d1", int replica = 0, ResourceLimits? resources = null)
    {
        var model = (IForwardingModel)await Runtime.StartAsync(new ServerSource("e1", deployment, replica, spec, null), new ModelHost("iris/blue", Log, new DeploymentSettings { Resources = resources }), TestContext.Current.CancellationToken);
        _models.Add(model);
        return model;
    }

    /// <summary>Ids of the containers that there are, running or not.</summary>
    public async Task<string[]> ContainersAsync(params string[] filters)
        => (await TestEngine.DockerAsync(["ps", "-aq", "--no-trunc", "--filter", $"label=dowel.server={ServerId}", .. filters])).Split('\n', StringSplitOptions.RemoveEmptyEntries);

    /// <summary>Stops the server and starts another on its data.</summary>
    public async Task<DockerHost> RestartAsync(Action<ServingOptions>? configure = null)
    {
        await StopAsync();
        return new DockerHost(configure, _dataDir);
    }

    public static ContainerSpec Spec(string protocol = "oip", IReadOnlyDictionary<string, string>? environment = null) => new() { Image = TestEngine.Image, Protocol = protocol, Environment = environment };

    /// <summary>Asks for twice some numbers.</summary>
    public static async Task<string> AskAsync(ILoadedModel model, params double[] numbers)
    {
        var answer = (await model.PredictAsync([Tensor.Of("x", numbers, numbers.Length)], TestContext.Current.CancellationToken)).Tensors[0];
        return string.Join(' ', Enumerable.Range(0, answer.Count).Select(i => FormattableString.Invariant($"{answer[i]}")));
    }

    /// <summary>Asks the test's server in the image for something of its own.</summary>
    public static async Task<T> GetAsync<T>(IForwardingModel model, string path)
    {
        using var answer = await model.Client.SendAsync(new HttpRequestMessage(HttpMethod.Get, new Uri(model.Address, path)), TestContext.Current.CancellationToken);
        return (await answer.Content.ReadFromJsonAsync<T>(TestContext.Current.CancellationToken))!;
    }

    /// <summary>Waits until something is so.</summary>
    public static async Task UntilAsync(Func<Task<bool>> isSo, string what)
    {
        for (var i = 0; i < 600; i++)
        {
            if (await isSo()) return;
            await Task.Delay(100, TestContext.Current.CancellationToken);
        }
        throw new TimeoutException($"It never came to be that {what}.");
    }

    public static Task BackAsync(ILoadedModel model) => UntilAsync(async () =>
    {
        try
        {
            return model.IsAvailable && await AskAsync(model, 1) is "2";
        }
        catch (ModelException)
        {
            return false;
        }
    }, "the model answers again");

    private string ServerId => _services.GetRequiredService<DockerEngine>().ServerId;

    private async Task StopAsync()
    {
        if (_stopped) return;
        _stopped = true;
        _lifetime.StopApplication();
        foreach (var model in _models) await model.DisposeAsync();
        await _services.DisposeAsync();
    }

    public async ValueTask DisposeAsync()
    {
        var server = ServerIdOrNull();
        await StopAsync();
        if (server is null) return;
        foreach (var container in (await TestEngine.DockerAsync("ps", "-aq", "--filter", $"label=dowel.server={server}")).Split('\n', StringSplitOptions.RemoveEmptyEntries)) await TestEngine.DockerAsync("rm", "-f", "-v", container);
        foreach (var network in (await TestEngine.DockerAsync("network", "ls", "-q", "--filter", $"label=dowel.server={server}")).Split('\n', StringSplitOptions.RemoveEmptyEntries)) await TestEngine.DockerAsync("network", "rm", network);
        Directory.Delete(_dataDir, recursive: true);
    }

    // A host that was restarted leaves the cleaning to the one after it.
    private string? ServerIdOrNull() => _stopped ? null : ServerId;

    internal sealed class KeptLog : IModelLog
    {
        public ConcurrentQueue<string> Lines { get; } = new();

        public void Write(string line) => Lines.Enqueue(line);

        public override string ToString() => string.Join('\n', Lines);
    }

    private sealed class Lifetime : IHostApplicationLifetime, IDisposable
    {
        private readonly CancellationTokenSource _stopping = new();

        public CancellationToken ApplicationStarted => CancellationToken.None;
        public CancellationToken ApplicationStopping => _stopping.Token;
        public CancellationToken ApplicationStopped => CancellationToken.None;

        public void StopApplication() => _stopping.Cancel();

        public void Dispose() => _stopping.Dispose();
    }
}
