using Dowel.Kernel.Results;

namespace Dowel.Kernel.Projects;

/// <summary>The rule of project names: they are part of <c>project.name</c> and of addresses.</summary>
internal static class ProjectNames
{
    // Words that addresses and lists use for something else.
    private static readonly HashSet<string> Reserved = ["all", "api", "me", "new", "none", "private", "public", "shared", "system"];

    public static bool IsValid(string? name)
        => name is { Length: >= 1 and <= 63 } && name[0] != '-' && name.All(c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c == '-') && !Reserved.Contains(name);

    public static Failure? Check(string? name) => IsValid(name) ? null
        : name is not null && Reserved.Contains(name) ? Failure.Invalid("name", name, "a name that is not reserved")
        : Failure.Invalid("name", name, "1 to 63 lower-case letters, digits and '-', beginning with a letter or digit");

    /// <summary>The slug of a user's name; room is left for a suffix.</summary>
    public static string From(string userName)
    {
        var slug = new string([.. userName.ToLowerInvariant().Select(c => char.IsAsciiLetterOrDigit(c) ? c : '-')]).Trim('-');
        return slug.Length > 56 ? slug[..56].TrimEnd('-') : slug;
    }
}
