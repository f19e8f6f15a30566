using System.Text;
using System.Text.Json;

namespace Dowel.Tables.Queries;

/// <summary>A user's SQL, and where in it something is.</summary>
internal sealed class SqlText(string text)
{
    private readonly byte[] _utf8 = Encoding.UTF8.GetBytes(text);

    public string Text => text;

    /// <summary>"Line 2, column 5: " for a position in bytes, as DuckDB counts; nothing when it has none or it lies outside.</summary>
    public string At(int? position)
    {
        if (position is not { } at || at < 0 || at > _utf8.Length) return "";
        var before = Encoding.UTF8.GetString(_utf8, 0, at);
        var line = before.Count(c => c == '\n') + 1;
        return $"Line {line}, column {before.Length - before.LastIndexOf('\n')}: ";
    }

    /// <summary>The same for a node of the syntax tree.</summary>
    public string At(JsonElement node) =>
        node.TryGetProperty("query_location", out var location) && location.TryGetInt32(out var at) ? At(at) : "";
}
