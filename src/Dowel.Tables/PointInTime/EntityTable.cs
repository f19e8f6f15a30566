using System.Globalization;
using System.Text.Json;
using DuckDB.NET.Data;

namespace Dowel.Tables.PointInTime;

/// <summary>Makes a DuckDB table of rows in memory, with types inferred from the values.</summary>
internal static class EntityTable
{
    public static void Create(DuckDBConnection connection, string table, IReadOnlyList<string> columns, IReadOnlyList<object?[]> rows, CancellationToken ct)
    {
        var types = Enumerable.Range(0, columns.Count).Select(i => Infer(rows, i)).ToArray();
        connection.Execute($"CREATE TABLE {Duck.Identifier(table)} ({string.Join(", ", columns.Select((c, i) => $"{Duck.Identifier(c)} {types[i]}"))})");
        using var appender = connection.CreateAppender(table);
        foreach (var values in rows)
        {
            ct.ThrowIfCancellationRequested();
            var row = appender.CreateRow();
            for (var i = 0; i < types.Length; i++) Append(row, types[i], Plain(values[i]));
            row.EndRow();
        }
        appender.Close();
    }

    private static string Infer(IReadOnlyList<object?[]> rows, int column)
    {
        string? type = null;
        foreach (var row in rows)
        {
            var of = Plain(row[column]) switch
            {
                null => null,
                bool => "BOOLEAN",
                sbyte or byte or short or ushort or int or uint or long => "BIGINT",
                float or double or decimal or ulong => "DOUBLE",
                DateTime or DateTimeOffset => "TIMESTAMPTZ",
                DateOnly => "DATE",
                _ => "VARCHAR",
            };
            if (of is null || of == type) continue;
            type = type is null ? of : (type, of) is ("BIGINT", "DOUBLE") or ("DOUBLE", "BIGINT") ? "DOUBLE" : "VARCHAR";
        }
        return type ?? "VARCHAR";
    }

    private static void Append(IDuckDBAppenderRow row, string type, object? value)
    {
        if (value is null)
        {
            row.AppendNullValue();
            return;
        }
        switch (type)
        {
            case "BOOLEAN": row.AppendValue((bool)value); break;
            case "BIGINT": row.AppendValue(Convert.ToInt64(value, CultureInfo.InvariantCulture)); break;
            case "DOUBLE": row.AppendValue(Convert.ToDouble(value, CultureInfo.InvariantCulture)); break;
            case "DATE": row.AppendValue((DateOnly)value); break;
            case "TIMESTAMPTZ": row.AppendValue(Utc(value)); break;
            default: row.AppendValue(value is DateTime or DateTimeOffset ? Utc(value).ToString("O", CultureInfo.InvariantCulture) : Convert.ToString(value, CultureInfo.InvariantCulture)); break;
        }
    }

    /// <summary>A time without a zone is UTC.</summary>
    private static DateTime Utc(object value) => value is DateTimeOffset offset
        ? offset.UtcDateTime
        : (DateTime)value is { Kind: DateTimeKind.Local } local ? local.ToUniversalTime() : DateTime.SpecifyKind((DateTime)value, DateTimeKind.Utc);

    private static object? Plain(object? value) => value is not JsonElement json ? value : json.ValueKind switch
    {
        JsonValueKind.Null or JsonValueKind.Undefined => null,
        JsonValueKind.True => true,
        JsonValueKind.False => false,
        JsonValueKind.Number => json.TryGetInt64(out var whole) ? whole : json.GetDouble(),
        JsonValueKind.String => json.GetString(),
        _ => json.GetRawText(),
    };
}
