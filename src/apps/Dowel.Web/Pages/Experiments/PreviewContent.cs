using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Dowel.Web.Pages.Experiments;

/// <summary>What a preview shows: a chart, a table or text.</summary>
internal sealed record PreviewContent
{
    private const int MostRows = 500;
    private static readonly string[] textual = [".json", ".csv", ".tsv", ".txt", ".md", ".log", ".yaml", ".yml", ".toml", ".xml", ".html", ".py", ".cs", ".sql", ".jsonl", ".ndjson", ".ini", ".cfg"];
    private static readonly JsonSerializerOptions indented = new() { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public ArtifactChart? Chart { get; init; }

    public TableData? Table { get; init; }

    public string? Text { get; init; }

    public bool Cut { get; init; }

    public static bool IsText(string path)
    {
        var name = Path.GetFileName(path);
        return textual.Contains(Path.GetExtension(name).ToLowerInvariant()) || name is "MLmodel" or "README" or "LICENSE";
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
        var columns = header.Select((name, i) => new ColumnInfo(name ?? "", rows.Count > 0 && rows.All(r => r[i] is null || Formats.AsNumber(r[i]) is not null) ? "float64" : "string")).ToList();
        return (new TableData { Columns = columns, Rows = rows }, !whole || records.Count > MostRows);

        void End()
        {
            record.Add(field.Length == 0 && !wasQuoted ? null : field.ToString());
            field.Clear();
            wasQuoted = false;
        }
    }
}
