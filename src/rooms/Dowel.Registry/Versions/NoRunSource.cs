using Dowel.Contracts;
using Dowel.Kernel.Access;
using Dowel.Kernel.Ports;
using Dowel.Kernel.Results;

namespace Dowel.Registry.Versions;

/// <summary>Stands in where the room Experiments is off.</summary>
internal sealed class NoRunSource : IRunSource
{
    private static readonly Task<Result<RunArtifacts>> Off = Task.FromResult<Result<RunArtifacts>>(new Failure(ErrorCodes.RoomOff,
        "The room Experiments, which keeps runs and their files, is off on this server; it is switched on by Rooms__Experiments=true."));

    public Task<Result<RunArtifacts>> GetAsync(Actor actor, string runId, string artifactPath, CancellationToken cancellationToken) => Off;

    public Task<Result<RunArtifacts>> GetBySourceAsync(Actor actor, string source, string? runId, string? modelId, CancellationToken cancellationToken) => Off;
}
