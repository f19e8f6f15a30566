using System.Collections.Immutable;
using Dowel.Contracts;
using Dowel.Serving.Deployments;
using Dowel.Serving.Gateway;

namespace Dowel.Serving.Endpoints;

/// <summary>An endpoint as the gateway sees it; replaced whole at every change.</summary>
internal sealed record LiveEndpoint
{
    public required string Id { get; init; }
    public required string Name { get; init; }
    /// <summary>Name of its project, which never changes.</summary>
    public required string Project { get; init; }
    public required EndpointRow Row { get; init; }
    public ImmutableArray<LiveDeployment> Deployments { get; init; } = [];
    /// <summary>Counts its callers' requests; null where nothing is limited.</summary>
    public EndpointLimiter? Limiter { get; init; }
    /// <summary>Who may call; null for no rule.</summary>
    public Ingress? Ingress { get; init; }

    /// <summary>The deployment that answers, or null while there is none.</summary>
    public LiveDeployment? Active => Row.Stopped ? null : Deployments.FirstOrDefault(d => d is { State: DeploymentState.Ready or DeploymentState.Idle, Row.Traffic: > 0 });

    public DeploymentState State
        => Row.Stopped ? DeploymentState.Stopped
        : Active is { } active ? active.State
        : Deployments.Any(d => d.State == DeploymentState.Loading) ? DeploymentState.Loading
        : DeploymentState.Failed;

    /// <summary>The same with limits and ingress as the row has them.</summary>
    public LiveEndpoint WithPolicy() => this with { Limiter = EndpointLimiter.Of(Row.LimitsOf, Limiter), Ingress = Ingress.Of(Row.IngressOf, Row.IngressProjectIds) };
}

/// <summary>A deployment in this process: its row, and what answers once it is loaded.</summary>
internal sealed record LiveDeployment
{
    public required DeploymentRow Row { get; init; }
    public DeploymentState State { get; init; } = DeploymentState.Loading;
    /// <summary>Whether an idle one is being started, as somebody asked.</summary>
    public bool IsWaking { get; init; }
    public string? Message { get; init; }
    public LoadedDeployment? Loaded { get; init; }

    /// <summary>What callers send and get; null where it was never loaded.</summary>
    public ModelSignature? Signature => Loaded?.Inputs.CallerSignature ?? Json.Read<ModelSignature>(Row.Signature);
}
