using Dowel.Contracts;
using Dowel.Kernel.Access;
using Dowel.Kernel.Results;

namespace Dowel.Kernel.Projects;

/// <summary>Projects and their members. Where a <see cref="ProjectRef"/> is given, the caller's role in it was checked when it was found.</summary>
public interface IProjectService
{
    /// <summary>Makes a project with the caller as owner.</summary>
    Task<Result<Project>> CreateAsync(Actor actor, CreateProject project, CancellationToken cancellationToken);

    /// <summary>A page of the caller's projects; all of them for administrators and auditors.</summary>
    Task<Result<Page<Project>>> ListAsync(Actor actor, ListQuery query, CancellationToken cancellationToken);

    /// <summary>One project.</summary>
    Task<Result<Project>> GetAsync(Actor actor, ProjectRef project, CancellationToken cancellationToken);

    /// <summary>Changes a project.</summary>
    Task<Result<Project>> PatchAsync(Actor actor, ProjectRef project, PatchProject patch, long? ifRevision, CancellationToken cancellationToken);

    /// <summary>Deletes a project that owns nothing any more; tokens limited to it are revoked.</summary>
    Task<Result<Unit>> DeleteAsync(Actor actor, ProjectRef project, long? ifRevision, CancellationToken cancellationToken);

    /// <summary>A page of the members, by name.</summary>
    Task<Result<Page<Member>>> MembersAsync(ProjectRef project, ListQuery query, CancellationToken cancellationToken);

    /// <summary>Adds a member or gives one another role. One owner always stays.</summary>
    Task<Result<Member>> SetMemberAsync(Actor actor, ProjectRef project, string user, ProjectRole role, CancellationToken cancellationToken);

    /// <summary>Takes a member out: owners anybody, members themselves. One owner always stays.</summary>
    Task<Result<Unit>> RemoveMemberAsync(Actor actor, ProjectRef project, string user, CancellationToken cancellationToken);
}
