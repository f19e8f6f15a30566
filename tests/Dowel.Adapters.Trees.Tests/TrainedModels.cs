using System.Text.Json;
using Dowel.Adapters.Trees.Tests;
using Dowel.Contracts;
using Dowel.Kernel.Ports;
using Dowel.Testing;
using Microsoft.Extensions.DependencyInjection;

[assembly: AssemblyFixture(typeof(TrainedModels))]

namespace Dowel.Adapters.Trees.Tests;

/// <summary>The models of <c>train.py</c>, trained once for all tests.</summary>
public sealed class TrainedModels() : PythonModels("numpy", "pandas", "xgboost")
{
    public async Task<ILoadedModel> LoadAsync(string model, ModelSignature? registered = null) => await LoadFolderAsync("xgboost", await PathAsync(model), registered);

    public async Task<Cases> CasesAsync(string model) => Cases.Read(await PathAsync($"{model}.cases.json"));

    public static async Task<ILoadedModel> LoadFolderAsync(string flavor, string folder, ModelSignature? registered = null, Action<TreeOptions>? configure = null)
    {
        await using var services = new ServiceCollection().AddTreeRuntimes(configure).BuildServiceProvider();
        var runtime = services.GetServices<IModelRuntime>().Single(r => r.Flavor == flavor);
        return await runtime.LoadAsync(new ModelArtifact { Name = "m", Version = 1, Flavor = flavor, Folder = folder, Signature = registered }, ModelHost.Trial, default);
    }
}

/// <summary>Rows, and what the library answered.</summary>
public sealed record Cases(double[] X, int Rows, double[] Prediction)
{
    public int Width => X.Length / Rows;

    public static Cases Read(string path)
    {
        using var document = JsonDocument.Parse(File.ReadAllText(path));
        var x = document.RootElement.GetProperty("x");
        return new(Flat(x), x.GetArrayLength(), Flat(document.RootElement.GetProperty("prediction")));
    }

    public Cases Row(int row) => new(X[(row * Width)..((row + 1) * Width)], 1, Prediction[(row * (Prediction.Length / Rows))..((row + 1) * (Prediction.Length / Rows))]);

    private static double[] Flat(JsonElement element) => element.ValueKind switch
    {
        JsonValueKind.Array => [.. element.EnumerateArray().SelectMany(Flat)],
        JsonValueKind.Null => [double.NaN],
        _ => [element.GetDouble()],
    };
}
