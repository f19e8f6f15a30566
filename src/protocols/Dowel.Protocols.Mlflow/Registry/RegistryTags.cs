using System.Text.Json;
using Dowel.Protocols.Mlflow.Wire;
using Dowel.Registry.Sources;

namespace Dowel.Protocols.Mlflow.Registry;

/// <summary>Tags of models and versions, as mlflow/utils/validation.py checks them.</summary>
internal static class RegistryTags
{
    private const int MostKey = 250;
    private const int MostValue = 100_000;
    private const string PromptText = "mlflow.prompt.text";

    /// <summary>The tags of a message; the last of a key counts.</summary>
    public static Dictionary<string, string> Read(MlflowCall call)
    {
        var tags = new Dictionary<string, string>();
        foreach (var (key, value) in call.Pairs("tags")) tags[key] = Checked(key, value).Value;
        return tags;
    }

    public static (string Key, string Value) Checked(string key, string value)
    {
        var name = CheckedKey(key);
        if (key.Length > MostKey) throw MlflowCall.Bad($"'key' exceeds the maximum length of {MostKey} characters");
        if (value.Length > MostValue) throw MlflowCall.Bad(key == PromptText ? $"Prompt text exceeds max length of {MostValue} characters." : $"'value' exceeds the maximum length of {MostValue} characters");
        return (name, value);
    }

    public static string CheckedKey(string key)
    {
        if (!key.All(c => char.IsLetterOrDigit(c) || c is '_' or '-' or '.' or ' ' or ':' or '/'))
            throw Wrong(key, "Names may only contain alphanumerics, underscores (_), dashes (-), periods (.), spaces ( ), colon(:) and slashes (/).");
        return key.Split('/').Any(p => p is "" or "." or "..") ? throw Wrong(key, "Names may be treated as files in certain cases, and must not resolve to other names when treated as such.") : key;
    }

    public static bool IsPrompt(IReadOnlyDictionary<string, string> tags) => SourceRules.IsPrompt(tags);

    private static Exception Wrong(string key, string why) => MlflowCall.Bad($"Invalid value {JsonSerializer.Serialize(key.Length > 300 ? key[..300] : key)} for parameter 'key' supplied: {why}");
}
