using System.Net;

namespace Dowel.Kernel.Identity;

/// <summary>Sign-in by OpenID Connect, section <c>Oidc</c>. Without the section it is off; half of it stops the start.</summary>
public sealed class OidcOptions
{
    /// <summary>The configuration section.</summary>
    public const string Section = "Oidc";

    /// <summary>The provider's address (its discovery document is below it). HTTPS, or HTTP on a loopback address.</summary>
    public string Authority { get; set; } = "";

    /// <summary>This server's client id at the provider.</summary>
    public string ClientId { get; set; } = "";

    /// <summary>This server's client secret at the provider.</summary>
    public string ClientSecret { get; set; } = "";

    /// <summary>The scopes to ask for, separated by spaces.</summary>
    public string Scopes { get; set; } = "openid profile email";

    /// <summary>The provider's name for people, as the sign-in page shows it.</summary>
    public string DisplayName { get; set; } = "single sign-on";

    /// <summary>The claim that lists a person's groups.</summary>
    public string GroupsClaim { get; set; } = "groups";

    /// <summary>Members of this group are administrators, others are not, decided at each sign-in; empty to decide in Dowel.</summary>
    public string? AdminGroup { get; set; }

    /// <summary>Members of this group are auditors, others are not, decided at each sign-in; empty to decide in Dowel.</summary>
    public string? AuditorGroup { get; set; }

    /// <summary>Makes a user for whoever signs in the first time; otherwise an unknown person is refused.</summary>
    public bool CreateUsers { get; set; } = true;

    /// <summary>Whether it is on.</summary>
    public bool IsOn => Authority.Length > 0;

    /// <summary>Everything that is missing or wrong, each naming its key.</summary>
    internal IEnumerable<string> Mistakes()
    {
        if (string.IsNullOrWhiteSpace(Authority)) yield return "Oidc:Authority is missing: give the address of the OpenID Connect provider.";
        else if (!Uri.TryCreate(Authority, UriKind.Absolute, out var uri) || !(uri.Scheme == "https" || (uri.Scheme == "http" && IsLoopback(uri))))
            yield return $"Oidc:Authority is '{Authority}', expected an https:// address (http:// on a loopback address only).";
        if (string.IsNullOrWhiteSpace(ClientId)) yield return "Oidc:ClientId is missing: give this server's client id at the provider.";
        if (string.IsNullOrWhiteSpace(ClientSecret)) yield return "Oidc:ClientSecret is missing: give this server's client secret at the provider.";
        if (!Scopes.Split(' ').Contains("openid")) yield return $"Oidc:Scopes is '{Scopes}', expected scopes with 'openid' among them.";
    }

    internal bool IsHttps => Authority.StartsWith("https:", StringComparison.OrdinalIgnoreCase);

    private static bool IsLoopback(Uri uri) => uri.IsLoopback || (IPAddress.TryParse(uri.Host.Trim('[', ']'), out var ip) && IPAddress.IsLoopback(ip));
}
