namespace Dowel.Cli;

/// <summary>Reads what users write on the command line.</summary>
internal static class Lines
{
    /// <summary>Reads <c>key=value</c> pairs.</summary>
    public static Dictionary<string, string> Pairs(IEnumerable<string>? texts, string option)
    {
        var pairs = new Dictionary<string, string>();
        foreach (var text in texts ?? [])
        {
            var at = text.IndexOf('=', StringComparison.Ordinal);
            if (at <= 0) throw CliException.Usage($"{option} '{text}' is no pair.", $"Write {option} name=value.");
            pairs[text[..at]] = text[(at + 1)..];
        }
        return pairs;
    }

    /// <summary>The pairs, or null where there are none, so that a change leaves the old ones.</summary>
    public static Dictionary<string, string>? PairsOrNull(IEnumerable<string>? texts, string option)
    {
        var pairs = Pairs(texts, option);
        return pairs.Count == 0 ? null : pairs;
    }
}
