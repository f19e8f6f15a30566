using System.Text.Json;
using System.Text.RegularExpressions;

namespace Dowel.Tables.Queries;

/// <summary>
/// Bounds the functions that make one enormous value of a small number: such a value is outside what DuckDB counts as the query's memory,
/// and while it is made the query cannot be interrupted.
/// </summary>
internal static partial class QueryGrowth
{
    private const long MaxCount = 100_000;
    private const long MaxElements = 1_000_000;

    /// <summary>Why a call is refused, or null. The node is a function call in the place of a value, not a table function in FROM.</summary>
    public static string? Check(JsonElement call)
    {
        var name = call.GetProperty("function_name").GetString()!.ToLowerInvariant();
        if (!call.TryGetProperty("children", out var arguments)) return null;
        switch (name)
        {
            case "repeat" or "lpad" or "rpad" or "bitstring" or "list_resize" or "array_resize" when arguments.GetArrayLength() > 1:
                return Whole(arguments[1]) is <= MaxCount ? null : $"The second argument of '{name}' must be a whole number of at most {MaxCount} here.";
            case "range" or "generate_series":
                var bounds = arguments.EnumerateArray().Select(Whole).ToList();
                return bounds.TrueForAll(b => b is <= MaxElements and >= -MaxElements) ? null : $"'{name}' as a value takes whole numbers up to {MaxElements} here; in FROM it takes anything, as in 'FROM t, range(t.n)'.";
            case "format" or "printf" when arguments.GetArrayLength() > 0:
                return Text(arguments[0]) is { } text && !Wide().IsMatch(text) ? null : $"The first argument of '{name}' must be a text, with widths of at most four digits, here.";
            default:
                return null;
        }
    }

    private static long? Whole(JsonElement argument)
    {
        var value = Constant(argument);
        if (value is { ValueKind: JsonValueKind.Number } number && number.TryGetInt64(out var whole)) return whole;
        // A sign in front is a call of '-' with one argument.
        if (value is null && argument.TryGetProperty("function_name", out var name) && name.GetString() == "-" && argument.GetProperty("children") is var children && children.GetArrayLength() == 1)
            return -Whole(children[0]);
        return null;
    }

    private static string? Text(JsonElement argument) => Constant(argument) is { ValueKind: JsonValueKind.String } text ? text.GetString() : null;

    private static JsonElement? Constant(JsonElement argument) =>
        argument.TryGetProperty("class", out var kind) && kind.GetString() == "CONSTANT"
        && argument.GetProperty("value") is var value && value.TryGetProperty("value", out var content) ? content : null;

    [GeneratedRegex(@"\d{5}|\*|\{[^}]*\{")]
    private static partial Regex Wide();
}
