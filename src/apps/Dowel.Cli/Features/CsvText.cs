using System.Text;
using Dowel.Contracts;

namespace Dowel.Cli.Features;

/// <summary>Writes a table as CSV (RFC 4180).</summary>
internal static class CsvText
{
    public static byte[] Of(TableData table)
    {
        var text = new StringBuilder();
        text.AppendJoin(',', table.Columns.Select(c => Quote(c.Name))).Append('\n');
        foreach (var row in table.Rows) text.AppendJoin(',', row.Select(v => Quote(Plain(v)))).Append('\n');
        return Encoding.UTF8.GetBytes(text.ToString());
    }

    private static string Plain(object? value) => value switch
    {
        double d => d.ToString("R", System.Globalization.CultureInfo.InvariantCulture),
        string s => s,
        _ => Cell.Of(value),
    };

    private static string Quote(string value) => value.AsSpan().IndexOfAny(",\"\r\n") < 0 ? value : $"\"{value.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";
}
