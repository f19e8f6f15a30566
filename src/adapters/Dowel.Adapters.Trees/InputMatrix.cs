using Dowel.Contracts;
using Dowel.Kernel.Ports;
using Dowel.Kernel.Tensors;

namespace Dowel.Adapters.Trees;

/// <summary>What a model of k features is called with, and the rows that come of it. A missing value is NaN.</summary>
internal sealed class InputMatrix
{
    private readonly TensorSpec _matrix;
    private readonly ColumnMatrix? _columns;
    private readonly int _width;

    private InputMatrix(TensorSpec matrix, ColumnMatrix? columns, int width) => (_matrix, _columns, _width) = (matrix, columns, width);

    public IReadOnlyList<TensorSpec> Inputs => _columns?.Columns ?? [_matrix];

    /// <summary>Columns of the model's own names, or of those of the registered signature where the model has none; else one matrix.</summary>
    /// <param name="width">Features of the model.</param>
    /// <param name="names">Their names; null where it has no real ones.</param>
    /// <param name="registered">The registered signature.</param>
    public static InputMatrix Create(int width, IReadOnlyList<string>? names, ModelSignature? registered)
    {
        // Whoever registered one matrix calls it with one.
        var given = registered?.Inputs is [{ Shape: [_, var size] } only] && (size < 0 || size == width) && only.Name.Length > 0 && names?.Contains(only.Name) != true ? only : null;
        var matrix = new TensorSpec { Name = given?.Name ?? "input", Datatype = "FP64", Shape = [-1, width] };
        if (given is not null) return new(matrix, null, width);
        if (names is null || names.Distinct().Count() != width || names.Any(string.IsNullOrWhiteSpace)) return new(matrix, registered is null ? null : ColumnMatrix.For(matrix, registered.Inputs), width);
        var own = names.Select(n => (registered?.Inputs.FirstOrDefault(i => i.Name == n) ?? new TensorSpec { Name = n }) with { Datatype = "FP64", Shape = [-1] }).ToList();
        // A name that no column has: the matrix is not seen from outside.
        return new(matrix, ColumnMatrix.For(matrix with { Name = "" }, own), width);
    }

    /// <summary>All values in row-major order.</summary>
    public double[] Read(IReadOnlyList<Tensor> inputs, out int rows)
    {
        if (inputs.Count == 0) throw new ModelException($"The input '{Inputs[0].Name}' is missing.");
        var tensor = _columns is not null ? _columns.Stack(inputs) : inputs.FirstOrDefault(t => t.Name == _matrix.Name) ?? throw new ModelException($"The input '{_matrix.Name}' is missing.");
        rows = tensor.Rows;
        if (tensor is not Tensor<double> { Values: var values } || values.Length != (long)rows * _width)
            throw new ModelException($"The input '{tensor.Name}' is {tensor.Datatype} of shape [{string.Join(", ", tensor.Shape)}]; the model takes FP64 of shape [-1, {_width}].");
        return values;
    }
}
