using System.Collections.Concurrent;
using Dowel.Contracts;
using Dowel.Kernel.Ports;
using Dowel.Kernel.Tensors;
using Microsoft.ML.OnnxRuntime;

namespace Dowel.Adapters.Onnx;

/// <summary>A loaded ONNX model. A session may be run from any number of threads at once.</summary>
internal sealed class OnnxModel : ILoadedModel
{
    private readonly InferenceSession _session;
    private readonly string[] _inputNames;
    private readonly string[] _outputNames;
    private readonly TensorSpec[] _inputs;
    private readonly OnnxOutput[] _outputs;
    private readonly ColumnMatrix? _columns;
    private readonly ConcurrentBag<RunOptions> _options = [];
    private volatile bool _disposed;

    private OnnxModel(InferenceSession session, TensorSpec[] inputs, OnnxOutput[] outputs, ColumnMatrix? columns)
    {
        (_session, _inputs, _outputs, _columns) = (session, inputs, outputs, columns);
        _inputNames = [.. inputs.Select(i => i.Name)];
        _outputNames = [.. outputs.Select(o => o.Spec.Name)];
        Signature = new ModelSignature { Inputs = columns?.Columns ?? inputs, Outputs = [.. outputs.Select(o => o.Spec)] };
    }

    public ModelSignature Signature { get; }

    public static OnnxModel Create(InferenceSession session, ModelSignature? registered)
    {
        try
        {
            TensorSpec[] inputs = [.. session.InputNames.Select(n => OnnxInput.Spec(n, session.InputMetadata[n]))];
            if (inputs.Length == 0) throw new ModelException("The model takes no input.");
            OnnxOutput[] outputs = [.. session.OutputNames.Select(n => OnnxOutput.Of(n, session.OutputMetadata[n]))];
            return new OnnxModel(session, inputs, outputs, inputs.Length == 1 && registered is not null ? ColumnMatrix.For(inputs[0], registered.Inputs) : null);
        }
        catch
        {
            session.Dispose();
            throw;
        }
    }

    public ValueTask<ModelOutput> PredictAsync(IReadOnlyList<Tensor> inputs, CancellationToken cancellationToken)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        cancellationToken.ThrowIfCancellationRequested();
        if (_columns is not null) inputs = [_columns.Stack(inputs)];
        var values = new OrtValue[_inputs.Length];
        try
        {
            for (var i = 0; i < values.Length; i++) values[i] = OnnxInput.ToValue(Find(inputs, _inputs[i]), _inputs[i]);
            using var results = Run(values, cancellationToken);
            var outputs = new Tensor[_outputs.Length];
            for (var i = 0; i < outputs.Length; i++) outputs[i] = _outputs[i].Read(results[i]);
            return ValueTask.FromResult<ModelOutput>(outputs);
        }
        catch (OnnxRuntimeException e)
        {
            cancellationToken.ThrowIfCancellationRequested();
            throw new ModelException($"The model failed on this input: {OnnxMessages.ForPeople(e)}", e);
        }
        finally
        {
            foreach (var value in values) value?.Dispose();
        }
    }

    private IDisposableReadOnlyCollection<OrtValue> Run(OrtValue[] values, CancellationToken cancellationToken)
    {
        if (!_options.TryTake(out var run)) run = new RunOptions { LogSeverityLevel = OrtLoggingLevel.ORT_LOGGING_LEVEL_FATAL };
        try
        {
            using var stop = cancellationToken.UnsafeRegister(static r => ((RunOptions)r!).Terminate = true, run);
            return _session.Run(run, _inputNames, values, _outputNames);
        }
        finally
        {
            // Nothing can stop it any more; one that was stopped stays so.
            if (run.Terminate) run.Dispose();
            else _options.Add(run);
        }
    }

    private static Tensor Find(IReadOnlyList<Tensor> inputs, TensorSpec spec)
    {
        for (var i = 0; i < inputs.Count; i++)
            if (inputs[i].Name == spec.Name) return inputs[i];
        throw new ModelException($"The input '{spec.Name}' is missing.");
    }

    public ValueTask DisposeAsync()
    {
        if (!_disposed)
        {
            _disposed = true;
            _session.Dispose();
            while (_options.TryTake(out var run)) run.Dispose();
        }
        return ValueTask.CompletedTask;
    }
}
