using Dowel.Contracts;
using Dowel.Kernel.Relational;
using Dowel.Kernel.Results;

namespace Dowel.Kernel.Access;

/// <summary>A project, as little as is needed to own things.</summary>
/// <param name="Id">Id.</param>
/// <param name="Name">Name.</param>
/// <param name="Role">The actor's role; null for administrators and auditors who are no member.</param>
public sealed record ProjectRef(string Id, string Name, ProjectRole? Role);

/// <summary>Answers which project is meant and whether the actor has a role in it.</summary>
public interface IProjectAccess
{
    /// <summary>Finds a project by name or id (null: the token's project, or the actor's own) and checks that the actor has at least <paramref name="role"/>.</summary>
    Task<Result<ProjectRef>> RequireAsync(DbSession session, Actor actor, string? project, ProjectRole role);

    /// <summary>Whether the actor belongs to a project, from memory where it was asked lately; for the hot path.</summary>
    /// <param name="actor">Who.</param>
    /// <param name="projectId">The project's id.</param>
    /// <param name="cancellationToken">Cancels it.</param>
    ValueTask<bool> IsMemberAsync(Actor actor, string projectId, CancellationToken cancellationToken);
}
