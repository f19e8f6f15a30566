using System.Collections.Frozen;

namespace Dowel.Kernel.Tensors;

/// <summary>
/// A named n-dimensional array in row-major order: the one internal form of inputs and outputs, whatever the protocol and the runtime.
/// The first dimension is the batch. Types are those of the Open Inference Protocol v2.
/// </summary>
public abstract class Tensor
{
    private protected Tensor(string name, string datatype, long[] shape) => (Name, Datatype, Shape) = (name, datatype, shape);

    /// <summary>Name.</summary>
    public string Name { get; }
    /// <summary>Open Inference Protocol data type, such as <c>FP32</c>.</summary>
    public string Datatype { get; }
    /// <summary>Sizes of the dimensions.</summary>
    public long[] Shape { get; }
    /// <summary>Number of elements.</summary>
    public abstract int Count { get; }
    /// <summary>Rows: the size of the first dimension; 1 for a scalar.</summary>
    public int Rows => Shape.Length == 0 ? 1 : (int)Shape[0];
    /// <summary>The element as an object; for encoders and logs, not for the hot path.</summary>
    public abstract object? this[int index] { get; }
    /// <summary>The same values under another name.</summary>
    public abstract Tensor Rename(string name);

    /// <summary>Makes one of values whose type fits a data type.</summary>
    /// <typeparam name="T">bool, sbyte, short, int, long, byte, ushort, uint, ulong, Half, float, double or string.</typeparam>
    public static Tensor<T> Of<T>(string name, T[] values, params long[] shape) => new(name, values, shape.Length == 0 ? [values.Length] : shape);
}

/// <summary>A tensor of one element type.</summary>
/// <typeparam name="T">bool, sbyte, short, int, long, byte, ushort, uint, ulong, Half, float, double or string (BYTES, UTF-8 text; null for a missing value).</typeparam>
public sealed class Tensor<T>(string name, T[] values, long[] shape) : Tensor(name, Datatypes.Of<T>(), shape)
{
    /// <summary>The values in row-major order.</summary>
    public T[] Values { get; } = values;
    /// <inheritdoc/>
    public override int Count => Values.Length;
    /// <inheritdoc/>
    public override object? this[int index] => Values[index];
    /// <inheritdoc/>
    public override Tensor Rename(string name) => new Tensor<T>(name, Values, Shape);
}

/// <summary>The data types of the Open Inference Protocol v2 and their .NET types.</summary>
public static class Datatypes
{
    private static readonly FrozenDictionary<string, Type> ByName = new Dictionary<string, Type>
    {
        ["BOOL"] = typeof(bool),
        ["INT8"] = typeof(sbyte),
        ["INT16"] = typeof(short),
        ["INT32"] = typeof(int),
        ["INT64"] = typeof(long),
        ["UINT8"] = typeof(byte),
        ["UINT16"] = typeof(ushort),
        ["UINT32"] = typeof(uint),
        ["UINT64"] = typeof(ulong),
        ["FP16"] = typeof(Half),
        ["FP32"] = typeof(float),
        ["FP64"] = typeof(double),
        ["BYTES"] = typeof(string),
    }.ToFrozenDictionary();
    private static readonly FrozenDictionary<Type, string> ByType = ByName.ToFrozenDictionary(p => p.Value, p => p.Key);

    /// <summary>All names.</summary>
    public static IReadOnlyCollection<string> All => ByName.Keys;

    /// <summary>The .NET type, or null for an unknown name.</summary>
    public static Type? TypeOf(string datatype) => ByName.GetValueOrDefault(datatype);

    /// <summary>The data type of a .NET type.</summary>
    public static string Of<T>() => Cache<T>.Name;

    private static class Cache<T>
    {
        public static readonly string Name = ByType.GetValueOrDefault(typeof(T)) ?? throw new NotSupportedException($"{typeof(T)} is no tensor element type.");
    }
}
