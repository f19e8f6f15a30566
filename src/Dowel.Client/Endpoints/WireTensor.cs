using Dowel.Contracts;

namespace Dowel.Client;

/// <summary>A tensor of the Open Inference Protocol, its data flat.</summary>
internal sealed record WireTensor(string Name, string Datatype, long[] Shape, object?[] Data)
{
    public static WireTensor Of(string name, Array values)
    {
        ArgumentNullException.ThrowIfNull(values);
        var shape = new long[values.Rank];
        for (var i = 0; i < shape.Length; i++) shape[i] = values.GetLongLength(i);
        var data = new object?[values.LongLength];
        var at = 0;
        // The protocol has no word for NaN; a number that is missing is null.
        foreach (var value in values) data[at++] = value is double.NaN or float.NaN ? null : value;
        var type = DatatypeOf(values.GetType().GetElementType()!) ?? Guess(name, data);
        return new WireTensor(name, type, shape, data);
    }

    private static string? DatatypeOf(Type element) => element switch
    {
        _ when element == typeof(bool) || element == typeof(bool?) => "BOOL",
        _ when element == typeof(sbyte) => "INT8",
        _ when element == typeof(short) => "INT16",
        _ when element == typeof(int) || element == typeof(int?) => "INT32",
        _ when element == typeof(long) || element == typeof(long?) => "INT64",
        _ when element == typeof(byte) => "UINT8",
        _ when element == typeof(ushort) => "UINT16",
        _ when element == typeof(uint) => "UINT32",
        _ when element == typeof(ulong) => "UINT64",
        _ when element == typeof(float) || element == typeof(float?) => "FP32",
        _ when element == typeof(double) || element == typeof(double?) => "FP64",
        _ when element == typeof(string) => "BYTES",
        _ => null,
    };

    /// <summary>The widest type among values of unknown type; nulls count for nothing.</summary>
    private static string Guess(string name, object?[] data)
    {
        var types = data.Where(v => v is not null).Select(v => DatatypeOf(v!.GetType())).Distinct().ToArray();
        if (types.Length == 0) return "FP64";
        if (types.Length == 1 && types[0] is { } only) return only;
        if (types.All(t => t is not null && t.Contains("INT", StringComparison.Ordinal))) return "INT64";
        if (types.All(t => t is not null && t is not ("BYTES" or "BOOL"))) return "FP64";
        throw DowelException.Of(ErrorCodes.Invalid, $"The values of input '{name}' are of types that do not go together; give numbers, strings or booleans.");
    }
}
