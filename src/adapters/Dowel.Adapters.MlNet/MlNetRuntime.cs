using Dowel.Kernel.Ports;
using Microsoft.ML;
using Microsoft.ML.Trainers.FastTree;

namespace Dowel.Adapters.MlNet;

/// <summary>Loads models that ML.NET saved with <c>mlContext.Model.Save(model, inputSchema, "model.zip")</c>.</summary>
internal sealed class MlNetRuntime(MlNetOptions options) : IModelRuntime
{
    public const string ModelFile = "model.zip";

    public string Flavor => "mlnet";

    // Unpacking and loading is work for a processor; it must not hold up the caller's thread.
    public Task<ILoadedModel> LoadAsync(ModelArtifact artifact, ModelHost host, CancellationToken cancellationToken) => Task.Run<ILoadedModel>(() => Load(artifact, cancellationToken), cancellationToken);

    private MlNetModel Load(ModelArtifact artifact, CancellationToken cancellationToken)
    {
        var path = Path.Combine(artifact.Folder, ModelFile);
        if (!File.Exists(path)) throw new ModelException($"The model has no file '{ModelFile}'. Save it with mlContext.Model.Save(model, inputSchema, \"{ModelFile}\").");
        ModelZip.Check(path, options, cancellationToken);
        var chosen = OutputChoice.Read(artifact.Folder);
        var (model, schema) = Open(path);
        cancellationToken.ThrowIfCancellationRequested();
        try
        {
            return MlNetModel.Create(model, schema, chosen);
        }
        catch (Exception e)
        {
            (model as IDisposable)?.Dispose();
            if (e is ModelException) throw;
            throw new ModelException($"The model in '{ModelFile}' cannot predict row by row: {e.Message}", e);
        }
    }

    private static (ITransformer Model, DataViewSchema Schema) Open(string path)
    {
        try
        {
            var context = new MLContext();
            // What a model is made of is looked up by name; only these assemblies and ML.NET's core are searched.
            context.ComponentCatalog.RegisterAssembly(typeof(FastTreeBinaryModelParameters).Assembly);
            using var file = File.OpenRead(path);
            var model = context.Model.Load(file, out var schema);
            if (schema is null) throw new ModelException($"'{ModelFile}' was saved without its input schema. Pass the schema of the training data to mlContext.Model.Save.");
            return (model, schema);
        }
        catch (Exception e) when (e is not ModelException)
        {
            throw new ModelException($"'{ModelFile}' is no model that ML.NET can load: {e.GetBaseException().Message}", e);
        }
    }
}
