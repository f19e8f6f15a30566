using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using Dowel.Contracts;
using Dowel.Kernel.Access;
using Dowel.Kernel.Resources;
using Dowel.Kernel.Tests.Identity;
using Dowel.Testing;
using Microsoft.Extensions.DependencyInjection;

namespace Dowel.Kernel.Tests.Projects;

public sealed class ProjectTests
{
    private static Task<HttpResponseMessage> CreateAsync(HttpClient http, string name, string? description = null)
        => http.PostAsJsonAsync("/api/v1/projects", new CreateProject { Name = name, Description = description }, DowelJson.Options);

    private static Task<HttpResponseMessage> SetAsync(HttpClient http, string project, string user, ProjectRole role)
        => http.PutAsJsonAsync($"/api/v1/projects/{project}/members/{user}", new SetMember(role), DowelJson.Options);

    private static async Task<string[]> ListAsync(HttpClient http, string query = "")
        => [.. (await RoomHost.ReadAsync<Page<Project>>(await http.GetAsync($"/api/v1/projects{query}"))).Items.Select(p => p.Name)];

    [Theory, MemberData(nameof(Engines.All), MemberType = typeof(Engines))]
    public async Task Makes_a_project_that_its_members_alone_see(Engine engine)
    {
        await using var host = await RoomHost.StartAsync(engine);
        var (alice, bob, auditor) = (await host.CreateUserAsync("alice"), await host.CreateUserAsync("bob"), await host.CreateUserAsync("audrey", isAuditor: true));
        var made = await RoomHost.ReadAsync<Project>(await CreateAsync(alice, "titanic", "Who survives"));
        Assert.Equal((ProjectRole.Owner, 1L, "Who survives"), (made.Role, made.Revision, made.Description));
        Assert.StartsWith("prj_", made.Id, StringComparison.Ordinal);

        Assert.Equal(["alice", "titanic"], await ListAsync(alice));
        Assert.Equal(["bob"], await ListAsync(bob));
        Assert.Equal(["admin", "alice", "audrey", "bob", "titanic"], await ListAsync(host.AdminClient));
        Assert.Equal(["titanic"], await ListAsync(auditor, "?search=SURVIVES"));
        Assert.Equal(["titanic", "bob"], await ListAsync(host.AdminClient, "?sort=-name&limit=2"));
        await RoomHost.ProblemAsync(await bob.GetAsync("/api/v1/projects/titanic"), ErrorCodes.Forbidden);
        Assert.Null((await RoomHost.ReadAsync<Project>(await auditor.GetAsync($"/api/v1/projects/{made.Id}"))).Role);
        await RoomHost.ProblemAsync(await auditor.PatchAsJsonAsync("/api/v1/projects/titanic", new PatchProject("x")), ErrorCodes.Forbidden);
        await RoomHost.ProblemAsync(await alice.GetAsync("/api/v1/projects/nothing"), ErrorCodes.NotFound);
        await RoomHost.ProblemAsync(await CreateAsync(bob, "titanic"), ErrorCodes.Exists);
        Assert.Contains(await host.AuditAsync("project.create"), r => r is { Actor: "alice", Project: "titanic" });
    }

    [Theory]
    [InlineData("")]
    [InlineData("Upper")]
    [InlineData("-dash")]
    [InlineData("under_score")]
    [InlineData("dot.ted")]
    [InlineData("new")]
    [InlineData("api")]
    [InlineData("a23456789012345678901234567890123456789012345678901234567890abcd")]
    public async Task Rejects_a_name_outside_the_rule(string name)
    {
        await using var host = await RoomHost.StartAsync();
        await RoomHost.ProblemAsync(await CreateAsync(host.AdminClient, name), ErrorCodes.Invalid);
    }

