namespace Dowel.Web.Components;

/// <summary>Tags as lines of <c>key=value</c>.</summary>
internal static class TagText
{
    public static string Write(IReadOnlyDictionary<string, string> tags) => string.Join('\n', tags.Select(t => $"{t.Key}={t.Value}"));

    public static bool TryRead(string? text, out Dictionary<string, string> tags, out string wrong)
    {
        tags = [];
        wrong = "";
        foreach (var line in (text ?? "").Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            var equals = line.IndexOf('=', StringComparison.Ordinal);
            var key = equals < 0 ? line : line[..equals].Trim();
            if (key.Length == 0)
            {
                wrong = $"“{line}” has no key; write key=value.";
                return false;
            }
            if (!tags.TryAdd(key, equals < 0 ? "" : line[(equals + 1)..].Trim()))
            {
                wrong = $"The tag “{key}” stands there twice.";
                return false;
            }
        }
        return true;
    }
}
