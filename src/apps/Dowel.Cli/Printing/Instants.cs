using System.Globalization;
using System.Text.RegularExpressions;
using Dowel.Contracts;

namespace Dowel.Cli;

/// <summary>Reads points in time: ISO 8601, or how long ago (<c>90s</c>, <c>15m</c>, <c>2h</c>, <c>7d</c>), or <c>now</c>.</summary>
internal static partial class Instants
{
    public const string Help = "ISO 8601, or how long ago: 90s, 15m, 2h, 7d";

    public static DateTimeOffset? Parse(string? text, string option, TimeProvider time)
    {
        if (string.IsNullOrWhiteSpace(text)) return null;
        if (text == "now") return time.GetUtcNow();
        if (Ago().Match(text) is { Success: true } ago && double.TryParse(ago.Groups[1].ValueSpan, CultureInfo.InvariantCulture, out var count) && count < 1e6)
        {
            return time.GetUtcNow() - (ago.Groups[2].Value switch
            {
                "s" => TimeSpan.FromSeconds(count),
                "m" => TimeSpan.FromMinutes(count),
                "h" => TimeSpan.FromHours(count),
                _ => TimeSpan.FromDays(Math.Min(count, 36500)),
            });
        }
        if (DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out var at)) return at;
        throw CliException.Usage($"{option} '{text}' is no point in time.", $"Give {Help}.");
    }

    /// <summary>Reads <c>FROM..TO</c>; either may be left out.</summary>
    public static Window Window(string? text, string option, TimeProvider time)
    {
        if (string.IsNullOrWhiteSpace(text)) return new Window();
        var parts = text.Split("..");
        if (parts.Length != 2) throw CliException.Usage($"{option} '{text}' is no stretch of time.", $"Write {option} FROM..TO, such as 7d..1d; each {Help}.");
        return new Window(Parse(parts[0], option, time), Parse(parts[1], option, time));
    }

    [GeneratedRegex(@"^(\d+(?:\.\d+)?)([smhd])$")]
    private static partial Regex Ago();
}
