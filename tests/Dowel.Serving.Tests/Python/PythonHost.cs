using System.Collections.Concurrent;
using Dowel.Contracts;
using Dowel.Kernel.Hosting;
using Dowel.Kernel.Ports;
using Dowel.Kernel.Tensors;
using Dowel.Serving.Python;
using Dowel.Testing;
using Microsoft.Extensions.DependencyInjection;

namespace Dowel.Serving.Tests.Python;

/// <summary>The Python runtimes alone, over folders that a test writes.</summary>
internal sealed class PythonHost : IAsyncDisposable
{
    private readonly string _root = Directory.CreateTempSubdirectory("dowel-python-").FullName;
    private readonly ServiceProvider _services;
    private readonly List<ILoadedModel> _models = [];

    private PythonHost(Action<PythonOptions>? configure)
    {
        var services = new ServiceCollection().AddLogging().AddPythonRuntimes();
        services.Configure<DowelOptions>(o => o.DataDir = Path.Combine(_root, "data"));
        services.Configure<ServingOptions>(o =>
        {
            o.Python.Interpreter = DebianPython.Path;
            configure?.Invoke(o.Python);
        });
        _services = services.BuildServiceProvider();
    }

    public KeptLog Log { get; } = new();

    public static async Task<PythonHost> StartAsync(Action<PythonOptions>? configure = null, params string[] modules)
    {
        await DebianPython.RequireAsync(["numpy", .. modules]);
        return new PythonHost(configure);
    }

    /// <summary>Writes a folder; the first file is model.py.</summary>
    public string Folder(string? model, params (string Name, string Text)[] files)
    {
        var folder = Directory.CreateDirectory(Path.Combine(_root, Guid.NewGuid().ToString("n"))).FullName;
        if (model is not null) File.WriteAllText(Path.Combine(folder, "model.py"), model);
        foreach (var (name, text) in files) File.WriteAllText(Path.Combine(folder, name), text);
        return folder;
    }

    public async Task<ILoadedModel> LoadAsync(string folder, string flavor = "python", ModelSignature? signature = null, DeploymentSettings? settings = null)
    {
        var runtime = _services.GetServices<IModelRuntime>().Single(r => r.Flavor == flavor);
        var artifact = new ModelArtifact { Name = "m", Version = 1, Flavor = flavor, Folder = folder, Signature = signature };
        var model = await runtime.LoadAsync(artifact, new ModelHost("iris/v1", Log, settings ?? new DeploymentSettings()), TestContext.Current.CancellationToken);
        _models.Add(model);
        return model;
    }

    /// <summary>A class with this predict, loaded.</summary>
    public Task<ILoadedModel> PredictsAsync(string predict, ModelSignature? signature = null)
        => LoadAsync(Folder($"import numpy as np\nclass Model:\n    def predict({predict}\n"), signature: signature);

    public async ValueTask DisposeAsync()
    {
        foreach (var model in _models) await model.DisposeAsync();
        await _services.DisposeAsync();
        Directory.Delete(_root, recursive: true);
    }
}

/// <summary>Keeps the lines of a deployment's log.</summary>
internal sealed class KeptLog : IModelLog
{
    private readonly ConcurrentQueue<string> _lines = new();

    public string Text => string.Join('\n', _lines);

    public void Write(string line) => _lines.Enqueue(line);

    /// <summary>Printed text comes another way than answers, so it may be a moment later.</summary>
    public async Task HasAsync(string text)
    {
        for (var i = 0; i < 1000 && !Text.Contains(text); i++) await Task.Delay(10);
        Assert.Contains(text, Text);
    }
}

internal static class PythonAnswers
{
    public static async Task<Tensor> OneAsync(this ILoadedModel model, params Tensor[] inputs) => Assert.Single((await model.PredictAsync(inputs, TestContext.Current.CancellationToken)).Tensors);

    public static IReadOnlyList<T> Values<T>(this Tensor tensor) => Assert.IsType<Tensor<T>>(tensor).Values;

    public static async Task<string> FailsAsync(this ILoadedModel model, params Tensor[] inputs)
        => (await Assert.ThrowsAnyAsync<ModelException>(async () => await model.PredictAsync(inputs, TestContext.Current.CancellationToken))).Message;

    public static ModelSignature Signature(params string[] inputs) => new() { Inputs = [.. inputs.Select(n => new TensorSpec { Name = n, Datatype = "FP64" })], Outputs = [new TensorSpec { Name = "y", Datatype = "FP64" }] };
}
