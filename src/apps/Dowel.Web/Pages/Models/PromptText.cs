using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace Dowel.Web.Pages.Models;

/// <summary>One message of a chat.</summary>
/// <param name="Role">Who says it: system, user, assistant.</param>
/// <param name="Content">What.</param>
internal sealed record PromptMessage(string Role, string Content);

/// <summary>A part of a text.</summary>
/// <param name="Text">The characters.</param>
/// <param name="IsVariable">Whether something is put in their place.</param>
internal readonly record struct PromptPart(string Text, bool IsVariable);

/// <summary>
/// A prompt of MLflow's: registered models whose versions carry a text in a tag
/// (https://github.com/mlflow/mlflow/blob/master/mlflow/prompt/constants.py).
/// </summary>
internal sealed partial class PromptText
{
    /// <summary>The tag of a version that holds the text.</summary>
    public const string TextTag = "mlflow.prompt.text";

    private const string IsPromptTag = "mlflow.prompt.is_prompt", TypeTag = "_mlflow_prompt_type", FormatTag = "_mlflow_prompt_response_format", SettingsTag = "_mlflow_prompt_model_config";
    private static readonly JsonSerializerOptions indented = new() { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
    private readonly bool isTemplate;

    private PromptText(ModelVersion version, string text)
    {
        var type = version.Tags.GetValueOrDefault(TypeTag) ?? "";
        isTemplate = type == "jinja2";
        Text = text;
        Messages = type is "" or "chat" ? Chat(text) : null;
        Type = Messages is not null ? "chat" : isTemplate ? "Jinja2" : "text";
        Variables = [.. Contents.SelectMany(c => Pattern.Matches(c)).Select(m => m.Groups["name"].Value).Where(n => n.Length > 0).Distinct()];
        ResponseFormat = Json(version.Tags.GetValueOrDefault(FormatTag));
        Settings = Json(version.Tags.GetValueOrDefault(SettingsTag));
    }

    /// <summary>As it is stored.</summary>
    public string Text { get; }

    /// <summary>The messages of a chat; null for a text.</summary>
    public IReadOnlyList<PromptMessage>? Messages { get; }

    /// <summary>chat, text or Jinja2.</summary>
    public string Type { get; }

    /// <summary>What has to be given, in the order of its first use.</summary>
    public IReadOnlyList<string> Variables { get; }

    /// <summary>The form that an answer must have, as JSON.</summary>
    public string? ResponseFormat { get; }

    /// <summary>The model it is for and its settings, as JSON.</summary>
    public string? Settings { get; }

    /// <summary>As it is compared: of a chat, each message under its role.</summary>
    public string Whole => Messages is null ? Text : string.Join("\n\n", Messages.Select(m => $"{m.Role}:\n{m.Content}"));

    /// <summary>The beginning, for a row of a list.</summary>
    public string Beginning => Messages is null ? Text : Messages.Count == 0 ? "" : Messages[^1].Content;

    private IEnumerable<string> Contents => Messages?.Select(m => m.Content) ?? [Text];

    private Regex Pattern => isTemplate ? Template() : Variable();

    /// <summary>Whether a model is a prompt.</summary>
    public static bool IsPrompt(RegisteredModel model) => string.Equals(model.Tags.GetValueOrDefault(IsPromptTag), "true", StringComparison.OrdinalIgnoreCase);

    /// <summary>Whether a tag is shown elsewhere than among the tags.</summary>
    public static bool IsOwnTag(string key) => key is IsPromptTag or TextTag or TypeTag or FormatTag or SettingsTag;

    /// <summary>The prompt; null where the version is none.</summary>
    public static PromptText? Of(ModelVersion version) => version.Tags.GetValueOrDefault(TextTag) is { } text ? new(version, text) : null;

    /// <summary>A text cut where variables begin and end.</summary>
    public IReadOnlyList<PromptPart> Parts(string text)
    {
        var parts = new List<PromptPart>();
        var at = 0;
        foreach (Match match in Pattern.Matches(text))
        {
            if (match.Index > at) parts.Add(new(text[at..match.Index], false));
            parts.Add(new(match.Value, true));
            at = match.Index + match.Length;
        }
        if (at < text.Length) parts.Add(new(text[at..], false));
        return parts;
    }

    /// <summary>The messages; null where the text is no list of them.</summary>
    private static List<PromptMessage>? Chat(string text)
    {
        if (!text.AsSpan().TrimStart().StartsWith("[")) return null;
        try
        {
            using var json = JsonDocument.Parse(text);
            var messages = new List<PromptMessage>();
            foreach (var item in json.RootElement.EnumerateArray())
            {
                if (item.ValueKind != JsonValueKind.Object || !item.TryGetProperty("role", out var role) || role.ValueKind != JsonValueKind.String || !item.TryGetProperty("content", out var content)) return null;
                messages.Add(new(role.GetString()!, content.ValueKind switch { JsonValueKind.String => content.GetString()!, JsonValueKind.Null => "", _ => JsonSerializer.Serialize(content, indented) }));
            }
            return messages.Count == 0 ? null : messages;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static string? Json(string? text)
    {
        if (string.IsNullOrWhiteSpace(text)) return null;
        try
        {
            using var json = JsonDocument.Parse(text);
            return JsonSerializer.Serialize(json.RootElement, indented);
        }
        catch (JsonException)
        {
            return text;
        }
    }

    // As MLflow's client finds them: what does not look like this stays as it is when the prompt is filled in.
    [GeneratedRegex(@"\{\{\s*(?<name>[a-zA-Z_][a-zA-Z0-9_]*(?:\.[a-zA-Z_][a-zA-Z0-9_]*)*)\s*\}\}", RegexOptions.NonBacktracking)]
    private static partial Regex Variable();

    [GeneratedRegex(@"\{\{-?\s*(?<name>[a-zA-Z_][a-zA-Z0-9_]*)?[^{}]*\}\}|\{%[^{}%]*%\}", RegexOptions.NonBacktracking)]
    private static partial Regex Template();
}
