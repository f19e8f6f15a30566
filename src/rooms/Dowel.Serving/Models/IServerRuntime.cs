using Dowel.Contracts;
using Dowel.Kernel.Access;
using Dowel.Kernel.Ports;
using Dowel.Kernel.Results;

namespace Dowel.Serving.Models;

/// <summary>Starts, or connects to, what answers for a deployment that names no model version of this server.</summary>
public interface IServerRuntime
{
    /// <summary><c>docker</c> or <c>remote</c>.</summary>
    string Kind { get; }

    /// <summary>Whether the actor may deploy it, and whether it is well formed; null if so. The failure names the field, below <c>deployment</c>.</summary>
    /// <param name="actor">Who deploys it.</param>
    /// <param name="source">What is deployed.</param>
    Failure? Check(Actor actor, ServerSource source);

    /// <summary>Starts one replica and waits until it answers.</summary>
    /// <param name="source">What is started.</param>
    /// <param name="host">What it is started for.</param>
    /// <param name="cancellationToken">Cancels it.</param>
    /// <exception cref="ModelException">It could not be started; the message says why.</exception>
    Task<ILoadedModel> StartAsync(ServerSource source, ModelHost host, CancellationToken cancellationToken);

    /// <summary>Removes what is left of deployments that are gone. Called at start and after a deployment went.</summary>
    /// <param name="deployments">The ids of the deployments that there are.</param>
    /// <param name="cancellationToken">Cancels it.</param>
    Task RemoveOthersAsync(IReadOnlySet<string> deployments, CancellationToken cancellationToken) => Task.CompletedTask;
}

/// <summary>What is started or connected to. Secrets are in the clear.</summary>
/// <param name="EndpointId">Id of its endpoint; empty while it is only checked.</param>
/// <param name="DeploymentId">Id of the deployment.</param>
/// <param name="Replica">Number of the replica, from 0.</param>
/// <param name="Container">The image, where it is one.</param>
/// <param name="Remote">The server elsewhere, where it is one.</param>
public sealed record ServerSource(string EndpointId, string DeploymentId, int Replica, ContainerSpec? Container, RemoteSpec? Remote);

/// <summary>A model server whose requests can be handed on as they are.</summary>
public interface IForwardingModel : ILoadedModel
{
    /// <summary>Its address.</summary>
    Uri Address { get; }
    /// <summary>Sends requests to it.</summary>
    HttpMessageInvoker Client { get; }
    /// <summary>What it speaks, as <see cref="ContainerSpec.Protocol"/>.</summary>
    string Protocol { get; }
}
