using Dowel.Kernel.Ports;

namespace Dowel.Adapters.Trees.Xgboost;

/// <summary>Loads XGBoost's JSON and UBJSON models, as <c>Booster.save_model</c> writes them.</summary>
internal sealed class XgboostModelRuntime(TreeOptions options) : IModelRuntime
{
    public string Flavor => "xgboost";

    public Task<ILoadedModel> LoadAsync(ModelArtifact artifact, ModelHost host, CancellationToken cancellationToken) => Task.Run<ILoadedModel>(() =>
    {
        // Files of the older endings may be UBJSON too; those that are not are told what to do.
        var path = ModelFile.Find(artifact.Folder, Flavor, ["model.json", "model.ubj", "model.xgb", "model.bst"], [".json", ".ubj", ".xgb", ".bst", ".model"]);
        return XgboostModel.Create(ModelReader.Read(ModelFile.Read(path, options.MaxBytes), Path.GetFileName(path)), artifact.Signature);
    }, cancellationToken);
}
