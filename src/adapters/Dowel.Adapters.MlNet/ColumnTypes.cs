using Microsoft.ML.Data;

namespace Dowel.Adapters.MlNet;

/// <summary>ML.NET's column types as data types and shapes of the Open Inference Protocol.</summary>
internal static class ColumnTypes
{
    public static DataViewType ItemOf(DataViewType type) => type is VectorDataViewType vector ? vector.ItemType : type;

    /// <summary>Elements a row: null for a scalar, 0 for a vector of unknown length.</summary>
    public static int? WidthOf(DataViewType type) => type is VectorDataViewType vector ? vector.Size : null;

    public static long[] ShapeOf(DataViewType type) => WidthOf(type) is { } width ? [-1, width] : [-1];

    /// <summary>The data type; null where there is none.</summary>
    public static string? DatatypeOf(DataViewType type)
    {
        var raw = ItemOf(type).RawType;
        return raw switch
        {
            _ when raw == typeof(float) => "FP32",
            _ when raw == typeof(double) => "FP64",
            _ when raw == typeof(bool) => "BOOL",
            _ when raw == typeof(sbyte) => "INT8",
            _ when raw == typeof(short) => "INT16",
            _ when raw == typeof(int) => "INT32",
            _ when raw == typeof(long) => "INT64",
            _ when raw == typeof(byte) => "UINT8",
            _ when raw == typeof(ushort) => "UINT16",
            _ when raw == typeof(uint) => "UINT32",
            _ when raw == typeof(ulong) => "UINT64",
            _ when raw == typeof(ReadOnlyMemory<char>) => "BYTES",
            _ => null,
        };
    }
}
