using Dowel.Kernel.Ports;

namespace Dowel.Adapters.Trees.LightGbm;

/// <summary>Loads LightGBM's text models, as <c>Booster.save_model</c> writes them.</summary>
internal sealed class LightGbmModelRuntime(TreeOptions options) : IModelRuntime
{
    public string Flavor => "lightgbm";

    public Task<ILoadedModel> LoadAsync(ModelArtifact artifact, ModelHost host, CancellationToken cancellationToken) => Task.Run<ILoadedModel>(() =>
    {
        var path = ModelFile.Find(artifact.Folder, Flavor, ["model.txt", "model.lgb"], [".txt", ".lgb"]);
        var text = LightGbmText.Parse(ModelFile.Read(path, options.MaxBytes), Path.GetFileName(path));
        return new LightGbmModel(text, artifact.Signature);
    }, cancellationToken);
}
