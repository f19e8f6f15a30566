using Dowel.Contracts;
using Dowel.Kernel.Ports;
using Dowel.Kernel.Tensors;

namespace Dowel.Registry.Tests;

/// <summary>Loads "models" that are one file, <c>behaviour</c>, which says how they behave.</summary>
internal sealed class FakeRuntime : IModelRuntime
{
    public string Flavor => "fake";

    public static int Disposed;

    public static ModelSignature Signature { get; } = new()
    {
        Inputs = [new TensorSpec { Name = "x", Datatype = "FP64", Shape = [-1] }],
        Outputs = [new TensorSpec { Name = "y", Datatype = "FP64", Shape = [-1] }],
    };

    public async Task<ILoadedModel> LoadAsync(ModelArtifact artifact, ModelHost host, CancellationToken cancellationToken)
    {
        var behaviour = await File.ReadAllTextAsync(Path.Combine(artifact.Folder, "behaviour"), cancellationToken);
        switch (behaviour)
        {
            case "no model": throw new ModelException("this is no model");
            case "hang at load": await Task.Delay(Timeout.Infinite, CancellationToken.None); break;
        }
        return new Model(behaviour);
    }

    private sealed class Model(string behaviour) : ILoadedModel
    {
        public ModelSignature Signature => behaviour switch
        {
            "other signature" => FakeRuntime.Signature with { Inputs = [new TensorSpec { Name = "x", Datatype = "BYTES" }, new TensorSpec { Name = "z" }] },
            "no signature" => null!,
            "twice the same" => FakeRuntime.Signature with { Inputs = [new TensorSpec { Name = "x" }, new TensorSpec { Name = "x" }] },
            _ => FakeRuntime.Signature,
        };

        public async ValueTask<ModelOutput> PredictAsync(IReadOnlyList<Tensor> inputs, CancellationToken cancellationToken)
        {
            var x = ((Tensor<double>)inputs.Single()).Values;
            var y = x.Select(v => 2 * v).ToArray();
            switch (behaviour)
            {
                case "slow": await Task.Delay(20, cancellationToken); break;
                case "throw": throw new InvalidOperationException("the inside of the model");
                case "hang": await Task.Delay(Timeout.Infinite, CancellationToken.None); break;
                case "block": new ManualResetEventSlim().Wait(TimeSpan.FromSeconds(20), CancellationToken.None); break;
                case "other name": return new Tensor[] { Tensor.Of("why", y) };
                case "other type": return new Tensor[] { Tensor.Of("y", y.Select(v => (float)v).ToArray()) };
                case "other rows": return new Tensor[] { Tensor.Of("y", new[] { 1.0 }) };
                case "other shape": return new Tensor[] { Tensor.Of("y", y, y.Length, 1) };
                case "nan": y[^1] = double.NaN; break;
                case "nothing": return default;
                case "more": return new Tensor[] { Tensor.Of("besides", y), Tensor.Of("y", y) };
            }
            return new Tensor[] { Tensor.Of("y", y) };
        }

        public ValueTask DisposeAsync()
        {
            Interlocked.Increment(ref Disposed);
            return ValueTask.CompletedTask;
        }
    }
}
