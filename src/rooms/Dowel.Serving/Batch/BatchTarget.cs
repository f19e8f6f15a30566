using Dowel.Contracts;
using Dowel.Kernel.Access;
using Dowel.Kernel.Ports;
using Dowel.Kernel.Results;
using Dowel.Kernel.Tensors;
using Dowel.Serving.Deployments;
using Dowel.Serving.Endpoints;
using Dowel.Serving.Gateway;
using Microsoft.Extensions.Options;

namespace Dowel.Serving.Batch;

/// <summary>What answers a batch run.</summary>
internal interface IBatchTarget : IAsyncDisposable
{
    /// <summary>Inputs and outputs; null while they are not known.</summary>
    ModelSignature? Signature { get; }

    /// <summary>Whether it can answer now.</summary>
    bool IsReady { get; }

    /// <summary>Requests of others that are under way at it.</summary>
    int Busy { get; }

    /// <summary>Answers some rows.</summary>
    Task<Result<BatchAnswer>> PredictAsync(IReadOnlyList<Tensor> inputs, CancellationToken cancellationToken);
}

/// <summary>An answer.</summary>
/// <param name="Model">The model version that answered, as <c>name/version</c>.</param>
/// <param name="Outputs">The outputs, of as many rows as were asked.</param>
internal sealed record BatchAnswer(string Model, IReadOnlyList<Tensor> Outputs)
{
    /// <summary>The answer, unless its rows are not those that were asked.</summary>
    public static Result<BatchAnswer> Of(string model, IReadOnlyList<Tensor> inputs, IReadOnlyList<Tensor> outputs)
    {
        if (outputs.FirstOrDefault(o => o.Shape.Length == 0 || o.Rows != inputs[0].Rows) is { } odd)
            return new Failure(ErrorCodes.ModelFailed, $"The model answered {odd.Rows} rows of '{odd.Name}' to {inputs[0].Rows} rows.");
        return new BatchAnswer(model, outputs);
    }
}

/// <summary>An endpoint, through the gateway: its access, limits and features. The requests are not in the prediction log and the figures of its traffic; the output dataset holds them.</summary>
internal sealed class EndpointTarget(IGateway gateway, EndpointTable table, Actor actor, string endpointId, TimeProvider time) : IBatchTarget
{
    private int _own;

    public ModelSignature? Signature => table.FindById(endpointId) is { } live ? (live.Active ?? live.Deployments.LastOrDefault())?.Signature : null;

    public bool IsReady => table.FindById(endpointId)?.Deployments.Any(d => d.Loaded?.Replicas.Available > 0) == true;

    public int Busy => Math.Max(0, (table.FindById(endpointId)?.Deployments.Sum(d => d.Loaded?.Replicas.Outstanding ?? 0) ?? 0) - Volatile.Read(ref _own));

    public async Task<Result<BatchAnswer>> PredictAsync(IReadOnlyList<Tensor> inputs, CancellationToken cancellationToken)
    {
        if (table.FindById(endpointId) is not { } live) return Failure.NotFound("endpoint", endpointId);
        if (!(await gateway.OpenAsync(actor, live.Name, null, Permission.Use, cancellationToken)).TryGet(out var endpoint, out var failure)) return failure;
        Interlocked.Increment(ref _own);
        try
        {
            var request = new InferenceRequest(actor, "batch", inputs, time.GetTimestamp(), IsIdempotent: true, IsLogged: false);
            if (!(await gateway.InferAsync(endpoint, request, cancellationToken)).TryGet(out var answer, out failure)) return failure;
            return BatchAnswer.Of(answer.Version.Length > 0 ? $"{answer.Model}/{answer.Version}" : answer.Model, inputs, answer.Outputs);
        }
        finally
        {
            Interlocked.Decrement(ref _own);
        }
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}

/// <summary>A model version that is loaded for the run alone.</summary>
internal sealed class ModelTarget(LoadedDeployment loaded, IOptions<ServingOptions> options, TimeProvider time) : IBatchTarget
{
    public ModelSignature? Signature => loaded.Inputs.CallerSignature;

    public bool IsReady => loaded.Replicas.Available > 0;

    public int Busy => 0;

    public async Task<Result<BatchAnswer>> PredictAsync(IReadOnlyList<Tensor> inputs, CancellationToken cancellationToken)
    {
        if (loaded.Inputs.Check(inputs, options.Value.MaxRows) is { } wrong) return wrong;
        if (!loaded.Inputs.Fill(inputs, null).TryGet(out var filled, out var failure)) return failure;
        try
        {
            var output = await loaded.PredictAsync(filled, time.GetTimestamp(), cancellationToken);
            return BatchAnswer.Of(loaded.Label, inputs, output.Tensors);
        }
        catch (ModelUnavailableException e)
        {
            return new Failure(ErrorCodes.NotReady, e.Message);
        }
        catch (ModelRefusedException e)
        {
            return new Failure(ErrorCodes.Invalid, e.Message);
        }
        catch (ModelException e)
        {
            return new Failure(ErrorCodes.ModelFailed, e.Message);
        }
        catch (TimeoutException)
        {
            return new Failure(ErrorCodes.ModelFailed with { Status = 504 }, $"The model did not answer within {loaded.Timeout.TotalSeconds:0.###} s.");
        }
    }

    public ValueTask DisposeAsync() => loaded.DisposeAsync();
}
