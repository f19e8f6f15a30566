using System.Text.Json;
using System.Text.RegularExpressions;
using DuckDB.NET.Data;

namespace Dowel.Tables;

/// <summary>DuckDB's error messages, made fit for users.</summary>
internal static partial class DuckErrors
{
    /// <summary>What DuckDB says, without this server's paths, and where in the SQL (a character position) when it says so.</summary>
    public readonly record struct Cleaned(string Kind, string Message, int? Position, string? Name);

    public static Cleaned Clean(DuckDBException exception, params IEnumerable<string> paths)
    {
        var text = exception.Message;
        var cleaned = FromJson(text) ?? new(exception.ErrorType.ToString(), FirstPart(text), null, null);
        var message = cleaned.Message;
        foreach (var path in paths.SelectMany(Forms).Where(p => p.Length > 1).OrderByDescending(p => p.Length).Distinct(StringComparer.Ordinal))
            message = message.Replace(path, "…", StringComparison.Ordinal);
        return cleaned with { Message = message.Trim() };
    }

    /// <summary>Whether memory ran out. Readers of files wrap that into errors of their own kind.</summary>
    public static bool IsOutOfMemory(DuckDBException exception) =>
        exception.ErrorType == DuckDB.NET.Native.DuckDBErrorType.OutOfMemory || exception.Message.Contains("Out of Memory Error", StringComparison.Ordinal);

    private static IEnumerable<string> Forms(string path) => [path, Path.GetDirectoryName(path) ?? path, Duck.EscapeGlob(path)];

    /// <summary>The message DuckDB gives with <c>errors_as_json</c>, which may have "Parser Error: " in front.</summary>
    private static Cleaned? FromJson(string text)
    {
        var start = text.IndexOf('{');
        if (start < 0) return null;
        try
        {
            using var document = JsonDocument.Parse(text.AsMemory(start));
            var root = document.RootElement;
            if (!root.TryGetProperty("exception_message", out var message)) return null;
            return new(
                Text("exception_type") ?? "",
                message.GetString() ?? "",
                int.TryParse(Text("position"), out var position) ? position : null,
                Text("name"));

            string? Text(string name) => root.TryGetProperty(name, out var value) ? value.ToString() : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    /// <summary>Without the excerpt of the statement, which in trusted SQL is ours and not the user's.</summary>
    private static string FirstPart(string text) => StatementExcerpt().Replace(text, "");

    [GeneratedRegex(@"\n\s*LINE \d+:.*", RegexOptions.Singleline)]
    private static partial Regex StatementExcerpt();
}
