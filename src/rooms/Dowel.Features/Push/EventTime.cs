using System.Globalization;
using Dowel.Kernel.Relational;

namespace Dowel.Features.Push;

/// <summary>Event timestamps: ISO 8601, with an offset or 'Z'; without one they are UTC. Kept to the microsecond.</summary>
internal static class EventTime
{
    public const string Expected = "a time in ISO 8601, such as 2026-01-31T12:00:00Z or 2026-01-31T12:00:00+01:00, at most a day ahead";

    /// <summary>How far ahead a clock may be. What lies further ahead would stand before every newer row for as long.</summary>
    public static readonly TimeSpan MostAhead = TimeSpan.FromDays(1);

    private static readonly string[] Forms =
    [
        "yyyy-MM-dd'T'HH:mm:ss.FFFFFFFK", "yyyy-MM-dd HH:mm:ss.FFFFFFFK", "yyyy-MM-dd'T'HH:mmK", "yyyy-MM-dd HH:mmK", "yyyy-MM-dd",
        // As DuckDB and PostgreSQL print: +00.
        "yyyy-MM-dd HH:mm:ss.FFFFFFFzz", "yyyy-MM-dd'T'HH:mm:ss.FFFFFFFzz",
    ];

    public static bool TryParse(scoped ReadOnlySpan<char> text, out long micros)
    {
        micros = 0;
        text = text.Trim();
        Span<char> shortened = stackalloc char[40];
        var point = text.IndexOf('.');
        if (point > 0 && text.Length <= shortened.Length)
        {
            // Nanoseconds, as numpy prints them, are past what is kept.
            var digits = 0;
            while (point + 1 + digits < text.Length && char.IsAsciiDigit(text[point + 1 + digits])) digits++;
            if (digits > 7)
            {
                var rest = text[(point + 1 + digits)..];
                text[..(point + 8)].CopyTo(shortened);
                rest.CopyTo(shortened[(point + 8)..]);
                text = shortened[..(point + 8 + rest.Length)];
            }
        }
        if (!DateTimeOffset.TryParseExact(text, Forms, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out var at)) return false;
        micros = at.ToMicros();
        return true;
    }
}
