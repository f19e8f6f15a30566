using System.Text.Json;

namespace Dowel.Tables.Queries;

/// <summary>Rows as JSON between worker and server; the types of the columns say what a value was.</summary>
internal static class ResultRows
{
    /// <summary>Lists and records nest as deep as <see cref="ResultReader"/> reads them, within a row of an array.</summary>
    private static readonly JsonReaderOptions Options = new() { MaxDepth = 64 + 2 };

    public static void Write(Utf8JsonWriter json, object?[] row)
    {
        json.WriteStartArray();
        foreach (var value in row)
        {
            switch (value)
            {
                case null: json.WriteNullValue(); break;
                case bool b: json.WriteBooleanValue(b); break;
                case string s: json.WriteStringValue(s); break;
                case JsonElement e: e.WriteTo(json); break;
                case float f: json.WriteNumberValue(f); break;
                case double d: json.WriteNumberValue(d); break;
                case decimal m: json.WriteNumberValue(m); break;
                case ulong u: json.WriteNumberValue(u); break;
                default: json.WriteNumberValue(Convert.ToInt64(value, null)); break;
            }
        }
        json.WriteEndArray();
    }

    public static void Read(ReadOnlySpan<byte> utf8, IReadOnlyList<QueryColumn> columns, List<object?[]> rows)
    {
        var json = new Utf8JsonReader(utf8, Options);
        json.Read();
        while (json.Read() && json.TokenType == JsonTokenType.StartArray)
        {
            var row = new object?[columns.Count];
            for (var i = 0; i < row.Length; i++)
            {
                json.Read();
                row[i] = Value(ref json, columns[i].Type);
            }
            json.Read();
            rows.Add(row);
        }
    }

    private static object? Value(ref Utf8JsonReader json, string type) => json.TokenType switch
    {
        JsonTokenType.Null => null,
        _ when type is ColumnTypes.List or ColumnTypes.Struct or ColumnTypes.Map or ColumnTypes.Json => JsonElement.ParseValue(ref json),
        JsonTokenType.String => json.GetString(),
        JsonTokenType.Number => type switch
        {
            ColumnTypes.Int8 => json.GetSByte(),
            ColumnTypes.Int16 => json.GetInt16(),
            ColumnTypes.Int32 => json.GetInt32(),
            ColumnTypes.UInt8 => json.GetByte(),
            ColumnTypes.UInt16 => json.GetUInt16(),
            ColumnTypes.UInt32 => json.GetUInt32(),
            ColumnTypes.UInt64 => json.GetUInt64(),
            ColumnTypes.Float32 => json.GetSingle(),
            ColumnTypes.Float64 => json.GetDouble(),
            ColumnTypes.Decimal => json.GetDecimal(),
            _ => json.GetInt64(),
        },
        _ => json.GetBoolean(),
    };
}
