namespace Dowel.Serving.Batch;

/// <summary>Batch inference, section <c>Serving:Batch</c>.</summary>
public sealed class BatchOptions
{
    /// <summary>Runs that are under way at once; further ones wait.</summary>
    public int MaxRuns { get; set; } = 2;
}
