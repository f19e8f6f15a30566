using Dowel.Contracts;
using Dowel.Kernel.Access;
using Dowel.Kernel.Results;

namespace Dowel.Kernel.Ports;

/// <summary>Takes what turned out to be right of predictions. Observability provides it; without that room predictions are not kept, so there is nothing to compare with.</summary>
public interface IGroundTruth
{
    /// <summary>Sends ground truth for predictions of an endpoint, checking that the actor may use it; with less than edit on it, for their own predictions alone.</summary>
    /// <param name="actor">Who sends it.</param>
    /// <param name="endpoint">The endpoint, by name or id.</param>
    /// <param name="truth">The truth, a value for each row of a prediction.</param>
    /// <param name="cancellationToken">Cancels it.</param>
    Task<Result<GroundTruthResult>> SendAsync(Actor actor, string endpoint, SendGroundTruth truth, CancellationToken cancellationToken);
}
