using System.Collections.Concurrent;
using Dowel.Contracts;
using Dowel.Kernel.Access;
using Dowel.Kernel.Ports;
using Dowel.Kernel.Results;
using Dowel.Kernel.Tensors;

namespace Dowel.Serving.Tests;

/// <summary>A runtime whose models double x (plus a bonus per version) and can be told to be slow, to fail or to be unloadable by their name.</summary>
internal sealed class DoublingRuntime : IModelRuntime
{
    public int Loaded;
    /// <summary>Loads that waited, or wait, for <see cref="HoldLoading"/>.</summary>
    public int Waiting;
    /// <summary>Rows of each call of a model.</summary>
    public ConcurrentQueue<int> Calls { get; } = new();
    /// <summary>While set, each call waits for it.</summary>
    public TaskCompletionSource? HoldCalls { get; set; }
    public TaskCompletionSource? HoldLoading { get; set; }
    public string Flavor => "doubling";
    public bool IsShared { get; set; }

    public async Task<ILoadedModel> LoadAsync(ModelArtifact artifact, ModelHost host, CancellationToken cancellationToken)
    {
        if (HoldLoading is { } hold)
        {
            Interlocked.Increment(ref Waiting);
            await hold.Task;
        }
        if (artifact.Version == 13) throw new ModelException("version 13 is no model");
        Interlocked.Increment(ref Loaded);
        return new Model(this, artifact.Version);
    }

    private sealed class Model(DoublingRuntime runtime, int version) : ILoadedModel
    {
        private bool _disposed;

        public ModelSignature Signature { get; } = new()
        {
            Inputs = [new TensorSpec { Name = "x", Datatype = "FP32" }],
            Outputs = [new TensorSpec { Name = "y", Datatype = "FP32" }],
        };

        public async ValueTask<ModelOutput> PredictAsync(IReadOnlyList<Tensor> inputs, CancellationToken cancellationToken)
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            var x = (Tensor<float>)inputs.Single(i => i.Name == "x");
            runtime.Calls.Enqueue(x.Rows);
            if (runtime.HoldCalls is { } hold) await hold.Task;
            if (x.Values.Contains(503f)) throw new ModelUnavailableException("the process has ended");
            if (x.Values.Contains(504f)) await Task.Delay(Timeout.Infinite, cancellationToken);
            if (x.Values.Contains(666f)) throw new ModelException("666 is not a number to double");
            if (x.Values.Contains(1000f)) await Task.Delay(100, cancellationToken);
            ObjectDisposedException.ThrowIf(_disposed, this);
            return new Tensor[] { Tensor.Of("y", x.Values.Select(v => v * 2 + version * 1000).ToArray(), x.Values.Length) };
        }

        public ValueTask DisposeAsync()
        {
            _disposed = true;
            Interlocked.Decrement(ref runtime.Loaded);
            return ValueTask.CompletedTask;
        }
    }
}

/// <summary>Any version of any model, of the doubling flavor.</summary>
internal sealed class AnyModel : IModelSource
{
    public Task<Result<ModelArtifact>> ResolveAsync(Actor actor, string model, string version, CancellationToken cancellationToken)
        => Task.FromResult<Result<ModelArtifact>>(model == "absent" ? Failure.NotFound("model", model)
            : model == "secret" && actor.UserName == "stranger" ? new Failure(ErrorCodes.Forbidden, "not yours")
            : new ModelArtifact
            {
                VersionId = $"{model}/{version}",
                Name = model,
                Version = int.TryParse(version, out var n) ? n : 1,
                Flavor = model == "foreign" ? "cobol" : "doubling",
                Folder = "/nowhere",
                Signature = new()
                {
                    Inputs = [new TensorSpec { Name = "x", Datatype = "FP32" }],
                    Outputs = [new TensorSpec { Name = "y", Datatype = "FP32" }],
                },
                InputExample = new Dictionary<string, object?[]> { ["x"] = [1.5] },
                Refused = model == "refused" ? [new GateCheck("metric auc", false, "0.5", "at least 0.8")] : [],
            });
}

/// <summary>A view of one feature, x = 10 times the key; keys above 100 have none.</summary>
internal sealed class TenTimes : IFeatureReader
{
    public Task<Result<IFeaturePlan>> PlanAsync(Actor actor, string view, IReadOnlyList<string>? features, CancellationToken cancellationToken)
        => Task.FromResult(view == "absent" ? Failure.NotFound("feature view", view) : Result.Ok<IFeaturePlan>(new Plan()));

    private sealed class Plan : IFeaturePlan
    {
        public string ViewId => "fv_ten";
        public Entity Entity { get; } = new("key", "int64");
        public IReadOnlyList<Feature> Features { get; } = [new Feature { Name = "x", Type = "float64" }];

        public ValueTask<Result<IReadOnlyList<Tensor>>> ReadAsync(Tensor keys, MissingFeaturesPolicy policy, CancellationToken cancellationToken)
        {
            var values = ((Tensor<long>)keys).Values;
            if (policy == MissingFeaturesPolicy.Error && values.FirstOrDefault(v => v > 100) is > 0 and var missing)
                return ValueTask.FromResult<Result<IReadOnlyList<Tensor>>>(new Failure(ErrorCodes.FeaturesMissing, $"no features for key {missing}"));
            return ValueTask.FromResult(Result.Ok<IReadOnlyList<Tensor>>([Tensor.Of("x", values.Select(v => v > 100 ? 0.0 : v * 10.0).ToArray(), values.Length)]));
        }
    }
}

/// <summary>Keeps what was logged.</summary>
internal sealed class KeptPredictions : IPredictionSink
{
    public ConcurrentQueue<PredictionRecord> Records { get; } = new();

    public void Append(in PredictionRecord record) => Records.Enqueue(record);
}
