using Dowel.Kernel.Results;

namespace Dowel.Kernel.Resources;

/// <summary>The rules of names and tags.</summary>
public static class Names
{
    /// <summary>Null if <paramref name="name"/> may name a thing; otherwise what is wrong with it.</summary>
    public static Failure? Check(string field, string? name)
        => string.IsNullOrWhiteSpace(name) || name.Length > 200 || name.Trim() != name || name is "." or ".." || name.Any(c => char.IsControl(c) || c is '/' or '\\')
            ? Failure.Invalid(field, name, "1 to 200 characters without '/', '\\', control characters or spaces at the ends")
            : null;

    /// <summary>As <see cref="Check(string, string?)"/>, by what the kind of thing allows.</summary>
    public static Failure? Check(string field, string? name, ResourceKind kind)
        => !kind.FreeName ? Check(field, name)
            : string.IsNullOrWhiteSpace(name) || name.Length > 500 || name.Any(char.IsControl) ? Failure.Invalid(field, name, "1 to 500 characters without control characters")
            : null;

    /// <summary>Null if <paramref name="text"/> can be kept: up to 100,000 characters, none of them the character zero, which PostgreSQL cannot store.</summary>
    public static Failure? CheckText(string field, string? text)
        => text is { Length: > 100_000 } || text?.Contains('\0') == true ? Failure.Invalid(field, text.Length > 100_000 ? $"{text.Length} characters" : "the character zero", "at most 100000 characters without the character zero") : null;

    /// <summary>Null if <paramref name="tags"/> are fine: at most 1,000, keys of 1 to 250 and values of up to 100,000 characters.</summary>
    public static Failure? CheckTags(IReadOnlyDictionary<string, string>? tags)
    {
        if (tags is null) return null;
        if (tags.Count > 1000) return Failure.Invalid("tags", $"{tags.Count} tags", "at most 1000 tags");
        foreach (var (key, value) in tags)
        {
            if (key.Length is 0 or > 250 || key.Contains('\0')) return Failure.Invalid("tags", key, "keys of 1 to 250 characters");
            if (value is null || value.Length > 100_000 || value.Contains('\0')) return Failure.Invalid($"tags.{key}", value, "a value of at most 100000 characters");
        }
        return null;
    }

    /// <summary>A LIKE pattern (escape character '\', lower case) for text that contains <paramref name="search"/>.</summary>
    public static string LikePattern(string search)
        => $"%{search.Trim().ToLowerInvariant().Replace("\\", "\\\\").Replace("%", "\\%").Replace("_", "\\_")}%";
}
