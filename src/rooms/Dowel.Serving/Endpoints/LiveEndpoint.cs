using System.Collections.Immutable;
using Dowel.Contracts;
using Dowel.Kernel.Ports;

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

    /// <summary>The deployment that answers, or null while there is none.</summary>
    public LiveDeployment? Active => Row.Stopped ? null : Deployments.FirstOrDefault(d => d is { State: DeploymentState.Ready, Row.Traffic: > 0 });

    public DeploymentState State
        => Row.Stopped ? DeploymentState.Stopped
        : Active is not null ? DeploymentState.Ready
        : Deployments.Any(d => d.State == DeploymentState.Loading) ? DeploymentState.Loading
        : DeploymentState.Failed;
}

/// <summary>A deployment in this process: its row, and its replicas once they are loaded.</summary>
internal sealed record LiveDeployment
{
    public required DeploymentRow Row { get; init; }
    public DeploymentState State { get; init; } = DeploymentState.Loading;
    public string? Message { get; init; }
    public LoadedDeployment? Loaded { get; init; }
}

/// <summary>Loaded replicas of one model version, and how its inputs are filled.</summary>
internal sealed class LoadedDeployment : IAsyncDisposable
{
    private readonly Replica[] _replicas;
    private int _next;

    public LoadedDeployment(ModelArtifact artifact, IReadOnlyList<ILoadedModel> replicas, InputPlan inputs)
    {
        (Artifact, Inputs, _replicas) = (artifact, inputs, [.. replicas.Select(r => new Replica(r))]);
        Label = $"{artifact.Name}/{artifact.Version}";
        Version = artifact.Version.ToString(System.Globalization.CultureInfo.InvariantCulture);
    }

    public ModelArtifact Artifact { get; }
    public InputPlan Inputs { get; }
    /// <summary>"name/version", as the log shows it.</summary>
    public string Label { get; }
    public string Version { get; }

    /// <summary>Takes the replica with the fewest requests under way; give it back with <see cref="Replica.Release"/>.</summary>
    public Replica Take()
    {
        // Starting at a moving place spreads requests over replicas that are equally busy.
        var start = (uint)Interlocked.Increment(ref _next);
        var best = _replicas[start % (uint)_replicas.Length];
        for (uint i = 1; i < _replicas.Length && best.Outstanding > 0; i++)
        {
            var other = _replicas[(start + i) % (uint)_replicas.Length];
            if (other.Outstanding < best.Outstanding) best = other;
        }
        best.Acquire();
        return best;
    }

    /// <summary>Waits for requests under way, then lets go of the models.</summary>
    public async ValueTask DisposeAsync()
    {
        for (var i = 0; i < 3000 && _replicas.Any(r => r.Outstanding > 0); i++) await Task.Delay(20);
        foreach (var replica in _replicas) await replica.Model.DisposeAsync();
    }
}

/// <summary>One loaded copy of a model.</summary>
internal sealed class Replica(ILoadedModel model)
{
    private int _outstanding;

    public ILoadedModel Model { get; } = model;
    public int Outstanding => Volatile.Read(ref _outstanding);
    public void Acquire() => Interlocked.Increment(ref _outstanding);
    public void Release() => Interlocked.Decrement(ref _outstanding);
}
