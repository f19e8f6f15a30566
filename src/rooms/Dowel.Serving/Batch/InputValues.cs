using Dowel.Kernel.Results;
using Dowel.Kernel.Tensors;
using DuckDB.NET.Data;

namespace Dowel.Serving.Batch;

/// <summary>The values of one input in a chunk, of which tensors of any run of rows are made.</summary>
internal abstract class InputValues
{
    public abstract void Add(DuckDBDataReader reader, int column);

    public abstract Result<Tensor> Take(string name, int from, int count);

    public static InputValues Of(InputKind kind) => kind switch
    {
        InputKind.Boolean => new Plain<bool>(static (r, c) => r.GetBoolean(c), static v => v ? 1 : 0),
        InputKind.Integer => new Plain<long>(static (r, c) => r.GetInt64(c), static v => v),
        InputKind.Unsigned => new Plain<ulong>(static (r, c) => r.GetFieldValue<ulong>(c), static v => v),
        InputKind.Single => new Plain<float>(static (r, c) => r.GetFloat(c), static v => v),
        InputKind.Double => new Plain<double>(static (r, c) => r.GetDouble(c), static v => v),
        InputKind.Vector => new Vectors(),
        _ => new Texts(),
    };

    /// <summary>Numbers and truth values. A missing one is NaN, which makes a column of floats of those that have none, as in features that are joined.</summary>
    private sealed class Plain<T>(Func<DuckDBDataReader, int, T> read, Func<T, double> number) : InputValues where T : struct
    {
        private readonly List<T?> _values = [];

        public override void Add(DuckDBDataReader reader, int column) => _values.Add(reader.IsDBNull(column) ? null : read(reader, column));

        public override Result<Tensor> Take(string name, int from, int count)
        {
            var some = _values.GetRange(from, count);
            if (typeof(T) == typeof(float)) return Tensor.Of(name, some.ConvertAll(v => v is { } value ? (float)number(value) : float.NaN).ToArray(), count);
            return some.Exists(v => v is null)
                ? Tensor.Of(name, some.ConvertAll(v => v is { } value ? number(value) : double.NaN).ToArray(), count)
                : Tensor.Of(name, some.ConvertAll(v => v!.Value).ToArray(), count);
        }
    }

    private sealed class Texts : InputValues
    {
        private readonly List<string?> _values = [];

        public override void Add(DuckDBDataReader reader, int column) => _values.Add(reader.IsDBNull(column) ? null : reader.GetString(column));

        public override Result<Tensor> Take(string name, int from, int count) => Tensor.Of(name, _values.GetRange(from, count).ConvertAll(v => v!).ToArray(), count);
    }

    private sealed class Vectors : InputValues
    {
        private readonly List<List<double>?> _values = [];

        public override void Add(DuckDBDataReader reader, int column) => _values.Add(reader.IsDBNull(column) ? null : reader.GetFieldValue<List<double>>(column));

        public override Result<Tensor> Take(string name, int from, int count)
        {
            var width = _values[from]?.Count ?? 0;
            var values = new List<double>(count * width);
            for (var row = from; row < from + count; row++)
            {
                if (_values[row] is not { } list) return Failure.Invalid($"inputs.{name}", null, "a list of numbers");
                if (list.Count != width) return Failure.Invalid($"inputs.{name}", $"{list.Count} numbers", $"{width} numbers, as in the row before");
                values.AddRange(list);
            }
            return Tensor.Of(name, values.ToArray(), count, width);
        }
    }
}
