namespace Dowel.Client;

/// <summary>Reads one-time sign-in links.</summary>
public static class SignInLinks
{
    /// <summary>The code of a link: its <c>code</c> parameter; a text that is no link is taken for the code itself.</summary>
    /// <param name="link">A whole link, its path and query, or a code.</param>
    /// <returns>The code.</returns>
    public static string CodeOf(string link)
    {
        ArgumentNullException.ThrowIfNull(link);
        var text = link.Trim();
        var query = text.IndexOf('?', StringComparison.Ordinal);
        if (query < 0) return text;
        foreach (var pair in text[(query + 1)..].Split('#')[0].Split('&'))
        {
            if (pair.StartsWith("code=", StringComparison.Ordinal)) return Uri.UnescapeDataString(pair[5..]);
        }
        return text;
    }
}
