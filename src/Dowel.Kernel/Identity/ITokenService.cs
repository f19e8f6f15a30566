using Dowel.Contracts;
using Dowel.Kernel.Access;
using Dowel.Kernel.Results;

namespace Dowel.Kernel.Identity;

/// <summary>API tokens and sessions of the caller. A token that is limited to a project manages no tokens.</summary>
public interface ITokenService
{
    /// <summary>Makes a token; its secret is in the answer and nowhere else.</summary>
    Task<Result<CreatedToken>> CreateAsync(Actor actor, CreateToken token, CancellationToken cancellationToken);

    /// <summary>A page of the caller's tokens and sessions, newest first.</summary>
    Task<Result<Page<Token>>> ListAsync(Actor actor, ListQuery query, CancellationToken cancellationToken);

    /// <summary>Revokes one of the caller's tokens; it is refused from then on. Administrators may revoke any.</summary>
    Task<Result<Unit>> RevokeAsync(Actor actor, string id, CancellationToken cancellationToken);
}
