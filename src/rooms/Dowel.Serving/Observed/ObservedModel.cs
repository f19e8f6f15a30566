using Dowel.Contracts;
using Dowel.Kernel.Ports;
using Dowel.Kernel.Tensors;

namespace Dowel.Serving.Observed;

/// <summary>Stands for a model that runs elsewhere: it answers nobody, its predictions are sent to the log.</summary>
internal sealed class ObservedModel : ILoadedModel
{
    public ModelSignature Signature { get; } = new();

    public ValueTask<ModelOutput> PredictAsync(IReadOnlyList<Tensor> inputs, CancellationToken cancellationToken)
        => throw new NotSupportedException("The gateway asks no model that is only observed.");

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
