using System.Collections.Concurrent;
using Dowel.Contracts;
using Dowel.Kernel.Ports;
using Dowel.Kernel.Tensors;
using Microsoft.ML;

namespace Dowel.Adapters.MlNet;

/// <summary>A loaded ML.NET model. Its scorers are of one thread at a time; they are pooled, so any number of threads may call it.</summary>
internal sealed class MlNetModel : ILoadedModel
{
    private readonly ITransformer model;
    private readonly Func<RowScorer> create;
    private readonly ConcurrentQueue<RowScorer> pool = new();
    private RowScorer? handy;
    private volatile bool disposed;

    private MlNetModel(ITransformer model, ModelSignature signature, Func<RowScorer> create)
    {
        (this.model, Signature, this.create) = (model, signature, create);
        handy = create();
    }

    public ModelSignature Signature { get; }

    public static MlNetModel Create(ITransformer model, DataViewSchema schema, IReadOnlyList<OutputChoice>? chosen)
    {
        if (!model.IsRowToRowMapper) throw new ModelException("The model has a step that looks at more than one row at a time, so it cannot answer single requests.");
        var mapper = model.GetRowToRowMapper(schema);
        chosen ??= OutputChoice.Default(schema, mapper.OutputSchema);
        if (chosen.Count == 0) throw new ModelException($"The model adds no column that can be answered. Name its output columns in '{OutputChoice.FileName}'.");
        DataViewSchema.Column[] outputs = [.. chosen.Select(c => mapper.OutputSchema.GetColumnOrNull(c.Column)
            ?? throw new ModelException($"'{OutputChoice.FileName}' names the column '{c.Column}'; the model has: {string.Join(", ", mapper.OutputSchema.Where(o => !o.IsHidden).Select(o => o.Name))}."))];

        var needed = mapper.GetDependencies(outputs).Select(c => c.Name).ToHashSet();
        TensorSpec[] inputSpecs = [.. schema.Where(c => !c.IsHidden && (needed.Contains(c.Name) || InputColumn.Supports(c))).Select(c => InputColumn.Spec(c, optional: !needed.Contains(c.Name)))];
        if (needed.Count == 0) throw new ModelException("The model's outputs depend on none of its inputs.");
        TensorSpec[] outputSpecs = [.. outputs.Select((c, i) => OutputColumn.Spec(c, chosen[i]))];
        return new MlNetModel(
            model,
            new ModelSignature { Inputs = inputSpecs, Outputs = outputSpecs },
            () => new RowScorer(model.GetRowToRowMapper(schema), needed, chosen));
    }

    public ValueTask<ModelOutput> PredictAsync(IReadOnlyList<Tensor> inputs, CancellationToken cancellationToken)
    {
        ObjectDisposedException.ThrowIf(disposed, this);
        var scorer = Interlocked.Exchange(ref handy, null);
        if (scorer is null && !pool.TryDequeue(out scorer)) scorer = create();
        IReadOnlyList<Tensor> outputs;
        try
        {
            outputs = scorer.Predict(inputs, cancellationToken);
        }
        catch (Exception e)
        {
            // After a failure in the middle nobody knows its state; the next request gets a new one.
            if (e is InputException) Return(scorer);
            else scorer.Dispose();
            if (e is ModelException or OperationCanceledException) throw;
            throw new ModelException(e is InputException ? e.Message : $"The model failed on this input: {e.GetBaseException().Message}", e);
        }
        Return(scorer);
        return ValueTask.FromResult(new ModelOutput(outputs));
    }

    private void Return(RowScorer scorer)
    {
        if (Interlocked.CompareExchange(ref handy, scorer, null) is not null) pool.Enqueue(scorer);
    }

    public ValueTask DisposeAsync()
    {
        if (disposed) return ValueTask.CompletedTask;
        disposed = true;
        Interlocked.Exchange(ref handy, null)?.Dispose();
        while (pool.TryDequeue(out var scorer)) scorer.Dispose();
        (model as IDisposable)?.Dispose();
        return ValueTask.CompletedTask;
    }
}
