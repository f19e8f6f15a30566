using Dowel.Contracts;
using Dowel.Kernel.Access;
using Dowel.Kernel.Ports;
using Dowel.Kernel.Results;
using Dowel.Serving;
using Dowel.Serving.Models;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;

namespace Dowel.Adapters.Docker;

/// <summary>Runs deployments of Docker images: a container a replica.</summary>
internal sealed class DockerRuntime(DockerEngine engine, ContainerNetworks networks, IEnumerable<IServerProtocol> protocols, IOptions<ServingOptions> options, IHostApplicationLifetime lifetime, TimeProvider time) : IServerRuntime
{
    public string Kind => "docker";

    public Failure? Check(Actor actor, ServerSource source) => ContainerCheck.Of(actor, source.Container!, options.Value.Docker.Use, protocols);

    public async Task<ILoadedModel> StartAsync(ServerSource source, ModelHost host, CancellationToken cancellationToken)
    {
        var spec = source.Container!;
        var protocol = protocols.First(p => p.Name == spec.Protocol);
        var port = spec.Port ?? protocol.DefaultPort;
        var name = $"dowel-{new string([.. host.Name.Select(c => char.IsAsciiLetterOrDigit(c) ? c : '-')])}-{source.Replica}-{Guid.NewGuid().ToString("n")[..6]}";
        var plan = ContainerPlan.Create(source, name, port, host.Settings.Resources ?? new ResourceLimits(), options.Value.Docker.MaxProcesses, await networks.ForAsync(source, cancellationToken));
        plan.Labels = new Dictionary<string, string>
        {
            [DockerEngine.ServerLabel] = engine.ServerId,
            [DockerEngine.EndpointLabel] = source.EndpointId,
            [DockerEngine.DeploymentLabel] = source.DeploymentId,
            [DockerEngine.ReplicaLabel] = source.Replica.ToString(System.Globalization.CultureInfo.InvariantCulture),
            [DockerEngine.SpecLabel] = ContainerPlan.Hash(engine, plan, port),
        };
        var container = new Container(engine, spec, plan, port, protocol, host.Log, time);
        var model = new ContainerModel(container, protocol, spec, host, time, () => options.Value.Docker.KeepRunning && lifetime.ApplicationStopping.IsCancellationRequested);
        try
        {
            await model.StartAsync(cancellationToken);
            return model;
        }
        catch
        {
            await model.DisposeAsync();
            throw;
        }
    }

    public async Task RemoveOthersAsync(IReadOnlySet<string> deployments, CancellationToken cancellationToken)
    {
        // Whoever has no deployment of an image needs no engine; then it is asked only where something could be left.
        if (options.Value.Docker.Use == DockerUse.Off) return;
        IList<global::Docker.DotNet.Models.ContainerListResponse> there;
        try
        {
            there = await engine.ListAsync([], cancellationToken);
        }
        catch (ModelUnavailableException)
        {
            return;
        }
        foreach (var container in there.Where(c => !deployments.Contains(c.Labels[DockerEngine.DeploymentLabel]))) await engine.RemoveAsync(container.ID, TimeSpan.FromSeconds(2), cancellationToken);
    }
}
