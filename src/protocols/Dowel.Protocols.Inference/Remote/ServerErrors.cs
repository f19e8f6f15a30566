using System.Net;
using System.Text;
using System.Text.Json;
using Dowel.Kernel.Ports;

namespace Dowel.Protocols.Inference.Remote;

/// <summary>The messages of model servers, wherever their protocols keep them.</summary>
internal static class ServerErrors
{
    private const int Longest = 2000;
    private const int LongestBody = 256 << 10;
    private const string Traceback = "Traceback (most recent call last)";

    // Open Inference and Seldon's newer servers; OpenAI; MLflow; FastAPI; Seldon's wrapper.
    private static readonly string[][] Places = [["error"], ["error", "message"], ["message"], ["detail"], ["status", "info"]];

    public static ModelException Of(ServerAnswer answer)
    {
        var message = $"The model server refused the request ({(int)answer.Status}): {MessageOf(answer)}";
        // These are about what was sent; others about the server, or about how it is asked, which is no caller's affair.
        return answer.Status is HttpStatusCode.BadRequest or HttpStatusCode.RequestEntityTooLarge or HttpStatusCode.UnprocessableEntity ? new ModelRefusedException(message) : new ModelException(message);
    }

    /// <summary>The server's message; the start of its answer where that has none.</summary>
    public static string MessageOf(ServerAnswer answer)
    {
        if (answer.Body.IsEmpty) return "it says no more.";
        try
        {
            using var document = JsonDocument.Parse(answer.Body);
            foreach (var place in Places)
                if (Find(document.RootElement, place) is { } message) return Plain(message);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            // No JSON then; or with text that is no Unicode.
        }
        return Plain(Encoding.UTF8.GetString(answer.Body.Span[..Math.Min(answer.Body.Length, LongestBody)]));
    }

    /// <summary>What a server said, as one line of at most so many characters.</summary>
    public static string Cut(string text, int longest)
    {
        var line = string.Create(Math.Min(text.Length, longest), text, static (line, from) =>
        {
            for (var i = 0; i < line.Length; i++) line[i] = char.IsControl(from[i]) ? ' ' : from[i];
        });
        return text.Length <= longest ? line : $"{line}…";
    }

    /// <summary>Of a Python traceback, whose files and lines are nobody's business, what went wrong.</summary>
    private static string Plain(string text)
    {
        text = text.Trim();
        return Cut(text.Contains(Traceback, StringComparison.Ordinal) ? text[(text.LastIndexOf('\n') + 1)..].TrimStart() : text, Longest);
    }

    private static string? Find(JsonElement value, string[] place)
    {
        foreach (var member in place)
            if (value.ValueKind != JsonValueKind.Object || !value.TryGetProperty(member, out value)) return null;
        return value.ValueKind switch
        {
            JsonValueKind.String when value.GetString() is { Length: > 0 } text => text,
            // FastAPI's list of wrong fields.
            JsonValueKind.Array => value.GetRawText(),
            _ => null,
        };
    }
}
