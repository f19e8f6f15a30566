using System.Threading.Channels;
using Dowel.Contracts;
using Dowel.Kernel.Relational;
using Dowel.Kernel.Results;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Dowel.Serving.Endpoints;

/// <summary>Loads deployments in the background: all at start, then each new one; moves the traffic over once a new one is ready, and only then lets the old one go.</summary>
internal sealed partial class EndpointSupervisor(EndpointStore store, EndpointTable table, EndpointLoader loader, IDb db, ILogger<EndpointSupervisor> logger) : BackgroundService
{
    private readonly Channel<(string Endpoint, string Deployment)> _jobs = Channel.CreateUnbounded<(string, string)>();
    private int _startingJobs = -1;

    /// <summary>Whether every deployment that existed at start was loaded or has failed.</summary>
    public bool Started => Volatile.Read(ref _startingJobs) == 0;

    /// <summary>Loads a deployment soon.</summary>
    public void Load(string endpointId, string deploymentId) => _jobs.Writer.TryWrite((endpointId, deploymentId));

    public override async Task StartAsync(CancellationToken cancellationToken)
    {
        var jobs = 0;
        foreach (var (name, project, endpoint, deployments) in await store.AllAsync(cancellationToken))
        {
            table.Put(new LiveEndpoint { Id = endpoint.Id, Name = name, Project = project, Row = endpoint, Deployments = [.. deployments.Select(d => new LiveDeployment { Row = d })] });
            if (endpoint.Stopped) continue;
            foreach (var deployment in deployments)
            {
                jobs++;
                Load(endpoint.Id, deployment.Id);
            }
        }
        Volatile.Write(ref _startingJobs, jobs);
        await base.StartAsync(cancellationToken);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var parallel = new ParallelOptions { MaxDegreeOfParallelism = 2, CancellationToken = stoppingToken };
        try
        {
            await Parallel.ForEachAsync(_jobs.Reader.ReadAllAsync(stoppingToken), parallel, TryRunAsync);
        }
        catch (OperationCanceledException)
        {
        }
    }

    private async ValueTask TryRunAsync((string Endpoint, string Deployment) job, CancellationToken cancellationToken)
    {
        try
        {
            await RunAsync(job.Endpoint, job.Deployment, cancellationToken);
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            LogLoadFault(e, job.Deployment, job.Endpoint);
            SetState(job.Endpoint, job.Deployment, DeploymentState.Failed, "It could not be loaded; the server's log has the reason.", null);
        }
        finally
        {
            if (Volatile.Read(ref _startingJobs) > 0) Interlocked.Decrement(ref _startingJobs);
        }
    }

    private async Task RunAsync(string endpointId, string deploymentId, CancellationToken cancellationToken)
    {
        if (table.FindById(endpointId) is not { } endpoint || endpoint.Deployments.FirstOrDefault(d => d.Row.Id == deploymentId) is not { } deployment) return;
        var result = await loader.LoadAsync(endpoint.Row, deployment.Row, cancellationToken);
        if (!result.TryGet(out var loaded, out var failure))
        {
            LogLoadFailed(endpoint.Name, deployment.Row.Name, failure.Detail);
            SetState(endpointId, deploymentId, DeploymentState.Failed, failure.Detail, null);
            return;
        }

        var promoted = await db.WriteAsync<Unit>(async s =>
        {
            await store.PromoteAsync(s, endpointId, deploymentId);
            return Unit.Value;
        }, cancellationToken);
        IEnumerable<LiveDeployment> replaced = [];
        var there = promoted.IsOk && table.Change(endpointId, e =>
        {
            if (e.Row.Stopped || e.Deployments.All(d => d.Row.Id != deploymentId))
            {
                replaced = [deployment with { Loaded = loaded }];
                return e;
            }
            replaced = e.Deployments.Where(d => d.Row.CreatedAt <= deployment.Row.CreatedAt && (d.Row.Id != deploymentId || d.Loaded is not null));
            deployment.Row.Traffic = 100;
            return e with { Deployments = [.. e.Deployments.Except(replaced).Where(d => d.Row.Id != deploymentId), deployment with { State = DeploymentState.Ready, Loaded = loaded, Message = null }] };
        });
        if (!there) await loaded.DisposeAsync();
        foreach (var old in replaced)
            if (old.Loaded is { } gone) _ = DrainAsync(gone);
        LogReady(endpoint.Name, deployment.Row.Name, loaded.Label);
    }

    /// <summary>Lets a deployment go once its requests are answered.</summary>
    public async Task DrainAsync(LoadedDeployment deployment)
    {
        try
        {
            await deployment.DisposeAsync();
        }
        catch (Exception e)
        {
            LogDrainFault(e, deployment.Label);
        }
    }

    private void SetState(string endpointId, string deploymentId, DeploymentState state, string? message, LoadedDeployment? loaded)
        => table.Change(endpointId, e => e with { Deployments = [.. e.Deployments.Select(d => d.Row.Id == deploymentId ? d with { State = state, Message = message, Loaded = loaded } : d)] });

    [LoggerMessage(6000, LogLevel.Information, "Endpoint {Endpoint}: deployment {Deployment} is ready with {Model}")]
    private partial void LogReady(string endpoint, string deployment, string model);

    [LoggerMessage(6001, LogLevel.Warning, "Endpoint {Endpoint}: deployment {Deployment} could not be started: {Reason}")]
    private partial void LogLoadFailed(string endpoint, string deployment, string reason);

    [LoggerMessage(6002, LogLevel.Error, "Deployment {Deployment} of endpoint {Endpoint} failed to load")]
    private partial void LogLoadFault(Exception e, string deployment, string endpoint);

    [LoggerMessage(6003, LogLevel.Error, "A replaced deployment of {Model} was not released cleanly")]
    private partial void LogDrainFault(Exception e, string model);
}

/// <summary>Ready once the endpoints that existed at start are loaded.</summary>
internal sealed class EndpointsLoaded(EndpointSupervisor supervisor) : IHealthCheck
{
    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken)
        => Task.FromResult(supervisor.Started ? HealthCheckResult.Healthy() : HealthCheckResult.Unhealthy("Models are being loaded."));
}
