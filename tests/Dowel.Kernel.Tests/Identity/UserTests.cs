using System.Net;
using System.Net.Http.Json;
using Dowel.Contracts;
using Dowel.Testing;

namespace Dowel.Kernel.Tests.Identity;

public sealed class UserTests
{
    [Theory, MemberData(nameof(Engines.All), MemberType = typeof(Engines))]
    public async Task A_new_user_owns_a_project_named_after_them(Engine engine)
    {
        await using var host = await RoomHost.StartAsync(engine);
        var first = await host.CreateUserAsync("Ada.Lovelace@example.org");
        Assert.Equal([new Membership("ada-lovelace-example-org", ProjectRole.Owner)], (await first.MeAsync()).Projects);
        var second = await host.CreateUserAsync("ada_lovelace-example.org");
        Assert.Equal([new Membership("ada-lovelace-example-org-2", ProjectRole.Owner)], (await second.MeAsync()).Projects);
        var third = await host.CreateUserAsync("api");
        Assert.Equal("api-2", (await third.MeAsync()).Projects.Single().Project);
        Assert.Equal(["api", "ada_lovelace-example.org", "Ada.Lovelace@example.org", "admin"], (await host.AuditAsync("user.create")).Select(r => r.Resource));
    }

    [Theory]
    [InlineData("")]
    [InlineData(".hidden")]
    [InlineData("with space")]
    [InlineData("slash/name")]
    [InlineData("söder")]
    [InlineData("system")]
    [InlineData("nul\0name")]
    [InlineData("a234567890123456789012345678901234567890123456789012345678901234")]
    public async Task Rejects_a_name_outside_the_rule(string name)
    {
        await using var host = await RoomHost.StartAsync();
        var problem = await RoomHost.ProblemAsync(await host.AdminClient.PostAsJsonAsync("/api/v1/users", new CreateUser { Name = name }), ErrorCodes.Invalid);
        Assert.Equal("name", problem.Fields!.Single().Field);
    }

    [Theory, MemberData(nameof(Engines.All), MemberType = typeof(Engines))]
    public async Task Rejects_a_name_that_differs_in_case_alone_also_at_the_same_time(Engine engine)
    {
        await using var host = await RoomHost.StartAsync(engine);
        await host.CreateUserAsync("alice");
        await RoomHost.ProblemAsync(await host.AdminClient.PostAsJsonAsync("/api/v1/users", new CreateUser { Name = "ALICE" }), ErrorCodes.Exists);
        var answers = await Task.WhenAll(new[] { "bob", "Bob", "BOB", "bOb" }.Select(n => host.AdminClient.PostAsJsonAsync("/api/v1/users", new CreateUser { Name = n })));
        Assert.Equal([HttpStatusCode.OK, HttpStatusCode.Conflict, HttpStatusCode.Conflict, HttpStatusCode.Conflict], answers.Select(a => a.StatusCode).Order());
    }

    [Theory, MemberData(nameof(Engines.All), MemberType = typeof(Engines))]
    public async Task Others_see_names_alone_and_no_disabled_users(Engine engine)
    {
        await using var host = await RoomHost.StartAsync(engine);
        var alice = await host.CreateUserAsync("alice");
        var auditor = await host.CreateUserAsync("audrey", isAuditor: true);
        await host.CreateUserAsync("gone");
        await RoomHost.ReadAsync<User>(await host.AdminClient.PatchUserAsync("alice", new PatchUser { Email = "alice@example.org", DisplayName = "Alice A." }));
        await RoomHost.ReadAsync<User>(await host.AdminClient.PatchUserAsync("admin", new PatchUser { Email = "root@example.org" }));
        await RoomHost.ReadAsync<User>(await host.AdminClient.PatchUserAsync("gone", new PatchUser { Disabled = true }));

        var seen = (await RoomHost.ReadAsync<Page<User>>(await alice.GetAsync("/api/v1/users"))).Items;
        Assert.Equal(["admin", "alice", "audrey"], seen.Select(u => u.Name));
        Assert.Null(seen[0].Email);
        Assert.Equal("alice@example.org", seen[1].Email);
        Assert.True(seen[0].IsAdmin && seen[2].IsAuditor);
        // The address must not be found out by searching for it either.
        Assert.Empty((await RoomHost.ReadAsync<Page<User>>(await alice.GetAsync("/api/v1/users?search=root@"))).Items);
        Assert.Equal(["alice"], (await RoomHost.ReadAsync<Page<User>>(await alice.GetAsync("/api/v1/users?search=alice%20a"))).Items.Select(u => u.Name));
        Assert.Equal(4, (await RoomHost.ReadAsync<Page<User>>(await auditor.GetAsync("/api/v1/users"))).Items.Count);
        Assert.Equal("root@example.org", (await RoomHost.ReadAsync<User>(await auditor.GetAsync("/api/v1/users/admin"))).Email);
        await RoomHost.ProblemAsync(await host.HttpFor(null).GetAsync("/api/v1/users"), ErrorCodes.Unauthenticated);

        var page = await RoomHost.ReadAsync<Page<User>>(await auditor.GetAsync("/api/v1/users?limit=3&sort=-name"));
        Assert.Equal(["gone", "audrey", "alice"], page.Items.Select(u => u.Name));
        Assert.Equal(["admin"], (await RoomHost.ReadAsync<Page<User>>(await auditor.GetAsync($"/api/v1/users?limit=3&sort=-name&cursor={page.NextCursor}"))).Items.Select(u => u.Name));
    }

