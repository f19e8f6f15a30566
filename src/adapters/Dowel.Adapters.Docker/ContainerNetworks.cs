using Docker.DotNet.Models;
using Dowel.Kernel.Ports;
using Dowel.Serving.Models;

namespace Dowel.Adapters.Docker;

/// <summary>
/// The two networks of this server's containers: one without a way out, and one with. On neither do containers reach each other. This machine reaches
/// both, as their bridges are its own; so the models need no published port.
/// </summary>
internal sealed class ContainerNetworks(DockerEngine engine, EgressProxy proxy) : IDisposable
{
    private readonly SemaphoreSlim _making = new(1);

    /// <summary>What a deployment's container gets.</summary>
    public async Task<Egress> ForAsync(ServerSource source, CancellationToken cancellationToken)
    {
        var allowed = source.Container!.Egress;
        var isOpen = allowed.Contains("*");
        var network = $"dowel-{engine.ServerId}-{(isOpen ? "open" : "closed")}";
        var gateway = await MakeAsync(network, !isOpen, cancellationToken);
        if (isOpen || allowed.Count == 0) return new Egress(network, isOpen, null);
        var key = engine.Sign($"egress:{source.DeploymentId}")[..32];
        var port = await proxy.AllowAsync(gateway, key, allowed, cancellationToken);
        return new Egress(network, false, $"http://dowel:{key}@{gateway}:{port}");
    }

    private async Task<string> MakeAsync(string name, bool isInternal, CancellationToken cancellationToken)
    {
        await _making.WaitAsync(cancellationToken);
        try
        {
            var there = (await engine.AskAsync(c => c.Networks.ListNetworksAsync(new NetworksListParameters { Filters = new Dictionary<string, IDictionary<string, bool>> { ["name"] = new Dictionary<string, bool> { [name] = true } } }, cancellationToken)))
                .FirstOrDefault(n => n.Name == name);
            if (there is null)
            {
                await engine.AskAsync(c => c.Networks.CreateNetworkAsync(new NetworksCreateParameters
                {
                    Name = name,
                    Driver = "bridge",
                    Internal = isInternal,
                    Options = new Dictionary<string, string> { ["com.docker.network.bridge.enable_icc"] = "false" },
                    Labels = new Dictionary<string, string> { [DockerEngine.ServerLabel] = engine.ServerId },
                }, cancellationToken));
                there = await engine.AskAsync(c => c.Networks.InspectNetworkAsync(name, cancellationToken));
            }
            if (there.Internal != isInternal) throw new ModelException($"There is a Docker network '{name}' already, which this server has not made. Remove it.");
            return there.IPAM.Config.Select(c => c.Gateway).FirstOrDefault(g => !string.IsNullOrEmpty(g)) ?? await GatewayAsync(name, cancellationToken);
        }
        finally
        {
            _making.Release();
        }
    }

    private async Task<string> GatewayAsync(string name, CancellationToken cancellationToken)
        => (await engine.AskAsync(c => c.Networks.InspectNetworkAsync(name, cancellationToken))).IPAM.Config.Select(c => c.Gateway).FirstOrDefault(g => !string.IsNullOrEmpty(g))
            ?? throw new ModelException($"The Docker network '{name}' has no gateway.");

    public void Dispose() => _making.Dispose();
}
