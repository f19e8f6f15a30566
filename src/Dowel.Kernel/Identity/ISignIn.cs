using Dowel.Contracts;
using Dowel.Kernel.Access;
using Dowel.Kernel.Results;
using Microsoft.AspNetCore.Http;

namespace Dowel.Kernel.Identity;

/// <summary>Signing in and out. Attempts are limited for each remote address and user name; the request is needed for that and for the audit trail.</summary>
public interface ISignIn
{
    /// <summary>Opens a session by user name and password.</summary>
    Task<Result<CreatedToken>> ByPasswordAsync(HttpContext context, SignIn signIn, CancellationToken cancellationToken);

    /// <summary>Opens a session by a one-time link's code, and sets the password if one is given. A password that will not do leaves the link unused.</summary>
    Task<Result<CreatedToken>> ByLinkAsync(HttpContext context, RedeemLink link, CancellationToken cancellationToken);

    /// <summary>Whether a one-time link's code would do now; uses nothing up.</summary>
    Task<bool> IsLinkGoodAsync(string code, CancellationToken cancellationToken);

    /// <summary>Changes the caller's password and ends their other sessions; API tokens stay.</summary>
    Task<Result<Unit>> ChangePasswordAsync(HttpContext context, Actor actor, ChangePassword change, CancellationToken cancellationToken);

    /// <summary>Revokes the token that the caller came with.</summary>
    Task<Result<Unit>> SignOutAsync(Actor actor, CancellationToken cancellationToken);
}
