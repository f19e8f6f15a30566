using Dowel.Contracts;
using Dowel.Kernel.Ports;

namespace Dowel.Kernel.Tensors;

/// <summary>
/// The columns of a table laid side by side as the one matrix that a model takes. A data frame has named columns, and so have features;
/// the array that most libraries train on has none. With it callers, feature joins and the prediction log speak of names.
/// </summary>
public sealed class ColumnMatrix
{
    private readonly TensorSpec _matrix;

    private ColumnMatrix(TensorSpec matrix, TensorSpec[] columns) => (_matrix, Columns) = (matrix, columns);

    /// <summary>The columns, in the matrix's order and of its data type.</summary>
    public IReadOnlyList<TensorSpec> Columns { get; }

    /// <summary>Whether the named columns of a registered signature are the columns of a model's only input.</summary>
    /// <param name="matrix">The model's input; of shape [n, k] and numbers.</param>
    /// <param name="named">The registered inputs.</param>
    /// <returns>Null where they are not: the model is called with its own input.</returns>
    public static ColumnMatrix? For(TensorSpec matrix, IReadOnlyList<TensorSpec> named)
    {
        if (matrix.Shape.Count != 2 || matrix.Datatype is "BYTES" or "BOOL" || named.Count == 0) return null;
        if (matrix.Shape[1] >= 0 ? matrix.Shape[1] != named.Count : named.Count == 1) return null;
        if (named.Any(c => c.Datatype == "BYTES" || c.Name == matrix.Name || c.Shape.Count > 2 || (c.Shape.Count == 2 && c.Shape[1] != 1))) return null;
        return new(matrix, [.. named.Select(c => c with { Datatype = matrix.Datatype, Shape = [-1] })]);
    }

    /// <summary>The matrix of columns that are of the matrix's data type; a float column that is left out is missing in every row.</summary>
    /// <param name="columns">The columns, in any order.</param>
    public Tensor Stack(IReadOnlyList<Tensor> columns) => _matrix.Datatype switch
    {
        "FP32" => Stack<float>(columns, float.NaN),
        "FP64" => Stack<double>(columns, double.NaN),
        "FP16" => Stack<Half>(columns, Half.NaN),
        "INT64" => Stack<long>(columns, null),
        "INT32" => Stack<int>(columns, null),
        "INT16" => Stack<short>(columns, null),
        "INT8" => Stack<sbyte>(columns, null),
        "UINT64" => Stack<ulong>(columns, null),
        "UINT32" => Stack<uint>(columns, null),
        "UINT16" => Stack<ushort>(columns, null),
        "UINT8" => Stack<byte>(columns, null),
        _ => throw new NotSupportedException(_matrix.Datatype),
    };

    private Tensor<T> Stack<T>(IReadOnlyList<Tensor> columns, T? missing) where T : struct
    {
        var rows = columns.Count == 0 ? 0 : columns[0].Rows;
        var width = Columns.Count;
        var values = new T[rows * width];
        for (var c = 0; c < width; c++)
        {
            var name = Columns[c].Name;
            // Most callers keep the order.
            var column = (c < columns.Count && columns[c].Name == name ? columns[c] : columns.FirstOrDefault(t => t.Name == name)) as Tensor<T>;
            if (column is null && missing is null) throw new ModelException($"The input '{name}' is missing.");
            for (var r = 0; r < rows; r++) values[(r * width) + c] = column is null ? missing!.Value : column.Values[r];
        }
        return new Tensor<T>(_matrix.Name, values, [rows, width]);
    }
}
