using System.Globalization;
using System.Text;
using Docker.DotNet.Models;
using Dowel.Kernel.Ports;
using Dowel.Serving.Models;
using ContainerSpec = Dowel.Contracts.ContainerSpec;

namespace Dowel.Adapters.Docker;

/// <summary>One replica's container in the engine: made or taken over, started, ready, ended, removed.</summary>
internal sealed class Container(DockerEngine engine, ContainerSpec spec, CreateContainerParameters plan, int port, IServerProtocol protocol, IModelLog log, TimeProvider time) : IDisposable
{
    private static readonly TimeSpan HealthTimeout = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan StopPatience = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan LogPatience = TimeSpan.FromSeconds(5);
    /// <summary>How long a container takes to start without a word about it.</summary>
    private static readonly TimeSpan Unremarkable = TimeSpan.FromSeconds(2);
    private string? _id;
    private Task _following = Task.CompletedTask;

    /// <summary>Keeps connections to it, over restarts.</summary>
    public HttpMessageInvoker Client { get; } = new(new FaultyConnections(new SocketsHttpHandler { ConnectTimeout = TimeSpan.FromSeconds(5) }));

    private string Id => _id ?? throw new InvalidOperationException("There is no container yet.");

    /// <summary>Takes over the container that a former run of this server left, or makes and starts one.</summary>
    public async Task BeginAsync(CancellationToken cancellationToken)
    {
        var mine = await engine.ListAsync([Label(DockerEngine.DeploymentLabel), Label(DockerEngine.ReplicaLabel)], cancellationToken);
        foreach (var other in mine)
        {
            if (_id is null && other.State == "running" && other.Labels.TryGetValue(DockerEngine.SpecLabel, out var hash) && hash == plan.Labels[DockerEngine.SpecLabel]) _id = other.ID;
            else await engine.RemoveAsync(other.ID, TimeSpan.Zero, cancellationToken);
        }
        if (_id is not null)
        {
            log.Write($"took over the running container {Short}");
            _following = FollowAsync("0", cancellationToken);
            return;
        }
        await ImagePull.RunAsync(engine, spec, log, cancellationToken);
        await CreateAsync(cancellationToken);
    }

    /// <summary>Starts it again after it ended; makes another where somebody removed it.</summary>
    public async Task BeginAgainAsync(CancellationToken cancellationToken)
    {
        if (await engine.FindAsync(Id, cancellationToken) is null) await CreateAsync(cancellationToken);
        else await StartAsync(cancellationToken);
    }

    /// <summary>Waits until it says that it is ready; its address.</summary>
    public async Task<Uri> ReadyAsync(CancellationToken cancellationToken)
    {
        var (begun, isSaid) = (time.GetTimestamp(), false);
        for (var wait = TimeSpan.FromMilliseconds(25); ; wait = TimeSpan.FromMilliseconds(Math.Min(500, wait.TotalMilliseconds * 1.5)))
        {
            var state = await engine.FindAsync(Id, cancellationToken) ?? throw new ModelException("The container was removed.");
            if (state.State is { Running: false } ended)
            {
                await Task.WhenAny(_following, Task.Delay(LogPatience, cancellationToken));
                throw new ModelException($"The container ended before it was ready: {EndOf(ended)}. Its log says why.");
            }
            if (AddressOf(state) is { } address && await IsReadyAsync(address, cancellationToken)) return address;
            var waited = time.GetElapsedTime(begun);
            if (waited.TotalSeconds > spec.StartSeconds)
                throw new ModelException(string.Create(CultureInfo.InvariantCulture, $"The container did not answer {spec.HealthPath ?? protocol.HealthPath} on port {port} within {spec.StartSeconds:0} s. Its log may say why; startSeconds gives it more time."));
            if (!isSaid && waited > Unremarkable)
            {
                isSaid = true;
                log.Write(string.Create(CultureInfo.InvariantCulture, $"waiting for an answer to {spec.HealthPath ?? protocol.HealthPath} on port {port}, for {spec.StartSeconds:0} s at most"));
            }
            await Task.Delay(wait, time, cancellationToken);
        }
    }

