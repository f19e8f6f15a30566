using Dowel.Contracts;
using Dowel.Kernel.Access;
using Dowel.Kernel.Results;

namespace Dowel.Kernel.Identity;

/// <summary>
/// Users. Everybody signed in may search the enabled ones, to share things with them, and sees their names and platform roles;
/// e-mail address, last sign of life and disabled users are for administrators, auditors and the person.
/// </summary>
public interface IUserService
{
    /// <summary>Makes a user and their personal project; without a password also a sign-in link. The caller must be allowed to (administrators).</summary>
    Task<Result<CreatedUser>> CreateAsync(Actor actor, CreateUser user, CancellationToken cancellationToken);

    /// <summary>A page of users.</summary>
    Task<Result<Page<User>>> ListAsync(Actor actor, ListQuery query, CancellationToken cancellationToken);

    /// <summary>One user, by name or id.</summary>
    Task<Result<User>> GetAsync(Actor actor, string user, CancellationToken cancellationToken);

    /// <summary>Changes a user: their names and address by themselves, everything by administrators. One enabled administrator always stays.</summary>
    Task<Result<User>> PatchAsync(Actor actor, string user, PatchUser patch, CancellationToken cancellationToken);

    /// <summary>Makes a one-time sign-in link. The caller must be allowed to (administrators).</summary>
    Task<Result<SignInLink>> CreateLinkAsync(Actor actor, string user, CancellationToken cancellationToken);
}
