using System.Text;

namespace Dowel.Cli;

/// <summary>Reads CSV (RFC 4180): quotes, doubled quotes, line breaks in quotes.</summary>
internal static class Csv
{
    public static IReadOnlyList<string> Line(string text, string where) => Read(new StringReader(text), where).FirstOrDefault() ?? [""];

    public static IEnumerable<IReadOnlyList<string>> Read(TextReader reader, string where)
    {
        var row = new List<string>();
        var field = new StringBuilder();
        bool quoted = false, any = false;
        int next;
        while ((next = reader.Read()) >= 0)
        {
            var c = (char)next;
            if (quoted)
            {
                if (c != '"') field.Append(c);
                else if (reader.Peek() == '"') field.Append((char)reader.Read());
                else quoted = false;
            }
            else if (c == '"' && field.Length == 0)
            {
                quoted = any = true;
            }
            else if (c == ',')
            {
                any = true;
                row.Add(field.ToString());
                field.Clear();
            }
            else if (c is '\n' or '\r')
            {
                if (c == '\r' && reader.Peek() == '\n') reader.Read();
                if (any || field.Length > 0)
                {
                    row.Add(field.ToString());
                    yield return row;
                }
                row = [];
                field.Clear();
                any = false;
            }
            else
            {
                field.Append(c);
            }
        }
        if (quoted) throw new CliException($"{where}: a quotation mark is not closed.");
        if (!any && field.Length == 0) yield break;
        row.Add(field.ToString());
        yield return row;
    }
}
