namespace Dowel.Adapters.Onnx;

/// <summary>How ONNX models are loaded and run.</summary>
public sealed class OnnxOptions
{
    /// <summary>Threads that one prediction may use. Default 1: requests run beside each other, which serves many small ones best.</summary>
    public int ThreadsPerPrediction { get; set; } = 1;

    /// <summary>Size of a model with all its files, in bytes, at most; default 8 GiB.</summary>
    public long MaxBytes { get; set; } = 8L << 30;
}
