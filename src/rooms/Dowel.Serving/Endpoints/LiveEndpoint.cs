using System.Collections.Immutable;
using System.Globalization;
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
    public LiveDeployment? Active => Row.Stopped ? null : Deployments.FirstOrDefault(d => d is { Answers: true, Row.Traffic: > 0 });

    /// <summary>The deployment for one request: the one of the version that is asked for, else one by chance, by their shares of the traffic among those that answer.</summary>
    public LiveDeployment? Choose(string? version = null)
    {
        if (version is not null) return Row.Stopped ? null : Deployments.LastOrDefault(d => d.Answers && d.Version == version);
        if (Deployments.Length == 1 || Active is not { } first) return Active;
        var all = 0;
        foreach (var d in Deployments) all += d.Answers ? d.Row.Traffic : 0;
        var at = Random.Shared.Next(all);
        foreach (var d in Deployments)
            if (d.Answers && (at -= d.Row.Traffic) < 0) return d;
        return first;
    }

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

    /// <summary>Whether it answers, if only after it was started again.</summary>
    public bool Answers => State is DeploymentState.Ready or DeploymentState.Idle;

    /// <summary>The model's version as protocols write it; empty for what has none.</summary>
    public string Version => Row.Version > 0 ? Row.Version.ToString(CultureInfo.InvariantCulture) : "";

    /// <summary>What callers send and get; null where it was never loaded.</summary>
    public ModelSignature? Signature => Loaded?.Inputs.CallerSignature ?? Json.Read<ModelSignature>(Row.Signature);
}
