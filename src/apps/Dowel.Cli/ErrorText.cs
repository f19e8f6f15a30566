using Dowel.Client;

namespace Dowel.Cli;

/// <summary>Says what is wrong: what, the wrong fields, the remedy.</summary>
internal static class ErrorText
{
    public static async Task WriteAsync(TextWriter error, DowelException e)
    {
        await error.WriteLineAsync("error: " + Cell.Clean(e.Message));
        foreach (var field in e.Fields)
        {
            // One wrong field is often the whole message.
            if (e.Message.Contains(field.Expected, StringComparison.Ordinal)) continue;
            var given = field.Given is null ? "" : $"; given: {field.Given}";
            await error.WriteLineAsync(Cell.Clean($"  {field.Field}: expected {field.Expected}{given}"));
        }
        var remedy = e.Status == 401 ? "Sign in with 'dowel login', or give a token by --token or DOWEL_TOKEN." : e.Remedy;
        if (!string.IsNullOrWhiteSpace(remedy)) await error.WriteLineAsync("  → " + Cell.Clean(remedy));
        if (e.Status >= 500 && e.Problem.TraceId is { } trace) await error.WriteLineAsync("  trace id: " + Cell.Clean(trace));
    }

    /// <summary>A mistake on this side, in one line.</summary>
    public static Task WriteAsync(TextWriter error, string message, string? remedy)
        => error.WriteLineAsync("error: " + Cell.Clean(string.IsNullOrWhiteSpace(remedy) ? message : $"{message} {remedy}"));
}
