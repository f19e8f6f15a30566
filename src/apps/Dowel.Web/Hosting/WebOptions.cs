using Microsoft.AspNetCore.Http;

namespace Dowel.Web;

/// <summary>What the pages need to know of the server that hosts them.</summary>
public sealed class WebOptions
{
    /// <summary>Reads the raw session token of a request, such as from its cookie; null where nobody is signed in.</summary>
    public Func<HttpContext, string?> SessionToken { get; set; } = _ => null;

    /// <summary>Where the pages reach the API: the server's own address. Asked when a page is opened, so that the port may be chosen at start.</summary>
    public Func<Uri>? ApiBase { get; set; }

    /// <summary>A header that the pages send with their calls, by which the server knows them; null for none.</summary>
    public KeyValuePair<string, string>? Mark { get; set; }

    /// <summary>Whether the server runs without sign-in, for one person.</summary>
    public bool SingleUser { get; set; }

    /// <summary>The name of the OpenID Connect provider as people know it; null where none is set up. Its link goes to <c>/sign-in/oidc</c>.</summary>
    public string? OidcName { get; set; }

    /// <summary>Whether a room is on; the pages of one that is off answer 404.</summary>
    public Func<string, bool> HasRoom { get; set; } = _ => true;

    /// <summary>Whether a one-time sign-in link's code would still do; uses nothing up.</summary>
    public Func<HttpContext, string, Task<bool>> LinkIsGood { get; set; } = (_, _) => Task.FromResult(true);

    /// <summary>The largest file that the pages upload, in bytes; larger ones go by the API or the command line.</summary>
    public long MaxUploadBytes { get; set; } = 2_000_000_000;
}
