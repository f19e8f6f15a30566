using System.Globalization;
using Dowel.Contracts;

namespace Dowel.Cli;

/// <summary>Reads a table from a .csv file (types inferred) or a .json file (a table as the API has it).</summary>
internal static class TableFile
{
    public static async Task<TableData> ReadAsync(CliHost host, string path, CancellationToken cancellationToken)
    {
        if (Path.GetExtension(path).Equals(".json", StringComparison.OrdinalIgnoreCase)) return await JsonFile.ReadAsync<TableData>(host, path, cancellationToken);
        using var reader = path == "-" ? host.In : new StreamReader(path);
        return FromCsv(reader, path);
    }

    internal static TableData FromCsv(TextReader reader, string where)
    {
        using var rows = Csv.Read(reader, where).GetEnumerator();
        if (!rows.MoveNext()) throw new CliException($"{where} is empty.", "Give a CSV file with a header.");
        var names = rows.Current;
        var cells = new List<IReadOnlyList<string>>();
        while (rows.MoveNext())
        {
            if (rows.Current.Count != names.Count) throw new CliException($"{where}, row {cells.Count + 2}: {rows.Current.Count} values, but the header has {names.Count} columns.");
            cells.Add(rows.Current);
        }
        var types = names.Select((_, i) => TypeOf(cells.Select(r => r[i]))).ToArray();
        return new TableData
        {
            Columns = [.. names.Select((name, i) => new ColumnInfo(name, types[i]))],
            Rows = [.. cells.Select(r => r.Select((text, i) => Value(text, types[i])).ToArray())],
        };
    }

    internal static string TypeOf(IEnumerable<string> values)
    {
        var texts = values.Where(v => v.Length > 0).ToArray();
        if (texts.Length == 0) return "string";
        if (texts.All(IsWhole)) return "int64";
        if (texts.All(IsNumber)) return "float64";
        if (texts.All(t => bool.TryParse(t, out _))) return "boolean";
        if (texts.All(IsInstant)) return "timestamp";
        return "string";
    }

    internal static object? Value(string text, string type) => text.Length == 0 ? null : type switch
    {
        "int64" => long.Parse(text, CultureInfo.InvariantCulture),
        "float64" => double.Parse(text, NumberStyles.Float, CultureInfo.InvariantCulture),
        "boolean" => bool.Parse(text),
        _ => text,
    };

    /// <summary>007 is a label, not a number.</summary>
    private static bool IsWhole(string text) =>
        long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var n) && n.ToString(CultureInfo.InvariantCulture) == text;

    private static bool IsNumber(string text) =>
        double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out _) && !(text.Length > 1 && text[0] == '0' && char.IsAsciiDigit(text[1]));

    private static bool IsInstant(string text) =>
        text.Length >= 10 && text[4] == '-' && DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out _);
}
