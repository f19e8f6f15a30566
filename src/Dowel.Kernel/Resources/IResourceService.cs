using Dowel.Contracts;
using Dowel.Kernel.Access;
using Dowel.Kernel.Relational;
using Dowel.Kernel.Results;

namespace Dowel.Kernel.Resources;

/// <summary>
/// What all named things have in common, in one place: names, owners, visibility, lists, revisions and the audit of their changes.
/// A room keeps its own details in its own tables under the resource's id, written in the same transaction.
/// </summary>
public interface IResourceService
{
    /// <summary>Makes one within a transaction: checks the name and that the actor contributes to the project, inserts it, records <c>kind.create</c>.</summary>
    /// <param name="session">The transaction.</param>
    /// <param name="actor">Who makes it.</param>
    /// <param name="kind">Its kind.</param>
    /// <param name="spec">What it shall be.</param>
    /// <param name="after">The room's details, for the audit trail.</param>
    Task<Result<Resource>> CreateAsync(DbSession session, Actor actor, ResourceKind kind, ResourceSpec spec, object? after = null);

    /// <summary>Changes what is common, or only counts the room's own change: raises the revision, compares <paramref name="ifRevision"/>, records <paramref name="action"/> (default <c>kind.update</c>).</summary>
    /// <param name="session">The transaction.</param>
    /// <param name="actor">Who changes it.</param>
    /// <param name="resource">The thing as it was found.</param>
    /// <param name="patch">What is common and changes; null for nothing.</param>
    /// <param name="ifRevision">The revision the client expects; null for any.</param>
    /// <param name="before">The room's details before, for the audit trail.</param>
    /// <param name="after">The room's details after.</param>
    /// <param name="action">What the trail calls it.</param>
    Task<Result<Resource>> UpdateAsync(DbSession session, Actor actor, Resource resource, ResourcePatch? patch = null, long? ifRevision = null, object? before = null, object? after = null, string? action = null);

    /// <summary>Deletes it with its shares, records <c>kind.delete</c>. The room deletes its own rows.</summary>
    Task<Result<Unit>> DeleteAsync(DbSession session, Actor actor, Resource resource, long? ifRevision = null);

    /// <summary>A page of those of a kind that the actor may see.</summary>
    Task<Result<Page<Resource>>> ListAsync(Actor actor, ResourceKind kind, ListQuery query, CancellationToken cancellationToken);

    /// <summary>All of a kind on which the actor has at least <paramref name="permission"/>.</summary>
    Task<IReadOnlyList<Resource>> AllAsync(Actor actor, ResourceKind kind, Permission permission, CancellationToken cancellationToken);

    /// <summary>Finds one by id, <c>project.name</c> or name, and checks that the actor has <paramref name="permission"/> on it. Failures: not found, forbidden (recorded), ambiguous.</summary>
    Task<Result<Resource>> FindAsync(Actor actor, ResourceKind kind, string reference, Permission permission, CancellationToken cancellationToken = default);

    /// <summary>As <see cref="FindAsync"/>, for an id of any kind.</summary>
    Task<Result<Resource>> FindByIdAsync(Actor actor, string id, Permission permission, CancellationToken cancellationToken = default);

    /// <summary>One by its id as the actor sees it, whatever its kind, or null. Its <c>Info.Access</c> says what the actor may do.</summary>
    Task<Resource?> GetAsync(Actor actor, string id, CancellationToken cancellationToken = default);

    /// <summary>Who it is shared with.</summary>
    Task<Sharing> GetSharingAsync(Resource resource, CancellationToken cancellationToken);

    /// <summary>Shares it; recorded as <c>kind.share</c>.</summary>
    Task<Result<Sharing>> SetSharingAsync(Actor actor, Resource resource, Sharing sharing, CancellationToken cancellationToken);

    /// <summary>
    /// What the actor may do with a thing, answered from memory (for the hot path). Answers are forgotten at every change of users, roles, shares and visibility on this server,
    /// and after 30 seconds in any case, for changes made by another server on the same database.
    /// </summary>
    ValueTask<Permission> CachedPermissionAsync(Actor actor, string resourceId, CancellationToken cancellationToken = default);
}
