using Dowel.Contracts;
using Dowel.Kernel.Tensors;

namespace Dowel.Kernel.Ports;

/// <summary>A model's files on this machine, and what is known of it.</summary>
public sealed record ModelArtifact
{
    /// <summary>Id of the model version; empty for a plain folder.</summary>
    public string VersionId { get; init; } = "";
    /// <summary>Id of the model; empty for a plain folder.</summary>
    public string ModelId { get; init; } = "";
    /// <summary>Name of the model.</summary>
    public required string Name { get; init; }
    /// <summary>Version.</summary>
    public required int Version { get; init; }
    /// <summary>How the files are loaded, such as <c>mlnet</c>.</summary>
    public required string Flavor { get; init; }
    /// <summary>A folder with the model's files; read only.</summary>
    public required string Folder { get; init; }
    /// <summary>Inputs and outputs; null where nobody said.</summary>
    public ModelSignature? Signature { get; init; }
    /// <summary>One example: each input's values by name.</summary>
    public IReadOnlyDictionary<string, object?[]>? InputExample { get; init; }
    /// <summary>The checks by which its gate refused it when it was last asked; empty where it passed or was never asked.</summary>
    public IReadOnlyList<GateCheck> Refused { get; init; } = [];
}

/// <summary>Loads models of one flavor in this process.</summary>
public interface IModelRuntime
{
    /// <summary>The flavor it loads, such as <c>mlnet</c>.</summary>
    string Flavor { get; }

    /// <summary>Loads a model. Throws <see cref="ModelException"/> with a message for people when the files are no such model.</summary>
    Task<ILoadedModel> LoadAsync(ModelArtifact artifact, CancellationToken cancellationToken);
}

/// <summary>A loaded model, safe for concurrent use.</summary>
public interface ILoadedModel : IAsyncDisposable
{
    /// <summary>What the model itself says of its inputs and outputs; names fit the registered signature where there is one.</summary>
    ModelSignature Signature { get; }

    /// <summary>Predicts a batch. Inputs are checked against the signature by the caller; a failure in the model throws <see cref="ModelException"/>.</summary>
    /// <param name="inputs">All of the same number of rows.</param>
    /// <param name="cancellationToken">Cancels it, where the runtime can.</param>
    /// <returns>The outputs, in the signature's order, of the same number of rows.</returns>
    ValueTask<IReadOnlyList<Tensor>> PredictAsync(IReadOnlyList<Tensor> inputs, CancellationToken cancellationToken);
}

/// <summary>The model could not be loaded or could not answer; the message is for people.</summary>
public sealed class ModelException(string message, Exception? inner = null) : Exception(message, inner);
