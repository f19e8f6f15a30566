using System.Runtime.CompilerServices;
using Dowel.Serving.Endpoints;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Dowel.Serving.Deployments;

/// <summary>Lets replicas follow the load, lets go of models that nobody asks, and of the least recently used ones when memory runs short.</summary>
internal sealed partial class Autoscaler(EndpointTable table, EndpointSupervisor supervisor, IOptions<ServingOptions> options, TimeProvider time, ILogger<Autoscaler> logger) : BackgroundService
{
    // A deployment's state goes with it.
    private readonly ConditionalWeakTable<LoadedDeployment, ScalingPolicy> _policies = [];

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(TimeSpan.FromSeconds(ScalingPolicy.TickSeconds), time);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            try
            {
                Tick();
            }
            catch (Exception e) when (e is not OperationCanceledException)
            {
                LogFault(e);
            }
        }
    }

    private void Tick()
    {
        var loaded = table.All.SelectMany(e => e.Deployments.Where(d => d.Loaded is not null).Select(d => (Endpoint: e, Deployment: d, Loaded: d.Loaded!))).ToList();
        var replicas = loaded.GroupBy(l => l.Endpoint.Project).ToDictionary(g => g.Key, g => g.Sum(l => l.Loaded.Replicas.Count));
        foreach (var (endpoint, deployment, model) in loaded)
        {
            if (model.Settings.Scaling is not { } scaling) continue;
            if (scaling.Min == 0 && model.Replicas.Outstanding == 0 && time.GetElapsedTime(model.LastUsed).TotalSeconds >= scaling.IdleSeconds)
            {
                supervisor.Unload(endpoint.Id, deployment.Row.Id, "nobody asked");
                continue;
            }
            if (model.IsShared) continue;
            var policy = _policies.GetValue(model, m => new ScalingPolicy(m.Settings.Scaling!));
            var there = model.Replicas.Count;
            var wanted = policy.Decide(model.Meter!.Sample(), model.Meter.P95(policy.RequestsBefore), there);
            var room = options.Value.MaxReplicasPerProject - replicas[endpoint.Project];
            if (wanted > there + room)
            {
                LogLimited(endpoint.Name, wanted, options.Value.MaxReplicasPerProject);
                wanted = Math.Max(there, there + room);
            }
            if (wanted == there) continue;
            replicas[endpoint.Project] += wanted - there;
            LogScaling(endpoint.Name, deployment.Row.Name, there, wanted);
            // A start may take long; the other deployments do not wait for it.
            supervisor.Scale(endpoint.Name, model, wanted);
        }
        if (MemoryIsShort() && loaded.Where(l => l.Loaded.Settings.Scaling is { Min: 0 } && l.Loaded.Replicas.Outstanding == 0).MinBy(l => l.Loaded.LastUsed) is { Loaded: not null } oldest)
            supervisor.Unload(oldest.Endpoint.Id, oldest.Deployment.Row.Id, "memory runs short");
    }

    private bool MemoryIsShort()
    {
        var memory = GC.GetGCMemoryInfo();
        return Environment.WorkingSet > (options.Value.MaxMemoryMb is { } most ? most * 1048576L : long.MaxValue)
            || (memory.HighMemoryLoadThresholdBytes > 0 && memory.MemoryLoadBytes > memory.HighMemoryLoadThresholdBytes);
    }

    [LoggerMessage(6010, LogLevel.Information, "Endpoint {Endpoint}: deployment {Deployment} goes from {From} to {To} replicas")]
    private partial void LogScaling(string endpoint, string deployment, int from, int to);

    [LoggerMessage(6011, LogLevel.Warning, "Endpoint {Endpoint} wants {Wanted} replicas, but its project may have {Most}")]
    private partial void LogLimited(string endpoint, int wanted, int most);

    [LoggerMessage(6012, LogLevel.Error, "Scaling failed; it is tried again")]
    private partial void LogFault(Exception e);
}
