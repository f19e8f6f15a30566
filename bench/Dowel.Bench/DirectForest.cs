using Microsoft.ML.OnnxRuntime;

namespace Dowel.Bench;

/// <summary>The ONNX forest of the tests, asked by ONNX Runtime and nothing else, with input and output as a server has them.</summary>
internal sealed class DirectForest : IDisposable
{
    private readonly SessionOptions _settings = new() { IntraOpNumThreads = 1, InterOpNumThreads = 1 };
    private readonly RunOptions _run = new();
    private readonly InferenceSession _session;

    public DirectForest(string path) => _session = new InferenceSession(path, _settings);

    /// <summary>The probability of the second class.</summary>
    /// <param name="row">Its 10 features.</param>
    public float Run(float[] row)
    {
        using var input = OrtValue.CreateTensorValueFromMemory(row, [1, row.Length]);
        using var outputs = _session.Run(_run, ["X"], [input], ["output_label", "output_probability"]);
        return outputs[1].GetTensorDataAsSpan<float>()[1];
    }

    public void Dispose()
    {
        _session.Dispose();
        _run.Dispose();
        _settings.Dispose();
    }
}