    [Theory, MemberData(nameof(Engines.All), MemberType = typeof(Engines))]
    public async Task Of_two_projects_made_at_once_under_one_name_one_is_refused(Engine engine)
    {
        await using var host = await RoomHost.StartAsync(engine);
        var answers = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => CreateAsync(host.AdminClient, "titanic")));
        Assert.Equal([HttpStatusCode.OK, HttpStatusCode.Conflict, HttpStatusCode.Conflict, HttpStatusCode.Conflict], answers.Select(a => a.StatusCode).Order());
    }

    [Theory, MemberData(nameof(Engines.All), MemberType = typeof(Engines))]
    public async Task Roles_count_at_once_and_owners_alone_give_them(Engine engine)
    {
        await using var host = await RoomHost.StartAsync(engine);
        var (alice, bob) = (await host.CreateUserAsync("alice"), await host.CreateUserAsync("bob"));
        await CreateAsync(alice, "titanic");
        await RoomHost.ProblemAsync(await SetAsync(bob, "titanic", "bob", ProjectRole.Owner), ErrorCodes.Forbidden);
        var member = await RoomHost.ReadAsync<Member>(await SetAsync(alice, "titanic", "bob", ProjectRole.Contributor));
        Assert.Equal(("bob", ProjectRole.Contributor), (member.User, member.Role));
        Assert.True((await bob.GetAsync("/api/v1/projects/titanic")).IsSuccessStatusCode);
        await RoomHost.ProblemAsync(await SetAsync(bob, "titanic", "bob", ProjectRole.Owner), ErrorCodes.Forbidden);
        await RoomHost.ProblemAsync(await SetAsync(alice, "titanic", "nobody", ProjectRole.Viewer), ErrorCodes.NotFound);
        var members = await RoomHost.ReadAsync<Page<Member>>(await bob.GetAsync("/api/v1/projects/titanic/members"));
        Assert.Equal([("alice", ProjectRole.Owner), ("bob", ProjectRole.Contributor)], members.Items.Select(m => (m.User, m.Role)));

        await RoomHost.ProblemAsync(await bob.DeleteAsync("/api/v1/projects/titanic/members/alice"), ErrorCodes.Forbidden);
        await RoomHost.ReadAsync<Member>(await SetAsync(alice, "titanic", "bob", ProjectRole.Viewer));
        Assert.Equal(HttpStatusCode.NoContent, (await bob.DeleteAsync("/api/v1/projects/titanic/members/bob")).StatusCode);
        await RoomHost.ProblemAsync(await bob.GetAsync("/api/v1/projects/titanic"), ErrorCodes.Forbidden);
        await RoomHost.ProblemAsync(await alice.DeleteAsync("/api/v1/projects/titanic/members/bob"), ErrorCodes.NotFound);
        Assert.Equal(3, (await host.AuditAsync("project.member")).Count(r => r.Outcome == "ok"));
    }

    [Theory, MemberData(nameof(Engines.All), MemberType = typeof(Engines))]
    public async Task One_owner_always_stays_even_when_all_leave_at_once(Engine engine)
    {
        await using var host = await RoomHost.StartAsync(engine);
        var (alice, bob) = (await host.CreateUserAsync("alice"), await host.CreateUserAsync("bob"));
        await CreateAsync(alice, "titanic");
        await RoomHost.ProblemAsync(await alice.DeleteAsync("/api/v1/projects/titanic/members/alice"), ErrorCodes.Conflict);
        await RoomHost.ProblemAsync(await SetAsync(alice, "titanic", "alice", ProjectRole.Viewer), ErrorCodes.Conflict);
        await RoomHost.ProblemAsync(await host.AdminClient.DeleteAsync("/api/v1/projects/titanic/members/alice"), ErrorCodes.Conflict);
        await RoomHost.ReadAsync<Member>(await SetAsync(alice, "titanic", "bob", ProjectRole.Owner));
        await Task.WhenAll(alice.DeleteAsync("/api/v1/projects/titanic/members/alice"), SetAsync(bob, "titanic", "bob", ProjectRole.Viewer));
        Assert.Equal(1, await host.ScalarAsync<long>("SELECT COUNT(*) FROM kernel_members m JOIN kernel_projects p ON p.id = m.project_id WHERE p.name = 'titanic' AND m.role = 'owner'"));
    }

    [Theory, MemberData(nameof(Engines.All), MemberType = typeof(Engines))]
    public async Task A_project_that_owns_something_stays_and_an_empty_one_takes_its_tokens_along(Engine engine)
    {
        await using var host = await RoomHost.StartAsync(engine);
        var alice = await host.CreateUserAsync("alice");
        await CreateAsync(alice, "titanic");
        var scoped = host.Bearer((await alice.CreateTokenAsync("ci", project: "titanic")).Secret);
        await scoped.MeAsync();
        var actor = new Actor { UserId = (await alice.MeAsync()).User.Id, UserName = "alice" };
        var resources = host.Services.GetRequiredService<IResourceService>();
        var made = await host.Db().WriteAsync(s => resources.CreateAsync(s, actor, ResourceKind.Dataset, new ResourceSpec { Name = "passengers", Project = "titanic" }, null));

        var problem = await RoomHost.ProblemAsync(await alice.DeleteAsync("/api/v1/projects/titanic"), ErrorCodes.Conflict);
        Assert.Contains("1 thing;", problem.Detail, StringComparison.Ordinal);
        await host.Db().WriteAsync(s => resources.DeleteAsync(s, actor, made.Value, null));
        Assert.Equal(HttpStatusCode.NoContent, (await alice.DeleteAsync("/api/v1/projects/titanic")).StatusCode);
        Assert.Equal(["alice"], await ListAsync(alice));
        await RoomHost.ProblemAsync(await scoped.GetAsync("/api/v1/me"), ErrorCodes.Unauthenticated);
        Assert.Single(await host.AuditAsync("project.delete"));
    }

    [Theory, MemberData(nameof(Engines.All), MemberType = typeof(Engines))]
    public async Task Without_a_name_things_go_into_ones_own_project_whoever_made_one_an_owner_of_theirs(Engine engine)
    {
        await using var host = await RoomHost.StartAsync(engine);
        var (tom, newbie) = (await host.CreateUserAsync("tom"), await host.CreateUserAsync("newbie"));
        await RoomHost.ReadAsync<Member>(await SetAsync(tom, "tom", "newbie", ProjectRole.Owner));
        var actor = new Actor { UserId = (await newbie.MeAsync()).User.Id, UserName = "newbie" };
        var resources = host.Services.GetRequiredService<IResourceService>();
        var made = await host.Db().WriteAsync(s => resources.CreateAsync(s, actor, ResourceKind.Dataset, new ResourceSpec { Name = "salaries" }, null));
        Assert.Equal("newbie", made.Value.Info.Project);
        await host.Db().WriteAsync(s => resources.DeleteAsync(s, actor, made.Value, null));
        Assert.Equal(HttpStatusCode.NoContent, (await newbie.DeleteAsync("/api/v1/projects/newbie")).StatusCode);
        made = await host.Db().WriteAsync(s => resources.CreateAsync(s, actor, ResourceKind.Dataset, new ResourceSpec { Name = "salaries" }, null));
        Assert.Equal("project", Assert.Single(made.Failure!.Fields).Field);
    }

    [Fact]
    public async Task Changes_by_stale_revisions_are_refused()
    {
        await using var host = await RoomHost.StartAsync();
        await CreateAsync(host.AdminClient, "titanic");
        var got = await host.AdminClient.GetAsync("/api/v1/projects/titanic");
        Assert.Equal("\"1\"", got.Headers.ETag!.Tag);
        async Task<HttpResponseMessage> PatchAsync(HttpMethod method, string tag)
        {
            var request = new HttpRequestMessage(method, "/api/v1/projects/titanic") { Content = method == HttpMethod.Patch ? JsonContent.Create(new PatchProject("new")) : null };
            request.Headers.IfMatch.Add(new EntityTagHeaderValue(tag));
            return await host.AdminClient.SendAsync(request);
        }
        Assert.Equal(2, (await RoomHost.ReadAsync<Project>(await PatchAsync(HttpMethod.Patch, "\"1\""))).Revision);
        await RoomHost.ProblemAsync(await PatchAsync(HttpMethod.Patch, "\"1\""), ErrorCodes.Stale);
        await RoomHost.ProblemAsync(await PatchAsync(HttpMethod.Delete, "\"1\""), ErrorCodes.Stale);
        Assert.Equal(HttpStatusCode.NoContent, (await PatchAsync(HttpMethod.Delete, "\"2\"")).StatusCode);
    }
}
