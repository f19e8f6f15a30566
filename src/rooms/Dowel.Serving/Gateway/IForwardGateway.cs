using Dowel.Kernel.Results;
using Dowel.Serving.Models;

namespace Dowel.Serving.Gateway;

/// <summary>Hands requests on to model servers as they are, without a look at what they ask.</summary>
public interface IForwardGateway
{
    /// <summary>Takes a replica within the endpoint's limits, hands a request on to it, and logs it with the status that was answered.</summary>
    /// <param name="endpoint">The endpoint, opened for use.</param>
    /// <param name="request">The request; without inputs.</param>
    /// <param name="forward">Hands it on, waits no longer than the given time for the beginning of an answer, tells the status that the server began it with, and gives the one that the caller got.</param>
    /// <returns>Why it was not handed on; null where it was, whatever came of it.</returns>
    Task<Failure?> ForwardAsync(IEndpointHandle endpoint, InferenceRequest request, Func<IForwardingModel, TimeSpan, Action<int>, Task<int>> forward);
}
