using System.Buffers;
using System.Globalization;
using System.Text;
using Dowel.Contracts;
using Dowel.Kernel.Tensors;
using Dowel.Protocols.Inference.Wire;

namespace Dowel.Protocols.Inference.MlflowScoring;

/// <summary>Reads a table as CSV with a line of names, as pandas writes it (RFC 4180). An empty cell is a missing value.</summary>
internal static class ScoringCsv
{
    public static IReadOnlyList<Tensor> Parse(in ReadOnlySequence<byte> body, ModelSignature? signature)
    {
        var rows = Cells(RawTensors.Text(body.ToArray(), "$").TrimStart('\uFEFF'));
        if (rows.Count == 0) throw Shapes.Wrong("$", null, "a line of column names, then a line for each row");
        var names = rows[0];
        JsonTensors.Limit(names.Count, "line 1");
        for (var r = 1; r < rows.Count; r++)
            if (rows[r].Count != names.Count) throw Shapes.Wrong($"line {r + 1}", $"{rows[r].Count} cells", $"{names.Count} cells, for {string.Join(", ", names)}");
        return [.. names.Select((name, c) => Column(name, [.. rows.Skip(1).Select(r => r[c])], signature?.Inputs.FirstOrDefault(i => i.Name == name)?.Datatype))];
    }

    private static Tensor Column(string name, string[] cells, string? datatype)
    {
        if (datatype is null or "BYTES") return Tensor.Of(name, Array.ConvertAll(cells, c => c.Length == 0 ? null! : c), cells.Length);
        if (datatype == "BOOL") return Tensor.Of(name, Array.ConvertAll(cells, c => bool.TryParse(c, out var truth) ? truth : c is "0" or "1" ? c == "1" : throw Bad(name, c, datatype)), cells.Length);
        if (Array.TrueForAll(cells, c => long.TryParse(c, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out _)))
            return Tensor.Of(name, Array.ConvertAll(cells, c => long.Parse(c, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture)), cells.Length);
        return Tensor.Of(name, Array.ConvertAll(cells, c => c is "" or "NaN" or "nan" ? double.NaN
            : double.TryParse(c, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) && double.IsFinite(number) ? number : throw Bad(name, c, datatype)), cells.Length);
    }

    private static Kernel.Results.FailureException Bad(string name, string cell, string datatype) => Shapes.Wrong(name, cell, $"values of {datatype}");

    private static List<List<string>> Cells(string text)
    {
        var rows = new List<List<string>>();
        var row = new List<string>();
        var cell = new StringBuilder();
        for (var i = 0; i < text.Length;)
        {
            if (text[i] == '"')
            {
                // Quoted: up to the next quote that is not doubled.
                for (i++; ; i++)
                {
                    if (i == text.Length) throw Shapes.Wrong($"line {rows.Count + 1}", "a quote that does not end", "a closing quote");
                    if (text[i] == '"' && (i + 1 == text.Length || text[i + 1] != '"')) break;
                    if (text[i] == '"') i++;
                    cell.Append(text[i]);
                }
                i++;
            }
            var end = text.AsSpan(i).IndexOfAny(',', '\r', '\n');
            cell.Append(text.AsSpan(i, end < 0 ? text.Length - i : end));
            i = end < 0 ? text.Length : i + end;
            row.Add(cell.ToString());
            cell.Clear();
            if (i < text.Length && text[i] == ',')
            {
                i++;
                if (i < text.Length) continue;
                row.Add("");
            }
            if (i < text.Length && text[i] == '\r') i++;
            if (i < text.Length && text[i] == '\n') i++;
            // pandas passes over empty lines, too.
            if (row.Count > 1 || row[0].Length > 0) rows.Add(row);
            row = [];
        }
        return rows;
    }
}
