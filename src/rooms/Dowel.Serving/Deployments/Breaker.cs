using Dowel.Contracts;
using Dowel.Kernel.Ports;
using Dowel.Kernel.Tensors;
using Polly;
using Polly.CircuitBreaker;

namespace Dowel.Serving.Deployments;

/// <summary>Leaves a model alone for a while when most of its requests find no process, no connection or no answer in time. What a model says of a single input counts for nothing.</summary>
internal sealed class Breaker
{
    private readonly ResiliencePipeline<ModelOutput> _pipeline;

    private Breaker(ResiliencePipeline<ModelOutput> pipeline) => _pipeline = pipeline;

    /// <returns>Null where it is switched off.</returns>
    public static Breaker? Create(BreakerSettings settings, TimeProvider time) => settings.FailureRatio >= 1 ? null : new Breaker(
        new ResiliencePipelineBuilder<ModelOutput> { TimeProvider = time }.AddCircuitBreaker(new CircuitBreakerStrategyOptions<ModelOutput>
        {
            FailureRatio = settings.FailureRatio,
            MinimumThroughput = settings.MinimumRequests,
            SamplingDuration = TimeSpan.FromSeconds(settings.WindowSeconds),
            BreakDuration = TimeSpan.FromSeconds(settings.OpenSeconds),
            ShouldHandle = static args => ValueTask.FromResult(args.Outcome.Exception is ModelUnavailableException or not (null or ModelException or OperationCanceledException or RetiredException)),
        }).Build());

    public async ValueTask<ModelOutput> RunAsync(Func<IReadOnlyList<Tensor>, CancellationToken, ValueTask<ModelOutput>> run, IReadOnlyList<Tensor> inputs, CancellationToken cancellationToken)
    {
        try
        {
            return await _pipeline.ExecuteAsync(static (call, ct) => call.run(call.inputs, ct), (run, inputs), cancellationToken);
        }
        catch (BrokenCircuitException e)
        {
            throw new ModelUnavailableException($"The model failed too often and is left alone for a while{(e.RetryAfter is { } wait ? $"; it is tried again in {Math.Max(1, Math.Ceiling(wait.TotalSeconds)):0} s" : "")}.", e);
        }
    }
}
