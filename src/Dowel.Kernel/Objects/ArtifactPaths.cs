using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using Dowel.Kernel.Results;

namespace Dowel.Kernel.Objects;

/// <summary>The rules of file paths inside a run's artifacts or a model version: what they name is the same on every system and after every round of decoding.</summary>
public static partial class ArtifactPaths
{
    /// <summary>Characters a path may have.</summary>
    public const int MaxLength = 500;

    private const string Expected = "a relative path of at most 500 characters, its parts separated by single '/', none of them '.' or '..' or longer than 255 bytes, without '\\' and control characters, and without percent-escapes of separators or climbing parts";

    /// <summary>Null if <paramref name="path"/> may name a file; otherwise what is wrong with it.</summary>
    /// <param name="field">The field or route value it came in.</param>
    /// <param name="path">The path.</param>
    public static Failure? Check(string field, string? path)
        => string.IsNullOrEmpty(path) || path.Length > MaxLength || !path.Split('/').All(IsPart) || !IsPlain(path)
            ? Failure.Invalid(field, path, Expected)
            : null;

    /// <summary>As <see cref="Check"/>, for a folder: empty is the root, and one '/' at the end is taken off.</summary>
    /// <param name="field">The field or route value it came in.</param>
    /// <param name="path">The folder.</param>
    public static Result<string> Folder(string field, string? path)
    {
        if (string.IsNullOrEmpty(path)) return "";
        var folder = path.EndsWith('/') ? path[..^1] : path;
        return Check(field, folder) is { } wrong ? wrong : folder;
    }

    /// <summary>The folders above a file, nearest last: <c>a/b/c</c> has <c>a</c> and <c>a/b</c>.</summary>
    /// <param name="path">A path that was checked.</param>
    public static IReadOnlyList<string> Above(string path)
    {
        var folders = new List<string>();
        for (var i = path.IndexOf('/'); i > 0; i = path.IndexOf('/', i + 1)) folders.Add(path[..i]);
        return folders;
    }

    /// <summary>Where a file lies below a local folder. Throws where a path that was never checked would leave the folder.</summary>
    /// <param name="root">The local folder.</param>
    /// <param name="path">The file's path.</param>
    public static string Below(string root, string path)
    {
        var full = Path.GetFullPath(Path.Combine([root, .. path.Split('/')]));
        return Check(nameof(path), path) is null && full.StartsWith(Path.GetFullPath(root) + Path.DirectorySeparatorChar, StringComparison.Ordinal)
            ? full
            : throw new InvalidOperationException($"The path '{path}' leaves its folder.");
    }

    // 255 bytes is what file systems take for one name, and some drop a space at its end.
    // A lone surrogate (read as the replacement character) is no text that a database or a URL can carry; format characters turn the reading direction around.
    private static bool IsPart(string part)
        => part.Length > 0 && Encoding.UTF8.GetByteCount(part) <= 255 && part is not ("." or "..") && !part.Any(c => char.IsControl(c) || c is '\\') && part[^1] is not ' '
            && !part.EnumerateRunes().Any(r => r == Rune.ReplacementChar || Rune.GetUnicodeCategory(r) is UnicodeCategory.Format);

    // Somebody may decode the path again, once or often, or take look-alikes for the characters they look like: it must name a file of its folder even then.
    // A '%' alone is fine: MLflow's clients name logged images KEY%step%1%timestamp%1732000000000%ID.png.
    private static bool IsPlain(string path)
    {
        var text = Plain(path);
        if (OverlongEscape().IsMatch(text)) return false;
        while (true)
        {
            if (text.Split('/', '\\').Any(part => part is "." or "..")) return false;
            var decoded = Plain(Uri.UnescapeDataString(text));
            if (decoded == text) return true;
            if (Separators(decoded) != Separators(text)) return false;
            text = decoded;
        }
    }

    private static int Separators(string text) => text.Count(c => c is '/' or '\\' or '\0');

    // The compatibility forms of '.', '/' and '\' in Unicode.
    private static string Plain(string text)
        => text.Replace('\u2024', '.').Replace('\uFE52', '.').Replace('\uFF0E', '.').Replace("\u2025", "..").Replace('\uFF0F', '/').Replace('\uFF3C', '\\').Replace('\uFE68', '\\');

    // Bytes that no UTF-8 text has, but that old decoders take for '.' and '/'.
    [GeneratedRegex("%c[01]%", RegexOptions.CultureInvariant | RegexOptions.IgnoreCase)]
    private static partial Regex OverlongEscape();
}
