using Dowel.Contracts;
using Dowel.Kernel.Access;
using Dowel.Kernel.Http;
using Dowel.Kernel.Identity;
using Dowel.Kernel.Results;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Routing;

namespace Dowel.Kernel.Projects;

/// <summary>Projects and their members.</summary>
public static class ProjectEndpoints
{
    /// <summary>Maps <c>/api/v1/projects</c>.</summary>
    public static void MapProjectEndpoints(this IEndpointRouteBuilder endpoints)
    {
        var group = endpoints.MapGroup("/api/v1/projects").WithTags("Projects").WithMetadata(new RequestSizeLimitAttribute(IdentityEndpoints.MaxBody));
        group.MapGet("", List).Allow(AccessRule.SignedIn).WithName("ListProjects").WithSummary("Your projects; all of them for administrators and auditors");
        group.MapPost("", Create).Allow(AccessRule.CheckedInside("not by a token limited to a project")).WithName("CreateProject").WithSummary("Make a project; you become its owner");
        group.MapGet("/{project}", Get).Allow(AccessRule.InProject(ProjectRole.Viewer)).WithName("GetProject").WithSummary("One project");
        group.MapPatch("/{project}", Patch).Allow(AccessRule.InProject(ProjectRole.Owner)).WithName("PatchProject").WithSummary("Change a project");
        group.MapDelete("/{project}", Delete).Allow(AccessRule.InProject(ProjectRole.Owner)).WithName("DeleteProject").WithSummary("Delete a project that owns nothing any more");
        group.MapGet("/{project}/members", Members).Allow(AccessRule.InProject(ProjectRole.Viewer)).WithName("ListMembers").WithSummary("The members of a project");
        group.MapPut("/{project}/members/{user}", SetMember).Allow(AccessRule.InProject(ProjectRole.Owner)).WithName("SetMember").WithSummary("Add a member or change their role");
        group.MapDelete("/{project}/members/{user}", RemoveMember)
            .Allow(AccessRule.InProject(ProjectRole.Viewer) with { Description = "viewer of the project; checked inside: owner, or oneself" }).WithName("RemoveMember").WithSummary("Take a member out, or leave");
    }

    private static async Task<ApiResult<Page<Project>>> List(Actor actor, [AsParameters] ListQuery query, IProjectService projects, CancellationToken cancellationToken)
        => await projects.ListAsync(actor, query, cancellationToken);

    private static async Task<ApiResult<Project>> Create(HttpContext context, Actor actor, CreateProject body, IProjectService projects)
        => Tagged(context, await projects.CreateAsync(actor, body, context.RequestAborted));

    private static async Task<ApiResult<Project>> Get(HttpContext context, Actor actor, IProjectService projects)
        => Tagged(context, await projects.GetAsync(actor, Found(context), context.RequestAborted));

    private static async Task<ApiResult<Project>> Patch(HttpContext context, Actor actor, PatchProject body, IfMatch ifMatch, IProjectService projects)
        => Tagged(context, await projects.PatchAsync(actor, Found(context), body, ifMatch.Revision, context.RequestAborted));

    private static async Task<ApiResult<Unit>> Delete(HttpContext context, Actor actor, IfMatch ifMatch, IProjectService projects)
        => await projects.DeleteAsync(actor, Found(context), ifMatch.Revision, context.RequestAborted);

    private static async Task<ApiResult<Page<Member>>> Members(HttpContext context, [AsParameters] ListQuery query, IProjectService projects)
        => await projects.MembersAsync(Found(context), query, context.RequestAborted);

    private static async Task<ApiResult<Member>> SetMember(HttpContext context, Actor actor, string user, SetMember body, IProjectService projects)
        => await projects.SetMemberAsync(actor, Found(context), user, body.Role, context.RequestAborted);

    private static async Task<ApiResult<Unit>> RemoveMember(HttpContext context, Actor actor, string user, IProjectService projects)
        => await projects.RemoveMemberAsync(actor, Found(context), user, context.RequestAborted);

    /// <summary>The project that the route's rule found and allowed.</summary>
    private static ProjectRef Found(HttpContext context) => context.Features.Get<ProjectRef>()!;

    private static Result<Project> Tagged(HttpContext context, Result<Project> result)
    {
        if (result.TryGet(out var project, out _)) context.Response.Headers.ETag = $"\"{project.Revision}\"";
        return result;
    }
}
