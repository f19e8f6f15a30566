using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Options;

namespace Dowel.Web.Session;

/// <summary>Who looks at the pages. It is read once, from the request that opens the circuit, and stays on the server: the token never gets into a page.</summary>
public sealed class PageSession
{
    /// <summary>The cookie that says which scheme the browser shows; written by dowel.js.</summary>
    internal const string SchemeCookie = "dowel-scheme";

    /// <summary>Reads the request.</summary>
    /// <param name="accessor">The request: of the page while it is rendered statically, of the circuit's connection afterwards.</param>
    /// <param name="options">Options.</param>
    public PageSession(IHttpContextAccessor accessor, IOptions<WebOptions> options)
    {
        ArgumentNullException.ThrowIfNull(accessor);
        ArgumentNullException.ThrowIfNull(options);
        if ((CircuitRequest.Current ?? accessor.HttpContext) is not { } context) return;
        Token = options.Value.SessionToken(context);
        Remote = context.Connection.RemoteIpAddress?.ToString();
        Dark = context.Request.Cookies[SchemeCookie] == "dark";
    }

    /// <summary>The session token; null where nobody is signed in.</summary>
    public string? Token { get; }

    /// <summary>The browser's address.</summary>
    public string? Remote { get; }

    /// <summary>Whether the browser shows the dark scheme.</summary>
    public bool Dark { get; }
}
