namespace Dowel.Kernel.Identity;

/// <summary>Where people go after signing in: only to this server's own pages.</summary>
internal static class LocalUrls
{
    /// <summary>A path on this server. Browsers take <c>//host</c> and <c>/\host</c> for other servers, and skip tabs and line ends.</summary>
    public static bool IsLocal(string? url)
        => url is ['/', ..] && (url.Length == 1 || url[1] is not ('/' or '\\')) && !url.Any(c => char.IsControl(c) || c == '\\') && url.Length <= 2000;

    /// <summary>The path, as a header can carry it, or the home page.</summary>
    public static string OrHome(string? url) => !IsLocal(url) ? "/" : string.Concat(url!.EnumerateRunes().Select(r => r.IsAscii ? r.ToString() : Uri.EscapeDataString(r.ToString())));

    /// <summary>The sign-in page, with an error code and where to go on.</summary>
    public static string SignIn(string error, string? returnUrl)
        => $"/sign-in?error={Uri.EscapeDataString(error)}" + (IsLocal(returnUrl) ? $"&returnUrl={Uri.EscapeDataString(returnUrl!)}" : "");
}
