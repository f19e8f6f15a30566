using System.Collections.Concurrent;
using Dowel.Contracts;
using Dowel.Kernel.Ports;
using Dowel.Kernel.Tensors;

namespace Dowel.Adapters.Trees.LightGbm;

/// <summary>A loaded LightGBM model. The library's fast path for single rows keeps buffers behind a lock, so each caller borrows one of its own.</summary>
internal sealed class LightGbmModel : ILoadedModel
{
    // Rows between two looks at whether the caller still waits.
    private const int RowsAtOnce = 256;

    private readonly LightGbmNative.Booster _booster;
    private readonly ConcurrentBag<LightGbmNative.RowPredictor> _idle = [];
    private readonly InputMatrix _inputs;
    private readonly int _features;
    private readonly int _classes;
    private volatile bool _disposed;

    public LightGbmModel(LightGbmText text, ModelSignature? registered)
    {
        (_features, _classes) = (text.FeatureNames.Count, text.Classes);
        _inputs = InputMatrix.Create(_features, text.HasRealNames ? text.FeatureNames : null, registered);
        Signature = new ModelSignature { Inputs = _inputs.Inputs, Outputs = [new TensorSpec { Name = "prediction", Datatype = "FP64", Shape = _classes == 1 ? [-1] : [-1, _classes] }] };
        _booster = LightGbmNative.Load(text.Canonical);
        try
        {
            // The first caller need not wait for it, and what is wrong shows now.
            _idle.Add(LightGbmNative.CreatePredictor(_booster, _features));
        }
        catch
        {
            _booster.Dispose();
            throw;
        }
    }

    public ModelSignature Signature { get; }

    public ValueTask<ModelOutput> PredictAsync(IReadOnlyList<Tensor> inputs, CancellationToken cancellationToken)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        var values = _inputs.Read(inputs, out var rows);
        var results = new double[(long)rows * _classes];
        var predictor = _idle.TryTake(out var idle) ? idle : LightGbmNative.CreatePredictor(_booster, _features);
        try
        {
            for (var first = 0; first < rows; first += RowsAtOnce)
            {
                cancellationToken.ThrowIfCancellationRequested();
                var count = Math.Min(RowsAtOnce, rows - first);
                LightGbmNative.Predict(predictor, values.AsSpan(first * _features, count * _features), _features, results.AsSpan(first * _classes, count * _classes), _classes);
            }
        }
        finally
        {
            _idle.Add(predictor);
            if (_disposed) Clear();
        }
        return ValueTask.FromResult<ModelOutput>(new Tensor[] { new Tensor<double>("prediction", results, _classes == 1 ? [rows] : [rows, _classes]) });
    }

    public ValueTask DisposeAsync()
    {
        _disposed = true;
        // A model in use goes with its last caller.
        Clear();
        _booster.Dispose();
        return ValueTask.CompletedTask;
    }

    private void Clear()
    {
        while (_idle.TryTake(out var predictor)) predictor.Dispose();
    }
}
