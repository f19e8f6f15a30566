using Microsoft.ML;
using Microsoft.ML.Data;

namespace Dowel.Adapters.MlNet;

/// <summary>The row that the model reads from: a window on the bound tensors.</summary>
internal sealed class InputRow : DataViewRow
{
    private readonly InputColumn?[] byIndex;
    private readonly InputCursor cursor = new();
    private long position = -1;

    public InputRow(DataViewSchema schema, IReadOnlySet<string> needed)
    {
        Schema = schema;
        byIndex = new InputColumn?[schema.Count];
        foreach (var column in schema)
        {
            // Only the newest column of a name can be reached; the hidden ones before it are none of the caller's business.
            if (!column.IsHidden && needed.Contains(column.Name)) byIndex[column.Index] = InputColumn.Of(column, cursor);
        }
        Columns = [.. byIndex.OfType<InputColumn>()];
    }

    public InputColumn[] Columns { get; }

    public override DataViewSchema Schema { get; }

    /// <summary>Never repeats, because ML.NET's scorers keep what they computed for a position.</summary>
    public override long Position => position;

    public override long Batch => 0;

    public void MoveTo(int row)
    {
        position++;
        cursor.Row = row;
    }

    public override bool IsColumnActive(DataViewSchema.Column column) => column.Index < byIndex.Length && byIndex[column.Index] is not null;

    public override ValueGetter<TValue> GetGetter<TValue>(DataViewSchema.Column column) =>
        IsColumnActive(column) && byIndex[column.Index]!.Getter is ValueGetter<TValue> getter
            ? getter
            : throw new InvalidOperationException($"The column '{column.Name}' is not read as {typeof(TValue).Name}.");

    public override ValueGetter<DataViewRowId> GetIdGetter() => (ref DataViewRowId id) => id = new DataViewRowId((ulong)position, 0);
}

/// <summary>Which row of the bound tensors is being read.</summary>
internal sealed class InputCursor
{
    public int Row;
}
