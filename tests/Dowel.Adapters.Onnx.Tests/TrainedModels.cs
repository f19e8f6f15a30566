using System.Text.Json;
using Dowel.Adapters.Onnx.Tests;
using Dowel.Contracts;
using Dowel.Kernel.Ports;
using Dowel.Testing;
using Microsoft.Extensions.DependencyInjection;

[assembly: AssemblyFixture(typeof(TrainedModels))]

namespace Dowel.Adapters.Onnx.Tests;

/// <summary>The models of <c>train.py</c>, trained once for all tests.</summary>
public sealed class TrainedModels : IAsyncDisposable
{
    private readonly string _root = Directory.CreateTempSubdirectory("dowel-onnx-").FullName;
    private readonly Lazy<Task> _training;

    public TrainedModels() => _training = new(() => DebianPython.RunAsync(["numpy", "sklearn", "onnx", "torch"], Path.Combine(AppContext.BaseDirectory, "train.py"), _root));

    public async Task<string> FolderAsync(string model)
    {
        await _training.Value;
        return Path.Combine(_root, model);
    }

    public async Task<ILoadedModel> LoadAsync(string model, ModelSignature? registered = null) => await LoadFolderAsync(await FolderAsync(model), registered);

    public async Task<JsonElement> CasesAsync(string model)
        => JsonDocument.Parse(await File.ReadAllTextAsync(Path.Combine(await FolderAsync(model), "cases.json"))).RootElement;

    public static async Task<ILoadedModel> LoadFolderAsync(string folder, ModelSignature? registered = null, Action<OnnxOptions>? configure = null)
    {
        await using var services = new ServiceCollection().AddOnnxRuntime(configure).BuildServiceProvider();
        var runtime = services.GetRequiredService<IModelRuntime>();
        return await runtime.LoadAsync(new ModelArtifact { Name = "m", Version = 1, Flavor = runtime.Flavor, Folder = folder, Signature = registered }, default);
    }

    public ValueTask DisposeAsync()
    {
        Directory.Delete(_root, recursive: true);
        return ValueTask.CompletedTask;
    }
}
