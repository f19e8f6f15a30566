using Dowel.Contracts;
using Dowel.Kernel.Ports;
using Dowel.Kernel.Results;
using Dowel.Serving.Deployments;
using Dowel.Serving.Models;

namespace Dowel.Serving.Gateway;

internal sealed partial class InferenceGateway : IForwardGateway
{
    public async Task<Failure?> ForwardAsync(IEndpointHandle endpoint, InferenceRequest request, Func<IForwardingModel, TimeSpan, Action<int>, Task<int>> forward)
    {
        var handle = (Handle)endpoint;
        var record = new RecordBuilder { Id = Guid.CreateVersion7() };
        var handed = await HandOnAsync(handle, request, record, forward);
        // What the server answered is its own affair; that it was asked, and how it ended, is not.
        Log(handle, request, record, handed.Failure ?? (handed.Value < 400 ? null : new Failure(ErrorCodes.ModelFailed with { Status = handed.Value }, $"The model server answered {handed.Value}.")));
        return handed.Failure;
    }

    private async Task<Result<int>> HandOnAsync(Handle handle, InferenceRequest request, RecordBuilder record, Func<IForwardingModel, TimeSpan, Action<int>, Task<int>> forward)
    {
        if (handle.Live.Limiter is not { } limiter) return await HandOnWithinAsync(handle, request, record, forward);
        if (!limiter.Acquire(handle.Name, request.Actor.UserId).TryGet(out var lease, out var refused)) return refused;
        using (lease) return await HandOnWithinAsync(handle, request, record, forward);
    }

    private async Task<Result<int>> HandOnWithinAsync(Handle handle, InferenceRequest request, RecordBuilder record, Func<IForwardingModel, TimeSpan, Action<int>, Task<int>> forward)
    {
        var begun = time.GetTimestamp();
        try
        {
            for (var attempt = 0; ; attempt++)
            {
                if (handle.Active?.Loaded is not { } loaded) return new Failure(ErrorCodes.NotReady, $"The endpoint '{handle.Name}' is {handle.Live.State.ToString().ToLowerInvariant()}.") { RetryAfterSeconds = 1 };
                (record.Loaded, record.Deployment) = (loaded, handle.Active.Row.Name);
                try
                {
                    return await loaded.HandOnAsync(begun, forward);
                }
                // The request came between two deployments; the new one is there already.
                catch (RetiredException) when (attempt < MostAttempts)
                {
                    if (!(await ReopenAsync(handle, CancellationToken.None)).TryGet(out var again, out var failure)) return failure;
                    handle = again;
                }
                catch (ModelRefusedException e)
                {
                    return new Failure(ErrorCodes.Invalid, e.Message);
                }
                catch (Exception e) when (e is RetiredException or ModelUnavailableException)
                {
                    return new Failure(ErrorCodes.NotReady, e.Message) { RetryAfterSeconds = 1 };
                }
            }
        }
        finally
        {
            record.ModelTime = time.GetElapsedTime(begun);
        }
    }
}
