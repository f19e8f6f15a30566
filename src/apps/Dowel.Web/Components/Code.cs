using System.Text.Json;

namespace Dowel.Web.Components;

/// <summary>Text inside code that people copy: a name that somebody else chose must never become a command of theirs.</summary>
internal static class Code
{
    /// <summary>One word for a POSIX shell.</summary>
    public static string Shell(string text) =>
        text.Length > 0 && text.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.' or '/' or ':' or '@' or '%' or '=' or ',') ? text : "'" + text.Replace("'", "'\\''", StringComparison.Ordinal) + "'";

    /// <summary>A C# string.</summary>
    public static string CSharp(string text) => "\"" + string.Concat(text.Select(c => c switch
    {
        '\\' => "\\\\",
        '"' => "\\\"",
        '\n' => "\\n",
        _ when char.IsControl(c) => $"\\u{(int)c:x4}",
        _ => c.ToString(),
    })) + "\"";

    /// <summary>A JSON string.</summary>
    public static string Json(string text) => JsonSerializer.Serialize(text);
}
