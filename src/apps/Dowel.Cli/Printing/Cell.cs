using System.Globalization;
using System.Text;
using System.Text.Json;

namespace Dowel.Cli;

/// <summary>Values as text for people.</summary>
internal static class Cell
{
    public static string Of(object? value) => value switch
    {
        null => "",
        string s => Clean(s),
        bool b => b ? "true" : "false",
        double d => Number(d),
        float f => Number(f),
        DateTimeOffset at => at.UtcDateTime.ToString("yyyy-MM-dd HH:mm:ss'Z'", CultureInfo.InvariantCulture),
        Enum e => char.ToLowerInvariant(e.ToString()[0]) + e.ToString()[1..],
        IFormattable f => f.ToString(null, CultureInfo.InvariantCulture),
        _ => Clean(JsonSerializer.Serialize(value, Output.Json)),
    };

    public static string Number(double value) => value switch
    {
        _ when double.IsNaN(value) => "NaN",
        _ when double.IsInteger(value) && Math.Abs(value) < 1e15 => value.ToString("0", CultureInfo.InvariantCulture),
        _ => value.ToString("G6", CultureInfo.InvariantCulture),
    };

    /// <summary>Milliseconds to the microsecond, of which no clock here knows more.</summary>
    public static string Milliseconds(double value) => value.ToString("0.000", CultureInfo.InvariantCulture);

    public static string Bytes(long? bytes) => bytes switch
    {
        null => "",
        < 1000 => $"{bytes} B",
        < 1_000_000 => (bytes.Value / 1e3).ToString("0.0", CultureInfo.InvariantCulture) + " kB",
        < 1_000_000_000 => (bytes.Value / 1e6).ToString("0.0", CultureInfo.InvariantCulture) + " MB",
        _ => (bytes.Value / 1e9).ToString("0.0", CultureInfo.InvariantCulture) + " GB",
    };

    public static string Pairs<T>(IReadOnlyDictionary<string, T> pairs) => string.Join(", ", pairs.OrderBy(p => p.Key, StringComparer.Ordinal).Select(p => $"{Clean(p.Key)}={Of(p.Value)}"));

    /// <summary>Values come from anybody: no control character reaches the terminal.</summary>
    public static string Clean(string text)
    {
        if (!text.Any(char.IsControl)) return text;
        var clean = new StringBuilder(text.Length);
        foreach (var c in text) clean.Append(c is '\n' or '\r' or '\t' ? ' ' : char.IsControl(c) ? '�' : c);
        return clean.ToString();
    }
}
