using System.Numerics;
using System.Text.Json;
using DuckDB.NET.Data;

namespace Dowel.Tables.Queries;

/// <summary>
/// Brings a relation's values into what JSON can say. Most of it is done by DuckDB, in the SELECT list: the driver does not read
/// every type, nor nulls within lists.
/// </summary>
internal static class ResultReader
{
    private const int MaxTextBytes = 1_000_000;

    /// <summary>The columns and the SELECT list that reads them.</summary>
    public static (List<QueryColumn> Columns, string SelectList) Plan(IReadOnlyList<(string Name, string Type)> types) =>
        ([.. types.Select(t => new QueryColumn(t.Name, ColumnTypes.FromDuckDb(t.Type)))], string.Join(", ", types.Select(t => Expression(Duck.Identifier(t.Name), t.Type))));

    /// <summary>Reads one row; <paramref name="weight"/> grows by about what it weighs.</summary>
    public static object?[] Read(DuckDBDataReader reader, IReadOnlyList<QueryColumn> columns, ref long weight)
    {
        var row = new object?[columns.Count];
        for (var i = 0; i < row.Length; i++)
        {
            var value = reader.IsDBNull(i) ? null : Convert(reader.GetValue(i), columns[i].Type);
            // JSON takes a few times its length once it is parsed.
            weight += value is string text ? 24 + text.Length : value is JsonElement json ? 24 + (4L * json.GetRawText().Length) : 16;
            row[i] = value;
        }
        return row;
    }

    private static string Expression(string column, string duckType)
    {
        var type = ColumnTypes.FromDuckDb(duckType);
        return type switch
        {
            ColumnTypes.Boolean or ColumnTypes.Int8 or ColumnTypes.Int16 or ColumnTypes.Int32 or ColumnTypes.Int64
                or ColumnTypes.UInt8 or ColumnTypes.UInt16 or ColumnTypes.UInt32 or ColumnTypes.UInt64
                or ColumnTypes.Float32 or ColumnTypes.Float64 => column,
            ColumnTypes.BigInt when duckType is "HUGEINT" or "UHUGEINT" => column,
            ColumnTypes.Decimal when DecimalWidth(duckType) <= 28 => column,
            ColumnTypes.List or ColumnTypes.Struct or ColumnTypes.Map => Shortened($"CAST(to_json({column}) AS VARCHAR)"),
            ColumnTypes.Binary => Shortened($"to_base64({column})"),
            ColumnTypes.TimestampUtc => $"CAST(timezone('UTC', {column}) AS VARCHAR)",
            _ => Shortened($"CAST({column} AS VARCHAR)"),
        };
    }

    private static string Shortened(string text) => $"CASE WHEN strlen({text}) > {MaxTextBytes} THEN left({text}, {MaxTextBytes}) || '…' ELSE {text} END";

    private static int DecimalWidth(string duckType) =>
        int.TryParse(duckType.AsSpan(8, Math.Max(0, duckType.IndexOf(',', StringComparison.Ordinal) - 8)), out var width) ? width : int.MaxValue;

    private static object Convert(object value, string type) => value switch
    {
        float f when !float.IsFinite(f) => NotFinite(f),
        double d when !double.IsFinite(d) => NotFinite(d),
        BigInteger big => big >= long.MinValue && big <= long.MaxValue ? (long)big : big.ToString(),
        string text => type switch
        {
            ColumnTypes.Timestamp => Iso(text, ""),
            ColumnTypes.TimestampUtc => Iso(text, "Z"),
            ColumnTypes.List or ColumnTypes.Struct or ColumnTypes.Map or ColumnTypes.Json => Json(text),
            _ => text,
        },
        _ => value,
    };

    private static string NotFinite(double value) => double.IsNaN(value) ? "NaN" : value > 0 ? "Infinity" : "-Infinity";

    /// <summary>"2020-01-02 03:04:05" as "2020-01-02T03:04:05"; "infinity" stays.</summary>
    private static string Iso(string text, string zone)
    {
        var space = text.IndexOf(' ', StringComparison.Ordinal);
        return space < 0 ? text : string.Concat(text.AsSpan(0, space), "T", text.AsSpan(space + 1), zone);
    }

    private static object Json(string text)
    {
        try
        {
            using var document = JsonDocument.Parse(text);
            return document.RootElement.Clone();
        }
        catch (JsonException)
        {
            // NaN within a list, or nested past what a client would read.
            return text;
        }
    }
}
