using System.Text.Json;

namespace Dowel.Web.Pages.Experiments;

/// <summary>Tables in JSON: as MLflow's <c>log_table</c> writes them (<c>{"columns": […], "data": [[…]]}</c>), or a list of objects.</summary>
internal static class JsonTable
{
    public static (TableData Table, bool Cut)? TryRead(string json, int mostRows)
    {
        try
        {
            using var document = JsonDocument.Parse(json);
            var root = document.RootElement;
            if (root.ValueKind == JsonValueKind.Object && root.TryGetProperty("columns", out var columns) && root.TryGetProperty("data", out var data)
                && columns.ValueKind == JsonValueKind.Array && data.ValueKind == JsonValueKind.Array && data.EnumerateArray().All(r => r.ValueKind == JsonValueKind.Array))
                return Of([.. columns.EnumerateArray().Select(c => c.ToString())], data.EnumerateArray().Take(mostRows).Select(r => r.EnumerateArray().Select(Value).ToArray()), data.GetArrayLength() > mostRows);
            if (root.ValueKind != JsonValueKind.Array || root.GetArrayLength() == 0 || !root.EnumerateArray().All(r => r.ValueKind == JsonValueKind.Object)) return null;
            var names = root.EnumerateArray().Take(mostRows).SelectMany(r => r.EnumerateObject().Select(p => p.Name)).Distinct().ToList();
            return Of(names, root.EnumerateArray().Take(mostRows).Select(r => names.Select(n => r.TryGetProperty(n, out var v) ? Value(v) : null).ToArray()), root.GetArrayLength() > mostRows);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static (TableData, bool) Of(List<string> names, IEnumerable<object?[]> values, bool cut)
    {
        var rows = values.ToList();
        return (new TableData { Columns = [.. names.Select((n, i) => new ColumnInfo(n, rows.Count > 0 && rows.All(r => i >= r.Length || r[i] is null or double or long) ? "float64" : "string"))], Rows = rows }, cut);
    }

    private static object? Value(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Null => null,
        JsonValueKind.Number => value.TryGetInt64(out var whole) ? (object)whole : value.GetDouble(),
        JsonValueKind.String => value.GetString(),
        JsonValueKind.True or JsonValueKind.False => value.GetBoolean(),
        _ => value.GetRawText(),
    };
}
