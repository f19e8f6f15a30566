using Dowel.Contracts;
using Dowel.Kernel.Access;
using Dowel.Kernel.Ports;
using Dowel.Kernel.Results;

namespace Dowel.Registry.Versions;

/// <summary>Stands in where the room Experiments is off.</summary>
internal sealed class NoRunSource : IRunSource
{
    public Task<Result<RunArtifacts>> GetAsync(Actor actor, string runId, string artifactPath, CancellationToken cancellationToken)
        => Task.FromResult<Result<RunArtifacts>>(new Failure(ErrorCodes.RoomOff,
            "A version is registered from a run, and the room Experiments is off on this server; it is switched on by Rooms__Experiments=true."));
}
