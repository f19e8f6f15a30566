using System.Numerics;
using Dowel.Contracts;
using Dowel.Kernel.Ports;
using Dowel.Kernel.Tensors;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace Dowel.Adapters.MlNet;

/// <summary>One column that the model reads: takes a tensor of any fitting type and hands out its values.</summary>
internal abstract class InputColumn(string name, Delegate getter)
{
    public string Name { get; } = name;

    /// <summary>A <see cref="ValueGetter{T}"/> of the column's own type.</summary>
    public Delegate Getter { get; } = getter;

    /// <summary>Takes the values of a request; throws <see cref="InputException"/> where they do not fit.</summary>
    public abstract void Bind(Tensor tensor, int rows);

    /// <summary>Lets go of them.</summary>
    public abstract void Release();

    public static bool Supports(DataViewSchema.Column column) => ColumnTypes.DatatypeOf(column.Type) is not null && ColumnTypes.WidthOf(column.Type) is not 0;

    public static TensorSpec Spec(DataViewSchema.Column column, bool optional) => Supports(column)
        ? new TensorSpec { Name = column.Name, Datatype = ColumnTypes.DatatypeOf(column.Type)!, Shape = ColumnTypes.ShapeOf(column.Type), Optional = optional }
        : throw new ModelException($"The model reads the column '{column.Name}' of type {column.Type}, which cannot be sent as a tensor.");

    public static InputColumn Of(DataViewSchema.Column column, InputCursor cursor)
    {
        var raw = ColumnTypes.ItemOf(column.Type).RawType;
        var width = ColumnTypes.WidthOf(column.Type);
        return raw switch
        {
            _ when raw == typeof(float) => Number<float>(),
            _ when raw == typeof(double) => Number<double>(),
            _ when raw == typeof(sbyte) => Number<sbyte>(),
            _ when raw == typeof(short) => Number<short>(),
            _ when raw == typeof(int) => Number<int>(),
            _ when raw == typeof(long) => Number<long>(),
            _ when raw == typeof(byte) => Number<byte>(),
            _ when raw == typeof(ushort) => Number<ushort>(),
            _ when raw == typeof(uint) => Number<uint>(),
            _ when raw == typeof(ulong) => Number<ulong>(),
            _ when raw == typeof(bool) => new InputColumn<bool>(column.Name, width, cursor, TensorCast.ToBooleans),
            _ when raw == typeof(ReadOnlyMemory<char>) => new InputColumn<ReadOnlyMemory<char>>(column.Name, width, cursor, TensorCast.ToText),
            _ => throw new ModelException($"The model reads the column '{column.Name}' of type {column.Type}, which cannot be sent as a tensor."),
        };

        InputColumn Number<T>() where T : unmanaged, INumber<T> => new InputColumn<T>(column.Name, width, cursor, TensorCast.ToNumbers<T>);
    }
}

/// <summary>An input column of one element type; a width of null is a scalar.</summary>
internal sealed class InputColumn<T> : InputColumn
{
    private readonly int width;
    private readonly Cast<T> cast;
    private readonly Values values;

    public InputColumn(string name, int? width, InputCursor cursor, Cast<T> cast) : this(name, width, cast, new Values(cursor, width ?? 1)) { }

    private InputColumn(string name, int? width, Cast<T> cast, Values values) : base(name, width is null ? (ValueGetter<T>)values.Scalar : (ValueGetter<VBuffer<T>>)values.Vector) =>
        (this.width, this.cast, this.values) = (width ?? 1, cast, values);

    public override void Bind(Tensor tensor, int rows)
    {
        if (tensor.Count != (long)rows * width)
            throw new InputException($"Input '{Name}' has {tensor.Count} values in {rows} rows; the model takes {width} a row.");
        values.Items = cast(tensor);
    }

    public override void Release() => values.Items = [];

    private sealed class Values(InputCursor cursor, int width)
    {
        public T[] Items = [];

        public void Scalar(ref T value) => value = Items[cursor.Row];

        public void Vector(ref VBuffer<T> value)
        {
            var editor = VBufferEditor.Create(ref value, width);
            Items.AsSpan(cursor.Row * width, width).CopyTo(editor.Values);
            value = editor.Commit();
        }
    }
}
