using Dowel.Contracts;

namespace Dowel.Client;

/// <summary>Projects and their members.</summary>
public sealed class ProjectsClient
{
    private readonly DowelHttp http;

    internal ProjectsClient(DowelHttp http) => this.http = http;

    /// <summary>A page of the projects that the caller may see.</summary>
    public Task<Page<Project>> ListAsync(ListQuery? query = null, CancellationToken cancellationToken = default) =>
        http.GetAsync<Page<Project>>(ApiPath.Api("projects").With(query), cancellationToken);

    /// <summary>All projects that the caller may see.</summary>
    public IAsyncEnumerable<Project> AllAsync(ListQuery? query = null, CancellationToken cancellationToken = default) =>
        Paging.AllAsync((cursor, ct) => ListAsync((query ?? new()) with { Cursor = cursor }, ct), cancellationToken);

    /// <summary>One project, by name or id.</summary>
    public Task<Project> GetAsync(string project, CancellationToken cancellationToken = default) => http.GetAsync<Project>(ApiPath.Api("projects").Then(project), cancellationToken);

    /// <summary>Makes a project; the caller becomes its owner.</summary>
    public Task<Project> CreateAsync(CreateProject project, CancellationToken cancellationToken = default) =>
        http.SendAsync<Project>(HttpMethod.Post, ApiPath.Api("projects"), project, null, cancellationToken);

    /// <summary>Changes a project.</summary>
    public Task<Project> UpdateAsync(string project, PatchProject change, long? ifRevision = null, CancellationToken cancellationToken = default) =>
        http.SendAsync<Project>(HttpMethod.Patch, ApiPath.Api("projects").Then(project), change, ifRevision, cancellationToken);

    /// <summary>Deletes a project.</summary>
    public Task DeleteAsync(string project, long? ifRevision = null, CancellationToken cancellationToken = default) =>
        http.SendAsync(HttpMethod.Delete, ApiPath.Api("projects").Then(project), null, ifRevision, cancellationToken);

    /// <summary>The members of a project.</summary>
    public Task<Page<Member>> MembersAsync(string project, ListQuery? query = null, CancellationToken cancellationToken = default) =>
        http.GetAsync<Page<Member>>(ApiPath.Api("projects").Then(project).Literal("members").With(query), cancellationToken);

    /// <summary>Adds a member or gives one another role.</summary>
    public Task<Member> SetMemberAsync(string project, string user, ProjectRole role, CancellationToken cancellationToken = default) =>
        http.SendAsync<Member>(HttpMethod.Put, ApiPath.Api("projects").Then(project).Literal("members").Then(user), new SetMember(role), null, cancellationToken);

    /// <summary>Takes a member out.</summary>
    public Task RemoveMemberAsync(string project, string user, CancellationToken cancellationToken = default) =>
        http.SendAsync(HttpMethod.Delete, ApiPath.Api("projects").Then(project).Literal("members").Then(user), null, null, cancellationToken);
}
