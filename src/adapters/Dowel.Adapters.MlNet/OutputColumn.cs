using Dowel.Contracts;
using Dowel.Kernel.Ports;
using Dowel.Kernel.Tensors;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace Dowel.Adapters.MlNet;

/// <summary>One column that the model answers, gathered row by row into a tensor.</summary>
internal abstract class OutputColumn
{
    /// <summary>ML.NET's name for the annotation with the values that keys stand for.</summary>
    private const string KeyValues = "KeyValues";

    public abstract void Begin(int rows);

    public abstract void Read(int row);

    public abstract Tensor End();

    public static bool Supports(DataViewSchema.Column column) => ColumnTypes.DatatypeOf(column.Type) is not null && ColumnTypes.WidthOf(column.Type) is not 0;

    public static TensorSpec Spec(DataViewSchema.Column column, OutputChoice choice)
    {
        if (!Supports(column)) throw new ModelException($"The output column '{column.Name}' of type {column.Type} cannot be answered as a tensor.");
        var names = KeyNames(column);
        return new TensorSpec
        {
            Name = choice.Name,
            Datatype = names is null ? ColumnTypes.DatatypeOf(column.Type)! : "BYTES",
            Shape = ColumnTypes.ShapeOf(column.Type),
            Values = names,
            Description = choice.Description,
        };
    }

    public static OutputColumn Bind(DataViewRow row, DataViewSchema.Column column, string name)
    {
        var raw = ColumnTypes.ItemOf(column.Type).RawType;
        if (KeyNames(column) is { } keys) return new Gathered<uint, string>(row, column, name, key => key == 0 || key > keys.Length ? null! : keys[key - 1]);
        return raw switch
        {
            _ when raw == typeof(float) => Same<float>(),
            _ when raw == typeof(double) => Same<double>(),
            _ when raw == typeof(bool) => Same<bool>(),
            _ when raw == typeof(sbyte) => Same<sbyte>(),
            _ when raw == typeof(short) => Same<short>(),
            _ when raw == typeof(int) => Same<int>(),
            _ when raw == typeof(long) => Same<long>(),
            _ when raw == typeof(byte) => Same<byte>(),
            _ when raw == typeof(ushort) => Same<ushort>(),
            _ when raw == typeof(uint) => Same<uint>(),
            _ when raw == typeof(ulong) => Same<ulong>(),
            _ when raw == typeof(ReadOnlyMemory<char>) => new Gathered<ReadOnlyMemory<char>, string>(row, column, name, text => text.ToString()),
            _ => throw new ModelException($"The output column '{column.Name}' of type {column.Type} cannot be answered as a tensor."),
        };

        OutputColumn Same<T>() => new Gathered<T, T>(row, column, name, null);
    }

    /// <summary>The texts behind a key column of 32 bits, such as the class names of a classifier.</summary>
    private static string[]? KeyNames(DataViewSchema.Column column)
    {
        if (column.Type is not KeyDataViewType key || key.RawType != typeof(uint)) return null;
        var annotation = column.Annotations.Schema.GetColumnOrNull(KeyValues);
        if (annotation is not { } values || values.Type is not VectorDataViewType { ItemType: TextDataViewType }) return null;
        VBuffer<ReadOnlyMemory<char>> names = default;
        column.Annotations.GetValue(KeyValues, ref names);
        return [.. names.DenseValues().Select(n => n.ToString())];
    }

    private sealed class Gathered<TColumn, TValue> : OutputColumn
    {
        private readonly string name;
        private readonly int? width;
        private readonly Func<TColumn, TValue>? change;
        private readonly ValueGetter<TColumn>? scalar;
        private readonly ValueGetter<VBuffer<TColumn>>? vector;
        private VBuffer<TColumn> rowValues;
        private TValue[] values = [];
        private int rows;

        public Gathered(DataViewRow row, DataViewSchema.Column column, string name, Func<TColumn, TValue>? change)
        {
            (this.name, this.change, width) = (name, change, ColumnTypes.WidthOf(column.Type));
            if (width is null) scalar = row.GetGetter<TColumn>(column);
            else vector = row.GetGetter<VBuffer<TColumn>>(column);
        }

        // A new array a request: it goes out with the answer.
        public override void Begin(int rows) => (this.rows, values) = (rows, new TValue[rows * (width ?? 1)]);

        public override void Read(int row)
        {
            if (scalar is not null)
            {
                if (change is null)
                {
                    scalar(ref ((TColumn[])(object)values)[row]);
                    return;
                }
                TColumn value = default!;
                scalar(ref value);
                values[row] = change(value);
                return;
            }
            vector!(ref rowValues);
            var at = row * width!.Value;
            if (rowValues.Length != width) throw new ModelException($"The model answered {rowValues.Length} values in '{name}' where its schema says {width}.");
            if (change is null) rowValues.CopyTo(((TColumn[])(object)values).AsSpan(at, rowValues.Length));
            else foreach (var value in rowValues.DenseValues()) values[at++] = change(value);
        }

        public override Tensor End()
        {
            var answer = values;
            values = [];
            return width is { } w ? Tensor.Of(name, answer, rows, w) : Tensor.Of(name, answer, rows);
        }
    }
}
