using System.Security.Cryptography;
using Dowel.Contracts;
using Dowel.Kernel.Access;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.AspNetCore.Http;

namespace Dowel.Kernel.Identity;

/// <summary>Lets the server's own pages call the API as the person who looks at them.</summary>
public interface ISessionTokens
{
    /// <summary>The session token of a request that was authenticated by the session cookie; null otherwise.</summary>
    string? GetToken(HttpContext context);
}

/// <summary>
/// The session cookie: the session token, encrypted and signed with keys that stay in the data folder. Scripts cannot read it (HttpOnly),
/// other sites do not send it along with their forms (SameSite=Lax), and it is Secure wherever the request is.
/// </summary>
internal sealed class SessionCookies(IDataProtectionProvider protection) : ISessionTokens
{
    public const string Name = "dowel_session";
    private readonly IDataProtector _protector = protection.CreateProtector("Dowel.Session.v1");

    // A circuit over long polling has a copy of its first request: with its user and its cookie, without its features.
    public string? GetToken(HttpContext context) => context.Features.Get<SessionFeature>()?.Token
        ?? (context.User.Identity?.IsAuthenticated == true && context.Features.Get<Actor>() is null ? Read(context) : null);

    public string? Read(HttpContext context)
    {
        if (!context.Request.Cookies.TryGetValue(Name, out var value) || string.IsNullOrEmpty(value)) return null;
        try
        {
            var token = _protector.Unprotect(value);
            return TokenSecrets.LooksLikeToken(token) ? token : null;
        }
        catch (CryptographicException)
        {
            return null;
        }
    }

    public void Write(HttpContext context, CreatedToken token) => context.Response.Cookies.Append(Name, _protector.Protect(token.Secret), Options(context, token.Info.ExpiresAt));

    public void Delete(HttpContext context) => context.Response.Cookies.Delete(Name, Options(context, null));

    private static CookieOptions Options(HttpContext context, DateTimeOffset? expires) => new()
    {
        HttpOnly = true,
        SameSite = SameSiteMode.Lax,
        Secure = context.Request.IsHttps,
        IsEssential = true,
        Path = "/",
        Expires = expires,
    };
}

/// <summary>That a request was authenticated by the session cookie.</summary>
internal sealed record SessionFeature(string Token);
