using Dowel.Kernel.Ports;
using Dowel.Kernel.Tensors;

namespace Dowel.Testing;

/// <summary>Asks a model for its outputs alone.</summary>
public static class ModelAnswers
{
    /// <summary>The outputs, without tags and metrics.</summary>
    public static async ValueTask<IReadOnlyList<Tensor>> AnswerAsync(this ILoadedModel model, IReadOnlyList<Tensor> inputs, CancellationToken cancellationToken) => (await model.PredictAsync(inputs, cancellationToken)).Tensors;
}
