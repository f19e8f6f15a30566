using System.Globalization;

namespace Dowel.Web.Pages.Endpoints;

/// <summary>Windows of time as a form writes them: in UTC, to the millisecond; empty for open ends.</summary>
internal static class DriftWindows
{
    private const string Format = "yyyy-MM-dd'T'HH:mm:ss.fff";

    public static string Write(DateTimeOffset? at) => at is { } instant ? instant.UtcDateTime.ToString(Format, CultureInfo.InvariantCulture) : "";

    public static bool TryRead(string? text, out DateTimeOffset? at)
    {
        at = null;
        if (string.IsNullOrWhiteSpace(text)) return true;
        if (!DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out var parsed)) return false;
        at = parsed;
        return true;
    }

    /// <summary>Says what is wrong with two windows; null if nothing is.</summary>
    public static string? Wrong(Window reference, Window current, DateTimeOffset now)
    {
        foreach (var (name, window) in ((string, Window)[])[("reference", reference), ("current", current)])
        {
            if (window.From is { } from && window.From >= (window.To ?? now)) return $"The {name} window ends before it begins ({Formats.Exact(from)}).";
        }
        return reference == current ? "Both windows are the same; there is nothing to compare." : null;
    }

    public static string Text(Window window) => $"{(window.From is { } from ? Instant(from) : "the beginning")} to {(window.To is { } to ? Instant(to) : "now")}";

    private static string Instant(DateTimeOffset at) => at.UtcDateTime.ToString(at.Millisecond == 0 ? "yyyy-MM-dd HH:mm:ss" : "yyyy-MM-dd HH:mm:ss.fff", CultureInfo.InvariantCulture);
}
