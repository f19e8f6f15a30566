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

/// <summary>Loads models of one flavor.</summary>
public interface IModelRuntime
{
    /// <summary>The flavor it loads, such as <c>mlnet</c>.</summary>
    string Flavor { get; }

    /// <summary>Whether one loaded model serves all replicas: it runs in this process, is safe for concurrent use and gains nothing from copies.</summary>
    bool IsShared => true;

    /// <summary>Whether loading runs code of the model's author, as Python classes and pickles do. Who may deploy such models is the server's setting.</summary>
    bool RunsCode => false;

    /// <summary>Loads a model. Throws <see cref="ModelException"/> with a message for people when the files are no such model.</summary>
    /// <param name="artifact">The model.</param>
    /// <param name="host">What it is loaded for.</param>
    /// <param name="cancellationToken">Cancels it.</param>
    Task<ILoadedModel> LoadAsync(ModelArtifact artifact, ModelHost host, CancellationToken cancellationToken);
}

/// <summary>What a model is loaded for.</summary>
/// <param name="Name">Endpoint and deployment, or another name for people; for titles of processes and names of containers.</param>
/// <param name="Log">Takes what the model prints and what happens to it.</param>
/// <param name="Settings">The deployment's settings.</param>
public sealed record ModelHost(string Name, IModelLog Log, DeploymentSettings Settings)
{
    /// <summary>For a trial: nothing is kept.</summary>
    public static ModelHost Trial { get; } = new("trial", new NoLog(), new DeploymentSettings());

    private sealed class NoLog : IModelLog
    {
        public void Write(string line)
        {
        }
    }
}

/// <summary>The log of one deployment: what its model prints, tracebacks, starts and ends. Safe for concurrent use; never blocks for long.</summary>
public interface IModelLog
{
    /// <summary>Writes a line; its time is added.</summary>
    /// <param name="line">The line; further lines in it stay as they are.</param>
    void Write(string line);
}

/// <summary>A loaded model, safe for concurrent use.</summary>
public interface ILoadedModel : IAsyncDisposable
{
    /// <summary>What the model itself says of its inputs and outputs; names fit the registered signature where there is one. One without inputs says nothing: anything is handed on to it.</summary>
    ModelSignature Signature { get; }

    /// <summary>Whether it can answer now; one whose process died and is being started again cannot.</summary>
    bool IsAvailable => true;

    /// <summary>Predicts a batch. Inputs are checked against the signature by the caller.</summary>
    /// <param name="inputs">All of the same number of rows.</param>
    /// <param name="cancellationToken">Cancels it, where the runtime can.</param>
    /// <returns>The outputs, in the signature's order, of the same number of rows.</returns>
    /// <exception cref="ModelException">The model failed on this input.</exception>
    /// <exception cref="ModelUnavailableException">The model cannot answer now; the request may have been begun.</exception>
    ValueTask<ModelOutput> PredictAsync(IReadOnlyList<Tensor> inputs, CancellationToken cancellationToken);
}

/// <summary>What a model answered.</summary>
/// <param name="Tensors">The outputs.</param>
/// <param name="Tags">What the model says of this answer beside it; null for nothing.</param>
/// <param name="Metrics">What the model measured; null for nothing.</param>
public readonly record struct ModelOutput(IReadOnlyList<Tensor> Tensors, IReadOnlyDictionary<string, string>? Tags = null, IReadOnlyList<ModelMetric>? Metrics = null)
{
    /// <summary>Outputs alone.</summary>
    public static implicit operator ModelOutput(Tensor[] tensors) => new(tensors);
}

/// <summary>A metric that a model reports of itself, as Seldon v1 has them.</summary>
/// <param name="Key">Its name.</param>
/// <param name="Kind">How its values add up.</param>
/// <param name="Value">The value; a timer's in milliseconds.</param>
public sealed record ModelMetric(string Key, ModelMetricKind Kind, double Value);

/// <summary>How a metric's values add up.</summary>
public enum ModelMetricKind
{
    /// <summary>They are summed.</summary>
    Counter,
    /// <summary>The last one counts.</summary>
    Gauge,
    /// <summary>Their distribution is kept.</summary>
    Timer,
}

/// <summary>The model could not be loaded or could not answer; the message is for people.</summary>
public class ModelException(string message, Exception? inner = null) : Exception(message, inner);

/// <summary>The model takes no such input, as it says itself: the caller's to mend.</summary>
public sealed class ModelRefusedException(string message) : ModelException(message);

/// <summary>The model cannot answer now: its process died, its container is gone, its queue is full. Asked again later, it may.</summary>
public sealed class ModelUnavailableException(string message, Exception? inner = null) : ModelException(message, inner);
