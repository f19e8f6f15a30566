using Dowel.Kernel.Tensors;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace Dowel.Adapters.MlNet;

/// <summary>
/// Scores rows one after the other through ML.NET's row mapper, as its PredictionEngine does, without the objects between.
/// The getters are bound once; a request only moves the position. One thread at a time.
/// </summary>
internal sealed class RowScorer : IDisposable
{
    private const int RowsBetweenChecks = 1024;
    private readonly InputRow source;
    private readonly DataViewRow scored;
    private readonly InputColumn[] inputs;
    private readonly OutputColumn[] outputs;

    public RowScorer(IRowToRowMapper mapper, IReadOnlySet<string> needed, IReadOnlyList<OutputChoice> chosen)
    {
        source = new InputRow(mapper.InputSchema, needed);
        inputs = source.Columns;
        scored = mapper.GetRow(source, chosen.Select(c => mapper.OutputSchema[c.Column]));
        outputs = [.. chosen.Select(c => OutputColumn.Bind(scored, scored.Schema[c.Column], c.Name))];
    }

    public IReadOnlyList<Tensor> Predict(IReadOnlyList<Tensor> tensors, CancellationToken cancellationToken)
    {
        if (tensors.Count == 0) throw new InputException("There are no inputs.");
        var rows = tensors[0].Rows;
        for (var i = 1; i < tensors.Count; i++)
        {
            if (tensors[i].Rows != rows) throw new InputException($"Input '{tensors[i].Name}' has {tensors[i].Rows} rows, '{tensors[0].Name}' has {rows}.");
        }
        for (var i = 0; i < inputs.Length; i++) inputs[i].Bind(Find(tensors, inputs[i].Name, i), rows);
        foreach (var output in outputs) output.Begin(rows);
        for (var row = 0; row < rows; row++)
        {
            if (row % RowsBetweenChecks == 0) cancellationToken.ThrowIfCancellationRequested();
            source.MoveTo(row);
            foreach (var output in outputs) output.Read(row);
        }
        var answer = new Tensor[outputs.Length];
        for (var i = 0; i < answer.Length; i++) answer[i] = outputs[i].End();
        // A pooled scorer must not keep a caller's data alive.
        foreach (var input in inputs) input.Release();
        return answer;
    }

    public void Dispose() => scored.Dispose();

    private static Tensor Find(IReadOnlyList<Tensor> tensors, string name, int likely)
    {
        if (likely < tensors.Count && tensors[likely].Name == name) return tensors[likely];
        for (var i = 0; i < tensors.Count; i++)
        {
            if (tensors[i].Name == name) return tensors[i];
        }
        throw new InputException($"Input '{name}' is missing.");
    }
}
