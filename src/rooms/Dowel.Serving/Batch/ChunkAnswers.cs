using Dowel.Contracts;
using Dowel.Kernel.Results;
using Dowel.Kernel.Tensors;

namespace Dowel.Serving.Batch;

/// <summary>What a model answered to the rows of a chunk.</summary>
internal sealed class ChunkAnswers
{
    private readonly List<Part> _parts = [];
    private readonly SortedDictionary<int, string> _reasons = [];
    private readonly List<Tensor> _outputs = [];

    public IReadOnlyList<Part> Parts => _parts;

    /// <summary>Why rows failed, by their place in the chunk.</summary>
    public IReadOnlyDictionary<int, string> Reasons => _reasons;

    /// <summary>The first tensor of each output, which says its type.</summary>
    public IReadOnlyList<Tensor> Outputs => _outputs;

    public void Add(int from, int count, BatchAnswer answer)
    {
        foreach (var output in answer.Outputs)
        {
            if (_outputs.Find(o => o.Name == output.Name) is not { } first) _outputs.Add(output);
            else if (OutputValues.DuckType(first) is var type && OutputValues.DuckType(output) != type)
                throw new BatchStoppedException(new Failure(ErrorCodes.ModelFailed, $"The model answered '{output.Name}' once as {type} and once as {OutputValues.DuckType(output)}, which make no column."));
        }
        _parts.Add(new(from, count, answer.Model, answer.Outputs));
    }

    public void Fail(int row, string reason) => _reasons[row] = reason;

    /// <summary>The answer to some rows of the chunk.</summary>
    internal sealed record Part(int From, int Count, string Model, IReadOnlyList<Tensor> Outputs);
}

/// <summary>A run cannot go on.</summary>
internal sealed class BatchStoppedException(Failure failure) : Exception(failure.Detail)
{
    public Failure Failure { get; } = failure;
}
