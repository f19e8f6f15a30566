using System.Text.Json;
using Dowel.Adapters.Onnx.Tests;
using Dowel.Contracts;
using Dowel.Kernel.Ports;
using Dowel.Testing;
using Microsoft.Extensions.DependencyInjection;

[assembly: AssemblyFixture(typeof(TrainedModels))]

namespace Dowel.Adapters.Onnx.Tests;

/// <summary>The models of <c>train.py</c>, trained once for all tests.</summary>
public sealed class TrainedModels() : PythonModels("numpy", "sklearn", "onnx", "torch")
{
    public async Task<ILoadedModel> LoadAsync(string model, ModelSignature? registered = null) => await LoadFolderAsync(await PathAsync(model), registered);

    public async Task<JsonElement> CasesAsync(string model)
        => JsonDocument.Parse(await File.ReadAllTextAsync(Path.Combine(await PathAsync(model), "cases.json"))).RootElement;

    public static async Task<ILoadedModel> LoadFolderAsync(string folder, ModelSignature? registered = null, Action<OnnxOptions>? configure = null)
    {
        await using var services = new ServiceCollection().AddOnnxRuntime(configure).BuildServiceProvider();
        var runtime = services.GetRequiredService<IModelRuntime>();
        return await runtime.LoadAsync(new ModelArtifact { Name = "m", Version = 1, Flavor = runtime.Flavor, Folder = folder, Signature = registered }, ModelHost.Trial, default);
    }
}
