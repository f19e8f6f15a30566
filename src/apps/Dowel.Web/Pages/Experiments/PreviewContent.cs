using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Dowel.Web.Pages.Experiments;

/// <summary>What a preview shows: a chart, a table or text.</summary>
internal sealed record PreviewContent
{
    public const long MostImageBytes = 20_000_000;
    private const int MostRows = 500;
    private const int MostText = 300_000;
    private const int MostDigits = 9;

    // Over the frame's sandbox: a browser reads it before the document.
    private const string Policy = "<!DOCTYPE html><meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'; img-src data:; font-src data:\">";
    private static readonly string[] endless = ["inf", "infinity", "nan"];
    private static readonly string[] images = [".png", ".jpg", ".jpeg", ".gif", ".webp"];
    private static readonly string[] textual = [".json", ".csv", ".tsv", ".txt", ".md", ".log", ".yaml", ".yml", ".toml", ".xml", ".py", ".cs", ".sql", ".jsonl", ".ndjson", ".ini", ".cfg"];
    private static readonly JsonSerializerOptions indented = new() { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public ArtifactChart? Chart { get; init; }

    public TableData? Table { get; init; }

    public string? Text { get; init; }

    /// <summary>The address of an image.</summary>
    public string? Image { get; init; }

    /// <summary>A document for a sandboxed frame.</summary>
    public string? Html { get; init; }

    public bool Cut { get; init; }

    public bool IsNothing => Chart is null && Table is null && Text is null && Image is null && Html is null;

    public static bool IsImage(string path) => images.Contains(Path.GetExtension(path).ToLowerInvariant());

    /// <summary>How much of a file is read to look into it; 0 for what is no text. A document or a table of JSON is nothing without its end.</summary>
    public static int Limit(string path)
    {
        var (name, extension) = (Path.GetFileName(path), Path.GetExtension(path).ToLowerInvariant());
        if (extension is ".json" or ".html" or ".htm" or ".svg") return 2_000_000;
        return textual.Contains(extension) || name is "MLmodel" or "README" or "LICENSE" ? 256_000 : 0;
    }

    public static PreviewContent Of(string path, string text, bool whole)
    {
        var extension = Path.GetExtension(path).ToLowerInvariant();
        if (text.Contains('\0', StringComparison.Ordinal)) return new PreviewContent();
        if (extension is ".csv" or ".tsv")
        {
            var (table, cut) = Csv(text, extension == ".tsv" ? '\t' : ',', whole);
            return new PreviewContent { Table = table, Text = text, Cut = cut };
        }
        if (extension is ".html" or ".htm") return whole ? new PreviewContent { Html = Policy + text } : new PreviewContent { Cut = true };
        // As an image nothing in it runs, and nothing is fetched by it.
        if (extension == ".svg") return whole ? new PreviewContent { Image = "data:image/svg+xml;base64," + Convert.ToBase64String(Encoding.UTF8.GetBytes(text)) } : new PreviewContent { Cut = true };
        if (extension == ".json" && whole && !ArtifactChart.Draws(path) && JsonTable.TryRead(text, MostRows) is { } json) return new PreviewContent { Table = json.Table, Cut = json.Cut };
        if (text.Length > MostText) (text, whole) = (text[..MostText], false);
        return new PreviewContent { Text = extension == ".json" && whole ? Indent(text) : text, Cut = !whole, Chart = whole ? ArtifactChart.TryRead(path, text) : null };
    }

    private static string Indent(string json)
    {
        try
        {
            using var document = JsonDocument.Parse(json);
            return JsonSerializer.Serialize(document.RootElement, indented);
        }
        catch (JsonException)
        {
            return json;
        }
    }

    /// <summary>Reads CSV as RFC 4180 says, with quotes; the first record is the header.</summary>
    internal static (TableData Table, bool Cut) Csv(string text, char separator, bool whole)
    {
        var records = new List<List<string?>>();
        var record = new List<string?>();
        var field = new StringBuilder();
        var quoted = false;
        var wasQuoted = false;
        for (var i = 0; i < text.Length && records.Count <= MostRows; i++)
        {
            var c = text[i];
            if (quoted)
            {
                if (c != '"') field.Append(c);
                else if (i + 1 < text.Length && text[i + 1] == '"') field.Append(text[i++]);
                else quoted = false;
            }
            else if (c == '"' && field.Length == 0) quoted = wasQuoted = true;
            else if (c == separator) End();
            else if (c == '\n')
            {
                End();
                records.Add(record);
                record = [];
            }
            else if (c != '\r') field.Append(c);
        }
        // What a cut leaves of the last record is not a record.
        if (whole && (field.Length > 0 || record.Count > 0) && records.Count <= MostRows)
        {
            End();
            records.Add(record);
        }
        if (records.Count == 0) return (new TableData(), !whole);
        var header = records[0];
        var rows = records.Skip(1).Where(r => r.Count > 1 || r[0] is not null).Take(MostRows).Select(r => (object?[])[.. header.Select((_, i) => (object?)(i < r.Count ? r[i] : null))]).ToList();
        var columns = header.Select((name, i) => new ColumnInfo(name ?? "", rows.Count > 0 && rows.All(r => r[i] is null || IsNumber(r[i])) ? "float64" : "string")).ToList();
        foreach (var row in rows)
        {
            // All digits of a measurement are in the file; here it is as in any other table.
            for (var i = 0; i < row.Length; i++)
                if (columns[i].Type == "float64" && row[i] is string { Length: > MostDigits } digits && Formats.AsNumber(digits) is { } number && !double.IsInteger(number)) row[i] = number;
        }
        return (new TableData { Columns = columns, Rows = rows }, !whole || records.Count > MostRows);

        static bool IsNumber(object? cell) => Formats.AsNumber(cell) is not null || cell is string text && endless.Contains(text.TrimStart('+', '-').ToLowerInvariant());

        void End()
        {
            record.Add(field.Length == 0 && !wasQuoted ? null : field.ToString());
            field.Clear();
            wasQuoted = false;
        }
    }
}
