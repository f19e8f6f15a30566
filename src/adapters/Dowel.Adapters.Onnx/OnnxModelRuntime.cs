using Dowel.Kernel.Ports;
using Microsoft.ML.OnnxRuntime;

namespace Dowel.Adapters.Onnx;

/// <summary>Loads ONNX models: a file <c>model.onnx</c>, or the only <c>*.onnx</c> in the folder, with its external data beside it.</summary>
internal sealed class OnnxModelRuntime(OnnxOptions options) : IModelRuntime
{
    private const string ModelFile = "model.onnx";

    public string Flavor => "onnx";

    // Loading optimizes the graph, which is work for a processor; it must not hold up the caller's thread.
    public Task<ILoadedModel> LoadAsync(ModelArtifact artifact, ModelHost host, CancellationToken cancellationToken) => Task.Run<ILoadedModel>(() => Load(artifact), cancellationToken);

    private OnnxModel Load(ModelArtifact artifact)
    {
        var path = Find(artifact.Folder);
        var size = Directory.EnumerateFiles(artifact.Folder, "*", SearchOption.AllDirectories).Sum(f => new FileInfo(f).Length);
        if (size > options.MaxBytes) throw new ModelException($"The model has {size} bytes; this server loads {options.MaxBytes} at most.");
        using var session = new SessionOptions
        {
            IntraOpNumThreads = options.ThreadsPerPrediction,
            InterOpNumThreads = 1,
            ExecutionMode = ExecutionMode.ORT_SEQUENTIAL,
            GraphOptimizationLevel = GraphOptimizationLevel.ORT_ENABLE_ALL,
            // What fails is thrown as well.
            LogSeverityLevel = OrtLoggingLevel.ORT_LOGGING_LEVEL_FATAL,
        };
        try
        {
            return OnnxModel.Create(new InferenceSession(path, session), artifact.Signature);
        }
        catch (OnnxRuntimeException e)
        {
            throw new ModelException($"'{Path.GetFileName(path)}' is no model that ONNX Runtime can load: {OnnxMessages.ForPeople(e, artifact.Folder)}", e);
        }
    }

    private static string Find(string folder)
    {
        var path = Path.Combine(folder, ModelFile);
        if (File.Exists(path)) return path;
        var others = Directory.GetFiles(folder, "*.onnx");
        return others switch
        {
            [var one] => one,
            [] => throw new ModelException($"The model has no file '{ModelFile}'."),
            _ => throw new ModelException($"The model has several .onnx files ({string.Join(", ", others.Select(Path.GetFileName).Order(StringComparer.Ordinal))}) and none is named '{ModelFile}'."),
        };
    }
}
