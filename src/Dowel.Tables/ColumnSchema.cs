namespace Dowel.Tables;

/// <summary>A column of a table.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Type">Its type, one of <see cref="ColumnTypes"/>.</param>
/// <param name="Nullable">Whether it holds, or may hold, missing values.</param>
public sealed record ColumnSchema(string Name, string Type, bool Nullable);

/// <summary>Dowel's names for column types: few, the same in every room and in the API.</summary>
public static class ColumnTypes
{
    /// <summary>True or false.</summary>
    public const string Boolean = "boolean";
    /// <summary>Signed, 8 bits.</summary>
    public const string Int8 = "int8";
    /// <summary>Signed, 16 bits.</summary>
    public const string Int16 = "int16";
    /// <summary>Signed, 32 bits.</summary>
    public const string Int32 = "int32";
    /// <summary>Signed, 64 bits.</summary>
    public const string Int64 = "int64";
    /// <summary>Unsigned, 8 bits.</summary>
    public const string UInt8 = "uint8";
    /// <summary>Unsigned, 16 bits.</summary>
    public const string UInt16 = "uint16";
    /// <summary>Unsigned, 32 bits.</summary>
    public const string UInt32 = "uint32";
    /// <summary>Unsigned, 64 bits.</summary>
    public const string UInt64 = "uint64";
    /// <summary>A whole number of more than 64 bits.</summary>
    public const string BigInt = "bigint";
    /// <summary>Floating point, 32 bits.</summary>
    public const string Float32 = "float32";
    /// <summary>Floating point, 64 bits.</summary>
    public const string Float64 = "float64";
    /// <summary>A decimal number of fixed precision.</summary>
    public const string Decimal = "decimal";
    /// <summary>Text.</summary>
    public const string String = "string";
    /// <summary>A calendar day.</summary>
    public const string Date = "date";
    /// <summary>A time of day.</summary>
    public const string Time = "time";
    /// <summary>A date and time without a zone; Dowel reads it as UTC.</summary>
    public const string Timestamp = "timestamp";
    /// <summary>An instant.</summary>
    public const string TimestampUtc = "timestamp_utc";
    /// <summary>A span of time.</summary>
    public const string Interval = "interval";
    /// <summary>Bytes.</summary>
    public const string Binary = "binary";
    /// <summary>A UUID.</summary>
    public const string Uuid = "uuid";
    /// <summary>A JSON document.</summary>
    public const string Json = "json";
    /// <summary>A list of values.</summary>
    public const string List = "list";
    /// <summary>A record of named values.</summary>
    public const string Struct = "struct";
    /// <summary>A dictionary.</summary>
    public const string Map = "map";
    /// <summary>Anything else.</summary>
    public const string Other = "other";

    private static readonly Dictionary<string, (string Duck, string[] Also)> Known = new(StringComparer.Ordinal)
    {
        [Boolean] = ("BOOLEAN", []),
        [Int8] = ("TINYINT", []),
        [Int16] = ("SMALLINT", []),
        [Int32] = ("INTEGER", []),
        [Int64] = ("BIGINT", []),
        [UInt8] = ("UTINYINT", []),
        [UInt16] = ("USMALLINT", []),
        [UInt32] = ("UINTEGER", []),
        [UInt64] = ("UBIGINT", []),
        [BigInt] = ("HUGEINT", ["UHUGEINT", "BIGNUM"]),
        [Float32] = ("FLOAT", []),
        [Float64] = ("DOUBLE", []),
        [Decimal] = ("DECIMAL(38, 9)", []),
        [String] = ("VARCHAR", []),
        [Date] = ("DATE", []),
        [Time] = ("TIME", ["TIME_NS", "TIME WITH TIME ZONE"]),
        [Timestamp] = ("TIMESTAMP", ["TIMESTAMP_S", "TIMESTAMP_MS", "TIMESTAMP_NS"]),
        [TimestampUtc] = ("TIMESTAMP WITH TIME ZONE", ["TIMESTAMPTZ"]),
        [Interval] = ("INTERVAL", []),
        [Binary] = ("BLOB", []),
        [Uuid] = ("UUID", []),
        [Json] = ("JSON", []),
    };

    private static readonly Dictionary<string, string> ByDuckName = Known
        .SelectMany(k => k.Value.Also.Prepend(k.Value.Duck).Select(d => (Duck: d, Dowel: k.Key)))
        .ToDictionary(p => p.Duck, p => p.Dowel, StringComparer.OrdinalIgnoreCase);

    private static readonly HashSet<string> Numbers = [Int8, Int16, Int32, Int64, UInt8, UInt16, UInt32, UInt64, BigInt, Float32, Float64, Decimal];

    /// <summary>Whether values of the type can be added and averaged.</summary>
    /// <param name="type">A type of this vocabulary.</param>
    public static bool IsNumeric(string type) => Numbers.Contains(type);

    /// <summary>Whether the type is a day or a point in time.</summary>
    /// <param name="type">A type of this vocabulary.</param>
    public static bool IsTemporal(string type) => type is Date or Timestamp or TimestampUtc;

    /// <summary>Dowel's name for a DuckDB type, such as <c>BIGINT</c>.</summary>
    /// <param name="duckType">The type as DuckDB prints it.</param>
    public static string FromDuckDb(string duckType)
    {
        if (ByDuckName.TryGetValue(duckType, out var type)) return type;
        if (duckType.EndsWith(']')) return List;
        if (duckType.StartsWith("DECIMAL", StringComparison.OrdinalIgnoreCase)) return Decimal;
        if (duckType.StartsWith("ENUM", StringComparison.OrdinalIgnoreCase)) return String;
        if (duckType.StartsWith("STRUCT", StringComparison.OrdinalIgnoreCase)) return Struct;
        if (duckType.StartsWith("MAP", StringComparison.OrdinalIgnoreCase)) return Map;
        return Other;
    }

    /// <summary>How many lists and records lie around the innermost value of a DuckDB type: 0 for <c>BIGINT</c>, 2 for <c>STRUCT(a BIGINT[])</c>.</summary>
    internal static int Depth(string duckType)
    {
        // From the end, where the brackets of a list come before what is in it.
        var (depth, deepest, lists) = (0, 0, 0);
        var around = new Stack<int>();
        for (var i = duckType.Length - 1; i >= 0; i--)
        {
            switch (duckType[i])
            {
                case '"' or '\'':
                    i = i == 0 ? 0 : duckType.LastIndexOf(duckType[i], i - 1);
                    break;
                case ']':
                    deepest = Math.Max(deepest, depth + ++lists);
                    break;
                case ')':
                    around.Push(lists + 1);
                    depth += lists + 1;
                    deepest = Math.Max(deepest, depth);
                    lists = 0;
                    break;
                case '(':
                    depth -= around.Pop();
                    lists = 0;
                    break;
                case ',':
                    lists = 0;
                    break;
            }
        }
        return deepest;
    }

    /// <summary>The DuckDB type of a scalar type of this vocabulary; null for lists, records and what is unknown.</summary>
    /// <param name="type">A type of this vocabulary.</param>
    public static string? ToDuckDb(string type) => Known.TryGetValue(type, out var known) ? known.Duck : null;
}
