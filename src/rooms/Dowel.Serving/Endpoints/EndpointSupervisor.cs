using System.Collections.Concurrent;
using System.Threading.Channels;
using Dowel.Contracts;
using Dowel.Kernel.Relational;
using Dowel.Kernel.Results;
using Dowel.Serving.Deployments;
using Dowel.Serving.Models;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Dowel.Serving.Endpoints;

/// <summary>Loads deployments in the background: all at start, then each new one; moves the traffic over once a new one is ready, and only then lets the old one go.</summary>
internal sealed partial class EndpointSupervisor(EndpointStore store, EndpointTable table, EndpointLoader loader, DeploymentLogs logs, IEnumerable<IServerRuntime> servers, IDb db, TimeProvider time,
    ILogger<EndpointSupervisor> logger) : BackgroundService
{
    private readonly Channel<(string Endpoint, string Deployment)> _jobs = Channel.CreateUnbounded<(string, string)>();
    private static readonly TimeSpan WakeStep = TimeSpan.FromMilliseconds(10);
    private static readonly TimeSpan RetryAfter = TimeSpan.FromSeconds(15);
    private static readonly TimeSpan LongestConnect = TimeSpan.FromSeconds(30);
    private readonly ConcurrentDictionary<string, Task> _draining = new();
    private readonly ConcurrentDictionary<string, CancellationTokenSource> _loading = new();
    private readonly SemaphoreSlim _lanes = new(2);
    private int _startingJobs = -1;

    /// <summary>Whether every deployment that existed at start was loaded or has failed.</summary>
    public bool Started => Volatile.Read(ref _startingJobs) == 0;

    /// <summary>Loads a deployment soon.</summary>
    public void Load(string endpointId, string deploymentId) => _jobs.Writer.TryWrite((endpointId, deploymentId));

    /// <summary>Lets go of an idle deployment's model; the next request loads it again.</summary>
    public void Unload(string endpointId, string deploymentId, string why)
    {
        LiveDeployment? released = null;
        table.Change(endpointId, e =>
        {
            released = null;
            return e with
            {
                Deployments = [.. e.Deployments.Select(d =>
                {
                    if (d.Row.Id != deploymentId || d is not { State: DeploymentState.Ready, Loaded: not null }) return d;
                    released = d;
                    return d with { State = DeploymentState.Idle, Loaded = null };
                })],
            };
        });
        if (released is null) return;
        logs.Of(deploymentId).Write($"let go: {why}; the next request starts it");
        LogUnloaded(released.Loaded!.Label, why);
        _ = DrainAsync(released);
    }

    /// <summary>Waits until a deployment that was let go of answers again, but no longer than its cold start may take.</summary>
    public async ValueTask<Result<LiveDeployment>> WakeAsync(string endpointId, LiveDeployment idle, CancellationToken cancellationToken)
    {
        var started = false;
        table.Change(endpointId, e => e with { Deployments = [.. e.Deployments.Select(d => Started(d, ref started))] });
        if (started) Load(endpointId, idle.Row.Id);
        var limit = TimeSpan.FromSeconds((idle.Row.SettingsOf.Scaling ?? new ScalingSettings()).ColdStartSeconds);
        for (var begun = time.GetTimestamp(); time.GetElapsedTime(begun) < limit;)
        {
            var now = table.FindById(endpointId)?.Deployments.FirstOrDefault(d => d.Row.Id == idle.Row.Id);
            if (now is null or { State: DeploymentState.Failed or DeploymentState.Stopped }) return new Failure(ErrorCodes.NotReady, now?.Message ?? "The deployment was replaced while it was being started.");
            if (now is { State: DeploymentState.Ready, Loaded: not null }) return now;
            if (now is { State: DeploymentState.Idle, IsWaking: false }) return new Failure(ErrorCodes.NotReady, now.Message ?? "The model could not be started.");
            await Task.Delay(WakeStep, time, cancellationToken);
        }
        return new Failure(ErrorCodes.NotReady, $"The model is being started, which takes longer than the {limit.TotalSeconds:0.#} s that a request waits.") { RetryAfterSeconds = 5 };

        LiveDeployment Started(LiveDeployment d, ref bool started)
        {
            if (d.Row.Id != idle.Row.Id || d is not { State: DeploymentState.Idle, IsWaking: false }) return d;
            started = true;
            return d with { IsWaking = true, Message = null };
        }
    }

    /// <summary>Changes the number of a deployment's replicas in the background.</summary>
    public void Scale(string endpoint, LoadedDeployment deployment, int wanted) => _ = Task.Run(async () =>
    {
        if (!deployment.TryBeginScaling()) return;
        try
        {
            await deployment.Replicas.ScaleAsync(wanted, CancellationToken.None);
        }
        catch (Exception e)
        {
            LogScaleFault(e, endpoint, wanted);
        }
        finally
        {
            deployment.EndScaling();
        }
    });

    /// <summary>Lets a deployment that is gone for good go, with its log and what runs elsewhere for it.</summary>
    public void Remove(LiveDeployment deployment) => _ = Task.Run(async () =>
    {
        if (_loading.TryGetValue(deployment.Row.Id, out var loading))
            try
            {
                await loading.CancelAsync();
            }
            catch (ObjectDisposedException)
            {
                // It has just ended.
            }
        await DrainAsync(deployment);
        logs.Remove(deployment.Row.Id);
        if (deployment.Row.Source is not null) await RemoveOthersAsync(CancellationToken.None);
    });

    public override async Task StartAsync(CancellationToken cancellationToken)
    {
        var jobs = 0;
        foreach (var (name, project, row, deployments) in await store.AllAsync(cancellationToken))
        {
            var endpoint = new LiveEndpoint { Id = row.Id, Name = name, Project = project, Row = row, Deployments = [.. deployments.Select(AtStart)] }.WithPolicy();
            table.Put(endpoint);
            if (row.Stopped) continue;
            foreach (var deployment in endpoint.Deployments.Where(d => d.State == DeploymentState.Loading))
            {
                jobs++;
                Load(row.Id, deployment.Row.Id);
            }
        }
        Volatile.Write(ref _startingJobs, jobs);
        await base.StartAsync(cancellationToken);
    }

    // What may be let go of is not loaded before somebody asks.
    private static LiveDeployment AtStart(DeploymentRow row)
        => new() { Row = row, State = row.MayBeIdle ? DeploymentState.Idle : DeploymentState.Loading };

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await RemoveOthersAsync(stoppingToken);
        try
        {
            await foreach (var job in _jobs.Reader.ReadAllAsync(stoppingToken)) _ = TryRunAsync(job, stoppingToken);
        }
        catch (OperationCanceledException)
        {
        }
    }

    private async Task TryRunAsync((string Endpoint, string Deployment) job, CancellationToken cancellationToken)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        try
        {
            if (table.FindById(job.Endpoint)?.Deployments.FirstOrDefault(d => d.Row.Id == job.Deployment) is not { } deployment) return;
            _loading[job.Deployment] = stop;
            // A container of the same name must be gone first.
            if (_draining.TryGetValue(job.Deployment, out var drained)) await drained.WaitAsync(stop.Token);
            // Loading in process is work for a processor; waiting for a container or for another server is none, and must hold nobody up.
            if (deployment.Row.Source is null) await _lanes.WaitAsync(stop.Token);
            try
            {
                if (deployment.Row.Runtime == "remote") stop.CancelAfter(LongestConnect);
                await RunAsync(job.Endpoint, job.Deployment, stop.Token);
            }
            finally
            {
                if (deployment.Row.Source is null) _lanes.Release();
            }
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            SetState(job.Endpoint, job.Deployment, DeploymentState.Failed, $"It did not answer within {LongestConnect.TotalSeconds:0} s.", null);
            _ = RetryAsync(job.Endpoint, job.Deployment, cancellationToken);
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            LogLoadFault(e, job.Deployment, job.Endpoint);
            SetState(job.Endpoint, job.Deployment, DeploymentState.Failed, "It could not be loaded; the server's log has the reason.", null);
        }
        finally
        {
            _loading.TryRemove(new(job.Deployment, stop));
            if (Volatile.Read(ref _startingJobs) > 0) Interlocked.Decrement(ref _startingJobs);
        }
    }

    private async Task RemoveOthersAsync(CancellationToken cancellationToken)
    {
        var there = table.All.SelectMany(e => e.Deployments).Select(d => d.Row.Id).ToHashSet();
        foreach (var server in servers)
            try
            {
                await server.RemoveOthersAsync(there, cancellationToken);
            }
            catch (Exception e) when (e is not OperationCanceledException)
            {
                LogRemoveFault(e, server.Kind);
            }
    }

    private async Task RunAsync(string endpointId, string deploymentId, CancellationToken cancellationToken)
    {
        if (table.FindById(endpointId) is not { } endpoint || endpoint.Deployments.FirstOrDefault(d => d.Row.Id == deploymentId) is not { } deployment) return;
        var result = await loader.LoadAsync(endpoint, deployment.Row, cancellationToken);
        if (!result.TryGet(out var loaded, out var failure))
        {
            LogLoadFailed(endpoint.Name, deployment.Row.Name, failure.Detail);
            // One that answered before is tried again by the next request.
            var before = deployment.Row.MayBeIdle;
            SetState(endpointId, deploymentId, before ? DeploymentState.Idle : DeploymentState.Failed, failure.Detail, null);
            // What runs elsewhere, or needs an engine that does, may come back by itself.
            if (deployment.Row is { Traffic: > 0, Source: not null } && !before) _ = RetryAsync(endpointId, deploymentId, cancellationToken);
            return;
        }

        var signature = Json.Write(loaded.Inputs.CallerSignature);
        // One that was made to replace the others does so when it is ready; one beside them, and one that answered before, takes the place that it had.
        var replaces = deployment.Row is { Beside: false, Traffic: 0 };
        var promoted = !replaces && deployment.Row.Signature == signature ? Result.Ok(Unit.Value) : await db.WriteAsync<Unit>(async s =>
        {
            if (replaces && !await store.PromoteAsync(s, endpointId, deploymentId)) return Failure.NotFound("deployment", deploymentId);
            await store.SetSignatureAsync(s, deploymentId, signature!);
            return Unit.Value;
        }, CancellationToken.None);
        IReadOnlyList<LiveDeployment> replaced = [];
        var there = promoted.IsOk && table.Change(endpointId, e =>
        {
            if (e.Row.Stopped || e.Deployments.All(d => d.Row.Id != deploymentId))
            {
                replaced = [deployment with { Loaded = loaded }];
                return e;
            }
            replaced = [.. e.Deployments.Where(d => d.Row.Id == deploymentId ? d.Loaded is not null : replaces && d.Row.CreatedAt <= deployment.Row.CreatedAt)];
            deployment.Row.Signature = signature;
            if (replaces) deployment.Row.Traffic = 100;
            var ready = deployment with { State = DeploymentState.Ready, IsWaking = false, Loaded = loaded, Message = null };
            return e with { Deployments = [.. e.Deployments.Where(d => d.Row.Id == deploymentId || !replaced.Contains(d)).Select(d => d.Row.Id == deploymentId ? ready : d)] };
        });
        if (!there) await loaded.DisposeAsync();
        foreach (var old in replaced)
            if (old.Row.Id != deploymentId) Remove(old);
            else _ = DrainAsync(old);
        LogReady(endpoint.Name, deployment.Row.Name, loaded.Label);
    }

    private async Task RetryAsync(string endpointId, string deploymentId, CancellationToken cancellationToken)
    {
        await Task.Delay(RetryAfter, time, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (table.FindById(endpointId) is not { Row.Stopped: false } endpoint || endpoint.Deployments.All(d => d.Row.Id != deploymentId || d.State != DeploymentState.Failed)) return;
        SetState(endpointId, deploymentId, DeploymentState.Loading, null, null);
        Load(endpointId, deploymentId);
    }

    /// <summary>Lets a deployment's model go once its requests are answered. The same deployment is not started again before.</summary>
    public async Task DrainAsync(LiveDeployment deployment)
    {
        if (deployment.Loaded is not { } loaded) return;
        var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _draining[deployment.Row.Id] = done.Task;
        try
        {
            await loaded.DisposeAsync();
        }
        catch (Exception e)
        {
            LogDrainFault(e, loaded.Label);
        }
        finally
        {
            _draining.TryRemove(new(deployment.Row.Id, done.Task));
            done.SetResult();
        }
    }

    private void SetState(string endpointId, string deploymentId, DeploymentState state, string? message, LoadedDeployment? loaded)
        => table.Change(endpointId, e => e with { Deployments = [.. e.Deployments.Select(d => d.Row.Id == deploymentId ? d with { State = state, IsWaking = false, Message = message, Loaded = loaded } : d)] });

    [LoggerMessage(6000, LogLevel.Information, "Endpoint {Endpoint}: deployment {Deployment} is ready with {Model}")]
    private partial void LogReady(string endpoint, string deployment, string model);

    [LoggerMessage(6001, LogLevel.Warning, "Endpoint {Endpoint}: deployment {Deployment} could not be started: {Reason}")]
    private partial void LogLoadFailed(string endpoint, string deployment, string reason);

    [LoggerMessage(6002, LogLevel.Error, "Deployment {Deployment} of endpoint {Endpoint} failed to load")]
    private partial void LogLoadFault(Exception e, string deployment, string endpoint);

    [LoggerMessage(6004, LogLevel.Information, "{Model} was let go: {Why}")]
    private partial void LogUnloaded(string model, string why);

    [LoggerMessage(6005, LogLevel.Warning, "Endpoint {Endpoint} could not be brought to {Replicas} replicas; it is tried again")]
    private partial void LogScaleFault(Exception e, string endpoint, int replicas);

    [LoggerMessage(6006, LogLevel.Warning, "What is left of deployments that are gone could not be removed from {Kind}")]
    private partial void LogRemoveFault(Exception e, string kind);

    [LoggerMessage(6003, LogLevel.Error, "A replaced deployment of {Model} was not released cleanly")]
    private partial void LogDrainFault(Exception e, string model);
}

/// <summary>Ready once the endpoints that existed at start are loaded, and the one that the server is for answers.</summary>
internal sealed class EndpointsLoaded(EndpointSupervisor supervisor, EndpointTable table, IOptions<ServingOptions> options) : IHealthCheck
{
    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken)
    {
        if (!supervisor.Started) return Task.FromResult(HealthCheckResult.Unhealthy("Models are being loaded."));
        var root = options.Value.RootEndpoint;
        return Task.FromResult(root.Length == 0 || table.Find(root) is { State: DeploymentState.Ready or DeploymentState.Idle }
            ? HealthCheckResult.Healthy() : HealthCheckResult.Unhealthy($"The endpoint '{root}' is not ready."));
    }
}
