using Dowel.Kernel.Results;

namespace Dowel.Kernel.Identity;

/// <summary>The rules of user names and what is said of people.</summary>
internal static class UserNames
{
    // What the audit trail calls the server itself.
    private static readonly HashSet<string> Reserved = new(StringComparer.OrdinalIgnoreCase) { "system", "anonymous" };

    public static bool IsValid(string? name)
        => name is { Length: >= 1 and <= 63 } && char.IsAsciiLetterOrDigit(name[0]) && name.All(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '_' or '-' or '@');

    public static Failure? Check(string? name)
    {
        if (!IsValid(name)) return Failure.Invalid("name", name, "a letter or digit, then up to 62 letters, digits, '.', '_', '-' or '@'");
        return Reserved.Contains(name!) ? Failure.Invalid("name", name, "a name that the server does not use itself") : null;
    }

    public static Failure? CheckDisplayName(string? name)
        => name is not null && (string.IsNullOrWhiteSpace(name) || name.Length > 200 || name.Any(char.IsControl))
            ? Failure.Invalid("displayName", name, "1 to 200 characters without control characters") : null;

    public static Failure? CheckEmail(string? email)
        => email is { Length: > 0 } && (email.Length > 320 || email.Any(c => char.IsControl(c) || char.IsWhiteSpace(c)) || email.IndexOf('@') is var at && (at <= 0 || at == email.Length - 1))
            ? Failure.Invalid("email", email, "an e-mail address, or an empty text for none") : null;

    /// <summary>A valid name as near as possible to what another system calls somebody.</summary>
    public static string From(string text)
    {
        var name = new string([.. text.Trim().Select(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '_' or '-' or '@' ? c : '-').SkipWhile(c => !char.IsAsciiLetterOrDigit(c)).Take(56)]);
        return name.Length == 0 || Reserved.Contains(name) ? $"user-{name}".TrimEnd('-') : name;
    }
}
