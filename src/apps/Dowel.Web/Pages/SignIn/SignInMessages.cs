namespace Dowel.Web.Pages.SignIn;

/// <summary>What the server says about a failed sign-in, by the code in the address. A text from the address is never shown.</summary>
internal static class SignInMessages
{
    public static string? Of(string? code) => code switch
    {
        null or "" => null,
        "credentials" or "auth.required" => "User name or password is wrong, or the account is disabled.",
        "limited" or "request.rate_limited" => "Too many attempts. Wait a minute and try again.",
        "link" => "This link was used already or has expired. Ask an administrator for a new one.",
        "password" or "request.invalid" => "The password must have 12 to 512 characters.",
        "oidc" => "The sign-in with your provider did not work. Try again, or use a password.",
        "oidc_refused" => "Your provider knows you, but this server does not let you in. Ask an administrator.",
        "antiforgery" or "auth.cross_site" => "The form was too old. Try again.",
        _ => "Signing in did not work. Try again.",
    };

    /// <summary>Where to go afterwards: a path of this server, never another site.</summary>
    public static string LocalPath(string? url) =>
        url is { Length: > 0 } && url[0] == '/' && (url.Length == 1 || (url[1] != '/' && url[1] != '\\')) && !url.Any(char.IsControl) && !url.StartsWith("/sign-in", StringComparison.OrdinalIgnoreCase) ? url : "/";
}
