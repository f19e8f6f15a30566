using Dowel.Contracts;
using Dowel.Kernel.Ports;
using Polly;
using Polly.CircuitBreaker;

namespace Dowel.Serving.Deployments;

/// <summary>Leaves a model alone for a while when most of its requests find no process, no connection or no answer in time. What a model says of a single input counts for nothing.</summary>
internal sealed class Breaker
{
    private readonly ResiliencePipeline _pipeline;

    private Breaker(ResiliencePipeline pipeline) => _pipeline = pipeline;

    /// <returns>Null where it is switched off.</returns>
    public static Breaker? Create(BreakerSettings settings, TimeProvider time) => settings.FailureRatio >= 1 ? null : new Breaker(
        new ResiliencePipelineBuilder { TimeProvider = time }.AddCircuitBreaker(new CircuitBreakerStrategyOptions
        {
            FailureRatio = settings.FailureRatio,
            MinimumThroughput = settings.MinimumRequests,
            SamplingDuration = TimeSpan.FromSeconds(settings.WindowSeconds),
            BreakDuration = TimeSpan.FromSeconds(settings.OpenSeconds),
            ShouldHandle = static args => ValueTask.FromResult(args.Outcome.Exception is ModelUnavailableException or not (null or ModelException or OperationCanceledException or RetiredException)
                || args.Outcome.Result is 502 or 503 or 504),
        }).Build());

    /// <summary>Asks the model. Where the answer is an <see cref="int"/>, it is a status of HTTP.</summary>
    /// <exception cref="ModelUnavailableException">It is left alone for now.</exception>
    public async ValueTask<T> RunAsync<T, TInput>(Func<TInput, CancellationToken, ValueTask<T>> run, TInput input, CancellationToken cancellationToken)
    {
        try
        {
            return await _pipeline.ExecuteAsync(static (call, ct) => call.run(call.input, ct), (run, input), cancellationToken);
        }
        catch (BrokenCircuitException e)
        {
            throw new ModelUnavailableException($"The model failed too often and is left alone for a while{(e.RetryAfter is { } wait ? $"; it is tried again in {Math.Max(1, Math.Ceiling(wait.TotalSeconds)):0} s" : "")}.", e);
        }
    }
}