    /// <summary>Waits until it ends; why it did, in words.</summary>
    public async Task<string> EndAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            try
            {
                // The engine answers when the container is not running, also where it has not been for a while.
                await engine.AskAsync(client => client.Containers.WaitContainerAsync(Id, cancellationToken));
            }
            catch (ModelException) when (!cancellationToken.IsCancellationRequested)
            {
                // The engine is gone or the container is; the first comes back, and then the container is looked at.
            }
            try
            {
                var state = await engine.FindAsync(Id, cancellationToken);
                if (state is null) return "it was removed";
                if (state.State is { Running: false } ended) return EndOf(ended);
            }
            catch (ModelUnavailableException)
            {
            }
            await Task.Delay(TimeSpan.FromSeconds(1), time, cancellationToken);
        }
    }

    /// <summary>Ends it, for another try.</summary>
    public Task StopAsync(CancellationToken cancellationToken)
        => engine.AskAsync(client => client.Containers.StopContainerAsync(Id, new ContainerStopParameters { WaitBeforeKillSeconds = (uint)StopPatience.TotalSeconds }, cancellationToken));

    /// <summary>Stops and removes it.</summary>
    public async Task RemoveAsync()
    {
        if (_id is not null) await engine.RemoveAsync(_id, StopPatience, CancellationToken.None);
    }

    public void Dispose() => Client.Dispose();

    private string Short => Id[..12];

    private string Label(string name) => $"{name}={plan.Labels[name]}";

    private async Task CreateAsync(CancellationToken cancellationToken)
    {
        _id = (await engine.AskAsync(client => client.Containers.CreateContainerAsync(plan, cancellationToken))).ID;
        log.Write($"created the container {Short} ({plan.Name})");
        await StartAsync(cancellationToken);
    }

    private async Task StartAsync(CancellationToken cancellationToken)
    {
        var from = time.GetUtcNow();
        await engine.AskAsync(client => client.Containers.StartContainerAsync(Id, new ContainerStartParameters(), cancellationToken));
        _following = FollowAsync("all", cancellationToken, from);
    }

    private Uri? AddressOf(ContainerInspectResponse state)
        => state.NetworkSettings?.Networks is { } networks && networks.TryGetValue(plan.HostConfig!.NetworkMode!, out var network) && network.IPAddress is { Length: > 0 } address
            ? new Uri($"http://{address}:{port.ToString(CultureInfo.InvariantCulture)}/") : null;

    private async Task<bool> IsReadyAsync(Uri address, CancellationToken cancellationToken)
    {
        using var timeout = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        timeout.CancelAfter(HealthTimeout);
        try
        {
            using var answer = await Client.SendAsync(new HttpRequestMessage(HttpMethod.Get, new Uri(address, spec.HealthPath ?? protocol.HealthPath)), timeout.Token);
            var status = (int)answer.StatusCode;
            return spec.HealthPath is null ? protocol.IsReady(status) : status is >= 200 and < 300;
        }
        catch (Exception e) when (e is HttpRequestException or IOException || (e is OperationCanceledException && !cancellationToken.IsCancellationRequested))
        {
            return false;
        }
    }

    private string EndOf(State state)
        => state.OOMKilled ? $"it used more memory than it may ({(plan.HostConfig!.Memory > 0 ? $"{plan.HostConfig!.Memory >> 20} MiB" : "what the machine has")}) and was killed"
            : $"it ended with exit code {state.ExitCode.ToString(CultureInfo.InvariantCulture)}{(state.ExitCode > 128 ? " (killed)" : "")}{(string.IsNullOrEmpty(state.Error) ? "" : $": {state.Error}")}";

    /// <summary>Copies what it prints into the deployment's log until it ends.</summary>
    private async Task FollowAsync(string tail, CancellationToken cancellationToken, DateTimeOffset? since = null)
    {
        try
        {
            var parameters = new ContainerLogsParameters { ShowStdout = true, ShowStderr = true, Follow = true, Tail = tail, Since = since?.ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture) };
            using var stream = await engine.AskAsync(client => client.Containers.GetContainerLogsAsync(Id, parameters, CancellationToken.None));
            var buffer = new byte[16 << 10];
            var lines = new LogLines(log);
            while (await stream.ReadOutputAsync(buffer, 0, buffer.Length, CancellationToken.None) is { EOF: false } read) lines.Add(Encoding.UTF8.GetString(buffer, 0, read.Count));
            lines.End();
        }
        catch (Exception e) when (e is ModelException or IOException or HttpRequestException or ObjectDisposedException or InvalidOperationException or EndOfStreamException)
        {
            if (!cancellationToken.IsCancellationRequested) log.Write($"what the container prints cannot be followed any more: {e.Message}");
        }
    }
}

/// <summary>Pieces of text as lines.</summary>
internal sealed class LogLines(IModelLog log)
{
    private const int Longest = 16 << 10;
    private readonly StringBuilder _line = new();

    public void Add(string text)
    {
        foreach (var c in text)
            if (c == '\n' || _line.Length == Longest) End(c == '\n' ? null : c);
            else if (c != '\r') _line.Append(c);
    }

    public void End() => End(null);

    private void End(char? next)
    {
        if (_line.Length > 0) log.Write(_line.ToString());
        _line.Clear();
        if (next is { } c) _line.Append(c);
    }
}