    [Fact]
    public async Task People_change_their_own_names_but_no_roles_and_nobody_else()
    {
        await using var host = await RoomHost.StartAsync();
        var alice = await host.CreateUserAsync("alice");
        await host.CreateUserAsync("bob");
        Assert.Equal("Alice", (await RoomHost.ReadAsync<User>(await alice.PatchUserAsync("alice", new PatchUser { DisplayName = "Alice" }))).DisplayName);
        await RoomHost.ProblemAsync(await alice.PatchUserAsync("alice", new PatchUser { IsAdmin = true }), ErrorCodes.Forbidden);
        await RoomHost.ProblemAsync(await alice.PatchUserAsync("alice", new PatchUser { Disabled = false }), ErrorCodes.Forbidden);
        await RoomHost.ProblemAsync(await alice.PatchUserAsync("bob", new PatchUser { DisplayName = "x" }), ErrorCodes.Forbidden);
        await RoomHost.ProblemAsync(await alice.PatchUserAsync("nobody", new PatchUser { DisplayName = "x" }), ErrorCodes.Forbidden);
        await RoomHost.ProblemAsync(await alice.PatchUserAsync("alice", new PatchUser { Email = "no address" }), ErrorCodes.Invalid);
        await RoomHost.ProblemAsync(await alice.PatchUserAsync("alice", new PatchUser { DisplayName = " " }), ErrorCodes.Invalid);
        await RoomHost.ProblemAsync(await host.AdminClient.PatchUserAsync("nobody", new PatchUser { DisplayName = "x" }), ErrorCodes.NotFound);
        Assert.Contains(await host.DeniedAsync("user.update"), r => r is { Outcome: "denied", Actor: "alice" });
    }

    [Theory, MemberData(nameof(Engines.All), MemberType = typeof(Engines))]
    public async Task One_enabled_administrator_always_stays_even_when_all_leave_at_once(Engine engine)
    {
        await using var host = await RoomHost.StartAsync(engine);
        await RoomHost.ProblemAsync(await host.AdminClient.PatchUserAsync("admin", new PatchUser { IsAdmin = false }), ErrorCodes.Conflict);
        await RoomHost.ProblemAsync(await host.AdminClient.PatchUserAsync("admin", new PatchUser { Disabled = true }), ErrorCodes.Conflict);
        Assert.True((await host.AdminClient.MeAsync()).User.IsAdmin);

        string[] names = ["admin", "bob", "carol"];
        var bob = await host.CreateUserAsync("bob", isAdmin: true);
        var carol = await host.CreateUserAsync("carol", isAdmin: true);
        await Task.WhenAll(host.AdminClient.PatchUserAsync("admin", new PatchUser { IsAdmin = false }), bob.PatchUserAsync("bob", new PatchUser { Disabled = true }), carol.PatchUserAsync("carol", new PatchUser { IsAdmin = false }));
        Assert.Equal(1, await host.ScalarAsync<long>("SELECT COUNT(*) FROM kernel_users WHERE is_admin = @yes AND disabled = @no", new { yes = true, no = false }));
    }

    [Fact]
    public async Task Bodies_of_strangers_are_kept_small()
    {
        await using var host = await RoomHost.StartAsync();
        var response = await host.HttpFor(null).SignInAsync("alice", new string('x', 100_000));
        await RoomHost.ProblemAsync(response, ErrorCodes.TooLarge);
    }

    [Theory]
    [InlineData("{}")]
    [InlineData("""{"user":null,"password":null}""")]
    [InlineData("null")]
    [InlineData("[]")]
    [InlineData("")]
    public async Task Odd_bodies_are_refused_not_faults(string body)
    {
        await using var host = await RoomHost.StartAsync();
        foreach (var path in new[] { "sign-in", "link" })
        {
            var response = await host.HttpFor(null).PostAsync($"/api/v1/auth/{path}", new StringContent(body, System.Text.Encoding.UTF8, "application/json"));
            Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
        }
    }

    [Theory, MemberData(nameof(Engines.All), MemberType = typeof(Engines))]
    public async Task Changes_of_one_user_from_all_sides_at_once_do_not_block_each_other(Engine engine)
    {
        await using var host = await RoomHost.StartAsync(engine);
        var alice = await host.CreateUserAsync("alice");
        await host.CreateUserWithPasswordAsync("bob");
        for (var round = 0; round < 4; round++)
        {
            var tokens = await Task.WhenAll(Enumerable.Range(0, 3).Select(i => alice.CreateTokenAsync($"t{i}", project: "alice")));
            var code = await host.LinkCodeAsync("bob");
            var tasks = new List<Task<HttpResponseMessage>>
            {
                host.AdminClient.PatchUserAsync("bob", new PatchUser { DisplayName = $"Bob {round}" }),
                host.HttpFor(null).SignInAsync("bob", IdentityTesting.Password),
                host.HttpFor(null).RedeemAsync(code),
                host.AdminClient.PostAsync("/api/v1/users/bob/sign-in-link", null),
                alice.PutAsJsonAsync("/api/v1/projects/alice/members/bob", new SetMember(ProjectRole.Viewer), DowelJson.Options),
            };
            tasks.AddRange(tokens.Select(t => alice.DeleteAsync($"/api/v1/tokens/{t.Info.Id}")));
            tasks.AddRange(tokens.Select(t => host.Bearer(t.Secret).GetAsync("/api/v1/me")));
            Assert.DoesNotContain(await Task.WhenAll(tasks), r => (int)r.StatusCode >= 500);
        }
        Assert.True((await RoomHost.ReadAsync<AuditVerification>(await host.AdminClient.GetAsync("/api/v1/audit/verify"))).Ok);
    }
}
