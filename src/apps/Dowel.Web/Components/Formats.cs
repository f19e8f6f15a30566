using System.Globalization;
using System.Text;
using System.Text.Json;

namespace Dowel.Web.Components;

/// <summary>Values as people read them. Always the same on every server: the invariant culture.</summary>
internal static class Formats
{
    private static readonly CultureInfo Culture = CultureInfo.InvariantCulture;
    private static readonly string[] ByteUnits = ["B", "KB", "MB", "GB", "TB"];

    /// <summary>A count with groups: 1,309.</summary>
    public static string Count(long value) => value.ToString("N0", Culture);

    /// <summary>A measurement with about four significant digits, without a useless tail.</summary>
    public static string Number(double? value) => value switch
    {
        null => "–",
        { } v when double.IsNaN(v) => "NaN",
        { } v when double.IsInfinity(v) => v > 0 ? "∞" : "−∞",
        0 => "0",
        { } v when Math.Abs(v) >= 1e7 || Math.Abs(v) < 1e-4 => v.ToString("0.###e0", Culture).Replace('-', '−'),
        { } v when Math.Abs(v) >= 1000 => Signed(Math.Round(v, 1).ToString("#,0.#", Culture)),
        { } v when Math.Abs(v) >= 10 => Signed(Math.Round(v, 2).ToString("0.##", Culture)),
        { } v => Signed(v.ToString("0.####", Culture)),
    };

    /// <summary>A share as per cent.</summary>
    public static string Percent(double? share) => share is { } v && double.IsFinite(v) ? (v * 100).ToString(v is >= 0.9995 or < 0.0005 || Math.Abs(v * 100 % 1) < 0.05 ? "0" : "0.0", Culture) + " %" : "–";

    /// <summary>A p-value: tiny ones as a bound.</summary>
    public static string PValue(double value) => double.IsNaN(value) ? "–" : value < 1e-4 ? "< 0.0001" : value.ToString("0.0000", Culture);

    /// <summary>A length of time in milliseconds.</summary>
    public static string Milliseconds(double? value) => value switch
    {
        null => "–",
        { } v when !double.IsFinite(v) => "–",
        { } v when v >= 60_000 => TimeSpan.FromMilliseconds(v).ToString(@"m\ \m\i\n\ s\ \s", Culture),
        { } v when v >= 1000 => (v / 1000).ToString("0.##", Culture) + " s",
        { } v when v >= 10 => v.ToString("0.#", Culture) + " ms",
        { } v => v.ToString("0.##", Culture) + " ms",
    };

    /// <summary>A size.</summary>
    public static string Bytes(long? value)
    {
        if (value is not { } rest) return "–";
        double size = rest;
        var unit = 0;
        while (size >= 1000 && unit < ByteUnits.Length - 1)
        {
            size /= 1000;
            unit++;
        }
        return size.ToString(unit == 0 || size >= 100 ? "0" : "0.#", Culture) + " " + ByteUnits[unit];
    }

    /// <summary>An instant from here.</summary>
    public static string Relative(DateTimeOffset at, DateTimeOffset now)
    {
        var age = now - at;
        if (age < TimeSpan.FromSeconds(-45)) return "in " + Length(-age);
        if (age < TimeSpan.FromSeconds(45)) return "just now";
        return age < TimeSpan.FromDays(60) ? Length(age) + " ago" : at.UtcDateTime.ToString("d MMM yyyy", Culture);
    }

    /// <summary>An instant exactly.</summary>
    public static string Exact(DateTimeOffset at) => at.UtcDateTime.ToString("yyyy-MM-dd HH:mm:ss 'UTC'", Culture);

    /// <summary>A clock time with the date only if it is not today.</summary>
    public static string Clock(DateTimeOffset at, DateTimeOffset now) => at.UtcDateTime.ToString(at.UtcDateTime.Date == now.UtcDateTime.Date ? "HH:mm:ss" : "d MMM HH:mm:ss", Culture);

    /// <summary>A cell of a table; null for a missing value.</summary>
    public static string? Cell(object? value) => value switch
    {
        null => null,
        bool b => b ? "true" : "false",
        long n => n.ToString(Culture),
        double d when double.IsInteger(d) && Math.Abs(d) < 1e15 => d.ToString("0.0", Culture),
        double d when d != 0 && Math.Abs(d) < 1e-4 => d.ToString("0.####e0", Culture),
        double d => d.ToString("0.######", Culture),
        string s => s,
        object?[] items => "[" + string.Join(", ", items.Select(i => Cell(i) ?? "null")) + "]",
        IFormattable f => f.ToString(null, Culture),
        _ => JsonSerializer.Serialize(value, DowelJson.Options),
    };

    /// <summary>A long name in parts, between which a line may end: behind a sign, never inside a word.</summary>
    public static IEnumerable<string> NameParts(string name)
    {
        var from = 0;
        for (var i = 0; i < name.Length - 1; i++)
        {
            if (name[i] is not ('_' or '-' or '/' or '.' or ':')) continue;
            yield return name[from..(i + 1)];
            from = i + 1;
        }
        yield return name[from..];
    }

    /// <summary>Several values by name in a line: age 22, sex female.</summary>
    public static string Values(IReadOnlyDictionary<string, object?[]> values, int most = 3)
    {
        var text = new StringBuilder();
        foreach (var (name, cells) in values.Take(most))
        {
            if (text.Length > 0) text.Append(", ");
            text.Append(name).Append(' ').Append(cells.Length == 0 ? "–" : ShortCell(cells[0]));
            if (cells.Length > 1) text.Append(Culture, $" +{cells.Length - 1}");
        }
        if (values.Count > most) text.Append(", …");
        return text.Length == 0 ? "–" : text.ToString();
    }

    public static string ShortCell(object? value) => value switch
    {
        null => "null",
        double d => Number(d),
        _ => Cell(value) is { Length: > 40 } text ? text[..39] + "…" : Cell(value)!,
    };

    /// <summary>A number out of a cell; null where it is none.</summary>
    public static double? AsNumber(object? value) => value switch
    {
        long n => n,
        double d => d,
        bool b => b ? 1 : 0,
        string s when double.TryParse(s, NumberStyles.Float, Culture, out var n) && double.IsFinite(n) => n,
        _ => null,
    };

    public static bool IsNumeric(string type) =>
        type is "decimal" or "float32" or "float64" or "double" or "real" or "hugeint" || type.StartsWith("int", StringComparison.Ordinal) || type.StartsWith("uint", StringComparison.Ordinal)
        || type.StartsWith("decimal", StringComparison.Ordinal) || type.EndsWith("int", StringComparison.Ordinal);

    /// <summary>About how long.</summary>
    public static string Length(TimeSpan time) => time switch
    {
        { TotalSeconds: < 45 } => $"{Math.Round(time.TotalSeconds)} seconds",
        { TotalSeconds: < 90 } => "1 minute",
        { TotalMinutes: < 60 } => $"{Math.Round(time.TotalMinutes)} minutes",
        { TotalHours: < 1.5 } => "1 hour",
        { TotalHours: < 24 } => $"{Math.Round(time.TotalHours)} hours",
        { TotalDays: < 1.5 } => "1 day",
        _ => $"{Math.Round(time.TotalDays)} days",
    };

    private static string Signed(string text) => text.Replace('-', '−');
}
