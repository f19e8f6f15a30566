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

    /// <summary>Sets tags (a null value removes one) and leaves the others; recorded as <c>kind.tag</c>.</summary>
    Task<Result<Resource>> TagAsync(DbSession session, Actor actor, Resource resource, IReadOnlyDictionary<string, string?> tags);

    /// <summary>Puts it into the bin, or takes it out; recorded as <c>kind.trash</c> and <c>kind.restore</c>.</summary>
    Task<Result<Resource>> SetDeletedAsync(DbSession session, Actor actor, Resource resource, bool deleted);

    /// <summary>Gives what is imported the times that it had where it came from; null leaves one as it is.</summary>
    /// <param name="session">The transaction that imports it.</param>
    /// <param name="id">The thing.</param>
    /// <param name="createdAt">When it was made.</param>
    /// <param name="updatedAt">When it was changed last.</param>
    /// <param name="deletedAt">When it was put into the bin; for what is there.</param>
    Task SetTimesAsync(DbSession session, string id, DateTimeOffset? createdAt, DateTimeOffset? updatedAt, DateTimeOffset? deletedAt = null);

    /// <summary>Deletes it with its shares, records <c>kind.delete</c>. The room deletes its own rows.</summary>
    Task<Result<Unit>> DeleteAsync(DbSession session, Actor actor, Resource resource, long? ifRevision = null);

    /// <summary>A page of those of a kind that the actor may see; for kinds that have a bin, also of those in it.</summary>
    Task<Result<Page<Resource>>> ListAsync(Actor actor, ResourceKind kind, ListQuery query, CancellationToken cancellationToken, LifecycleView view = LifecycleView.Active, TagFilter? tag = null);

    /// <summary>All of a kind on which the actor has at least <paramref name="permission"/>.</summary>
    Task<IReadOnlyList<Resource>> AllAsync(Actor actor, ResourceKind kind, Permission permission, CancellationToken cancellationToken);

    /// <summary>Finds one by id, <c>project.name</c> or name, and checks that the actor has <paramref name="permission"/> on it. Failures: not found, forbidden (recorded), ambiguous.</summary>
    Task<Result<Resource>> FindAsync(Actor actor, ResourceKind kind, string reference, Permission permission, CancellationToken cancellationToken = default);

    /// <summary>
    /// Finds what the actor means by a name alone, as clients of other protocols give it, also in the bin; null where there is nothing that they may see.
    /// It is the one in <paramref name="project"/> (null: the token's, or the actor's own); else the only one of a project they belong to, that was shared with them by name, or (administrators and auditors) that there is;
    /// else <c>project/name</c>, which also finds what is public.
    /// </summary>
    Task<Result<Resource?>> FindNamedAsync(Actor actor, ResourceKind kind, string name, string? project, CancellationToken cancellationToken = default);

    /// <summary>As <see cref="FindAsync"/>, for an id of any kind.</summary>
    Task<Result<Resource>> FindByIdAsync(Actor actor, string id, Permission permission, CancellationToken cancellationToken = default);

    /// <summary>One by its id as the actor sees it, whatever its kind, or null. Its <c>Info.Access</c> says what the actor may do.</summary>
    Task<Resource?> GetAsync(Actor actor, string id, CancellationToken cancellationToken = default);

    /// <summary>Who it is shared with.</summary>
    Task<Sharing> GetSharingAsync(Resource resource, CancellationToken cancellationToken);

    /// <summary>Shares it; recorded as <c>kind.share</c>.</summary>
    Task<Result<Sharing>> SetSharingAsync(Actor actor, Resource resource, Sharing sharing, CancellationToken cancellationToken);

    /// <summary>The condition, on <c>kernel_resources r</c>, <c>kernel_members m</c> and <c>kernel_shares s</c> of the actor, for what they may see; for a room's own searches.</summary>
    /// <param name="actor">Who asks.</param>
    ResourceSearch SearchFor(Actor actor);

    /// <summary>
    /// What the actor may do with a thing, answered from memory (for the hot path). Answers are forgotten at every change of users, roles, shares and visibility on this server,
    /// and after 30 seconds in any case, for changes made by another server on the same database.
    /// </summary>
    ValueTask<Permission> CachedPermissionAsync(Actor actor, string resourceId, CancellationToken cancellationToken = default);
}

/// <summary>Where a room's own search over resources begins.</summary>
/// <param name="From">Joins from <c>kernel_resources r</c> to its project <c>p</c>, the actor's role <c>m</c> and share <c>s</c>.</param>
/// <param name="Visible">The condition for what the actor may see.</param>
/// <param name="Args">The parameters of both.</param>
public sealed record ResourceSearch(string From, string Visible, Dapper.DynamicParameters Args);
