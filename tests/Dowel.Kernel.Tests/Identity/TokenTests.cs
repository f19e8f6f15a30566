using System.Net;
using System.Net.Http.Json;
using Dowel.Contracts;
using Dowel.Kernel.Identity;
using Dowel.Kernel.Results;
using Dowel.Testing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Primitives;

namespace Dowel.Kernel.Tests.Identity;

public sealed class TokenTests
{
    [Theory, MemberData(nameof(Engines.All), MemberType = typeof(Engines))]
    public async Task Creates_a_token_that_works_and_is_kept_as_a_hash_only(Engine engine)
    {
        await using var host = await RoomHost.StartAsync(engine);
        var alice = await host.CreateUserAsync("alice");
        var made = await alice.CreateTokenAsync("laptop");

        Assert.Matches("^dwl_[0-9A-Za-z]{40}$", made.Secret);
        Assert.Equal(made.Secret[..8], made.Info.Hint);
        Assert.Equal(90, (made.Info.ExpiresAt!.Value - made.Info.CreatedAt).TotalDays);
        Assert.Equal("alice", (await host.Bearer(made.Secret).MeAsync()).User.Name);
        Assert.Equal(TokenSecrets.Hash(made.Secret), await host.ScalarAsync<string>("SELECT hash FROM kernel_tokens WHERE id = @id", new { id = made.Info.Id }));
        var listed = await RoomHost.ReadAsync<Page<Token>>(await alice.GetAsync("/api/v1/tokens"));
        Assert.Equal(["api", "session"], listed.Items.Select(t => t.Kind));
        Assert.DoesNotContain(made.Secret, await alice.GetStringAsync("/api/v1/tokens"));
        Assert.DoesNotContain(made.Secret, await host.AdminClient.GetStringAsync("/api/v1/audit"));
        Assert.Single(await host.AuditAsync("token.create"));
    }

    [Theory, MemberData(nameof(Engines.All), MemberType = typeof(Engines))]
    public async Task Refuses_a_revoked_token_at_once(Engine engine)
    {
        await using var host = await RoomHost.StartAsync(engine);
        var alice = await host.CreateUserAsync("alice");
        var made = await alice.CreateTokenAsync("laptop");
        var other = host.Bearer(made.Secret);
        await other.MeAsync();

        Assert.Equal(HttpStatusCode.NoContent, (await alice.DeleteAsync($"/api/v1/tokens/{made.Info.Id}")).StatusCode);
        var problem = await RoomHost.ProblemAsync(await other.GetAsync("/api/v1/me"), ErrorCodes.Unauthenticated);
        Assert.Contains("revoked", problem.Detail, StringComparison.Ordinal);
        Assert.Single(await host.AuditAsync("token.revoke"));
    }

    [Theory, MemberData(nameof(Engines.All), MemberType = typeof(Engines))]
    public async Task Refuses_a_disabled_users_tokens_at_once_and_takes_them_again_once_enabled(Engine engine)
    {
        await using var host = await RoomHost.StartAsync(engine);
        var alice = await host.CreateUserAsync("alice");
        await alice.MeAsync();
        await RoomHost.ReadAsync<User>(await host.AdminClient.PatchUserAsync("alice", new PatchUser { Disabled = true }));
        await RoomHost.ProblemAsync(await alice.GetAsync("/api/v1/me"), ErrorCodes.Unauthenticated);
        await RoomHost.ReadAsync<User>(await host.AdminClient.PatchUserAsync("alice", new PatchUser { Disabled = false }));
        await alice.MeAsync();
    }

    [Fact]
    public async Task A_role_that_is_taken_away_is_gone_at_once()
    {
        await using var host = await RoomHost.StartAsync();
        var bob = await host.CreateUserAsync("bob", isAdmin: true);
        await RoomHost.ReadAsync<CreatedUser>(await bob.PostAsJsonAsync("/api/v1/users", new CreateUser { Name = "x1" }));
        await RoomHost.ReadAsync<User>(await host.AdminClient.PatchUserAsync("bob", new PatchUser { IsAdmin = false }));
        await RoomHost.ProblemAsync(await bob.PostAsJsonAsync("/api/v1/users", new CreateUser { Name = "x2" }), ErrorCodes.Forbidden);
    }

    [Theory, MemberData(nameof(Engines.All), MemberType = typeof(Engines))]
    public async Task An_expired_token_ends_to_the_second_even_from_memory(Engine engine)
    {
        var (host, time) = await IdentityTesting.StartWithTimeAsync(engine);
        await using var _ = host;
        var made = await host.AdminClient.CreateTokenAsync("short", days: 1);
        var http = host.Bearer(made.Secret);
        time.Advance(TimeSpan.FromDays(1) - TimeSpan.FromSeconds(20));
        await http.MeAsync();
        time.Advance(TimeSpan.FromSeconds(21));
        var problem = await RoomHost.ProblemAsync(await http.GetAsync("/api/v1/me"), ErrorCodes.Unauthenticated);
        Assert.Contains("ended", problem.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_session_ends_after_seven_days()
    {
        var (host, time) = await IdentityTesting.StartWithTimeAsync(Engine.Sqlite);
        await using var _ = host;
        var alice = await host.CreateUserAsync("alice");
        time.Advance(TimeSpan.FromDays(7) - TimeSpan.FromMinutes(1));
        await alice.MeAsync();
        time.Advance(TimeSpan.FromMinutes(2));
        await RoomHost.ProblemAsync(await alice.GetAsync("/api/v1/me"), ErrorCodes.Unauthenticated);
    }

    [Theory, MemberData(nameof(Engines.All), MemberType = typeof(Engines))]
    public async Task A_token_limited_to_a_project_reaches_nothing_else(Engine engine)
    {
        await using var host = await RoomHost.StartAsync(engine);
        await host.CreateProjectAsync("admin", "titanic");
        var scoped = host.Bearer((await host.AdminClient.CreateTokenAsync("ci", project: "titanic")).Secret);

        var me = await scoped.MeAsync();
        Assert.Equal("titanic", me.TokenProject);
        Assert.Equal(["titanic"], me.Projects.Select(p => p.Project));
        Assert.Equal(["titanic"], (await RoomHost.ReadAsync<Page<Project>>(await scoped.GetAsync("/api/v1/projects"))).Items.Select(p => p.Name));
        Assert.True((await scoped.GetAsync("/api/v1/projects/titanic")).IsSuccessStatusCode);
        await RoomHost.ProblemAsync(await scoped.GetAsync("/api/v1/projects/admin"), ErrorCodes.Forbidden);
        await RoomHost.ProblemAsync(await scoped.GetAsync("/api/v1/audit"), ErrorCodes.Forbidden);
        await RoomHost.ProblemAsync(await scoped.PostAsJsonAsync("/api/v1/users", new CreateUser { Name = "eve" }), ErrorCodes.Forbidden);
        await RoomHost.ProblemAsync(await scoped.PostAsJsonAsync("/api/v1/tokens", new CreateToken { Name = "wider" }), ErrorCodes.Forbidden);
        await RoomHost.ProblemAsync(await scoped.GetAsync("/api/v1/tokens"), ErrorCodes.Forbidden);
        await RoomHost.ProblemAsync(await scoped.PostAsJsonAsync("/api/v1/projects", new CreateProject { Name = "more" }), ErrorCodes.Forbidden);
        await RoomHost.ProblemAsync(await scoped.PostAsJsonAsync("/api/v1/auth/password", new ChangePassword(null, IdentityTesting.Password)), ErrorCodes.Forbidden);
        await RoomHost.ProblemAsync(await scoped.PatchUserAsync("admin", new PatchUser { DisplayName = "x" }), ErrorCodes.Forbidden);
    }

    [Fact]
    public async Task Nobody_revokes_or_sees_the_tokens_of_others()
    {
        await using var host = await RoomHost.StartAsync();
        var alice = await host.CreateUserAsync("alice");
        var bob = await host.CreateUserAsync("bob");
        var made = await alice.CreateTokenAsync("laptop");
        await RoomHost.ProblemAsync(await bob.DeleteAsync($"/api/v1/tokens/{made.Info.Id}"), ErrorCodes.NotFound);
        Assert.DoesNotContain(made.Info.Id, await bob.GetStringAsync("/api/v1/tokens"));
        await RoomHost.ProblemAsync(await bob.PostAsJsonAsync("/api/v1/tokens", new CreateToken { Name = "t", Project = "alice" }), ErrorCodes.Forbidden);
        Assert.Equal(HttpStatusCode.NoContent, (await host.AdminClient.DeleteAsync($"/api/v1/tokens/{made.Info.Id}")).StatusCode);
    }

    [Theory]
    [InlineData("Bearer dwl_000000000000000000000000000000000000wrong")]
    [InlineData("Bearer nonsense")]
    [InlineData("Bearer ")]
    [InlineData("Basic not-base-64")]
    [InlineData("Basic bm9jb2xvbg==")]
    [InlineData("Digest username=x")]
    public async Task A_wrong_authorization_header_is_refused_on_every_route(string header)
    {
        await using var host = await RoomHost.StartAsync();
        foreach (var path in new[] { "/api/v1/me", "/api/v1/nothing" })
        {
            var request = new HttpRequestMessage(HttpMethod.Get, path);
            request.Headers.TryAddWithoutValidation("Authorization", header);
            var response = await host.HttpFor(null).SendAsync(request);
            await RoomHost.ProblemAsync(response, ErrorCodes.Unauthenticated);
            Assert.Contains(response.Headers.WwwAuthenticate, h => h.Scheme == "Basic");
        }
    }

    [Fact]
    public async Task Guessing_tokens_is_limited_and_leaves_good_tokens_alone()
    {
        await using var host = await RoomHost.StartAsync();
        for (var i = 0; i < SignInLimiter.AddressLimit; i++)
            await RoomHost.ProblemAsync(await host.Bearer(TokenSecrets.NewToken()).GetAsync("/api/v1/me"), ErrorCodes.Unauthenticated);
        var refused = await host.Bearer(TokenSecrets.NewToken()).GetAsync("/api/v1/me");
        await RoomHost.ProblemAsync(refused, ErrorCodes.RateLimited);
        Assert.InRange(refused.Headers.RetryAfter!.Delta!.Value.TotalSeconds, 1, 300);
        await host.AdminClient.MeAsync();
        // One that is not in memory yet, from the same address.
        var made = await host.AdminClient.CreateTokenAsync("new");
        await host.Bearer(made.Secret).MeAsync();
        Assert.NotEmpty(await host.DeniedAsync("auth.failed"));
    }

    [Fact]
    public async Task A_token_in_memory_authenticates_without_allocation()
    {
        await using var host = await RoomHost.StartAsync();
        await host.AdminClient.MeAsync();
        var authenticator = host.Services.GetRequiredService<Authenticator>();
        StringValues header = $"Bearer {host.TokenOf("admin")}";
        Assert.True(authenticator.TryFast(header, IPAddress.Loopback, out var actor));
        Assert.Equal(("admin", "127.0.0.1"), (actor.UserName, actor.Remote));
        for (var i = 0; i < 1000; i++) authenticator.TryFast(header, IPAddress.Loopback, out _);
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 1000; i++) authenticator.TryFast(header, IPAddress.Loopback, out _);
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    [Fact]
    public async Task The_actor_knows_the_address_that_asks_now()
    {
        await using var host = await RoomHost.StartAsync();
        await host.AdminClient.MeAsync();
        var authenticator = host.Services.GetRequiredService<Authenticator>();
        StringValues header = $"Bearer {host.TokenOf("admin")}";
        foreach (var address in new[] { "10.0.0.1", "10.0.0.2", "10.0.0.1" })
        {
            Assert.True(authenticator.TryFast(header, IPAddress.Parse(address), out var actor));
            Assert.Equal(address, actor.Remote);
        }
    }

    [Theory, MemberData(nameof(Engines.All), MemberType = typeof(Engines))]
    public async Task The_last_use_is_written_beside_the_requests_at_most_once_a_minute(Engine engine)
    {
        var (host, time) = await IdentityTesting.StartWithTimeAsync(engine);
        await using var _ = host;
        var made = await host.AdminClient.CreateTokenAsync("laptop");
        var http = host.Bearer(made.Secret);
        async Task<long?> LastUsedAsync() => await host.ScalarAsync<long?>("SELECT last_used_at FROM kernel_tokens WHERE id = @id", new { id = made.Info.Id });

        await http.MeAsync();
        var first = await ChangedFromAsync(null);
        await http.MeAsync();
        await host.Services.GetRequiredService<TokenUsage>().FlushAsync(default);
        Assert.Equal(first, await LastUsedAsync());
        time.Advance(TimeSpan.FromSeconds(61));
        await http.MeAsync();
        Assert.True(await ChangedFromAsync(first) - first >= 60_000_000);

        async Task<long?> ChangedFromAsync(long? old)
        {
            for (var i = 0; i < 100; i++)
            {
                if (await LastUsedAsync() is { } now && now != old) return now;
                await Task.Delay(100);
            }
            return null;
        }
    }

    [Theory]
    [InlineData("", null)]
    [InlineData("x", -1)]
    [InlineData("x", 3651)]
    public async Task Rejects_a_token_without_name_or_with_an_odd_lifetime(string name, int? days)
    {
        await using var host = await RoomHost.StartAsync();
        await RoomHost.ProblemAsync(await host.AdminClient.PostAsJsonAsync("/api/v1/tokens", new CreateToken { Name = name, ExpiresInDays = days }), ErrorCodes.Invalid);
    }

    [Fact]
    public async Task Signing_out_revokes_the_token_at_hand()
    {
        await using var host = await RoomHost.StartAsync();
        var alice = await host.CreateUserAsync("alice");
        Assert.Equal(HttpStatusCode.NoContent, (await alice.PostAsync("/api/v1/auth/sign-out", null)).StatusCode);
        await RoomHost.ProblemAsync(await alice.GetAsync("/api/v1/me"), ErrorCodes.Unauthenticated);
    }

    [Fact]
    public async Task A_token_that_another_server_revoked_ends_within_half_a_minute()
    {
        var (host, time) = await IdentityTesting.StartWithTimeAsync(Engine.Sqlite);
        await using var _ = host;
        var made = await host.AdminClient.CreateTokenAsync("laptop");
        var http = host.Bearer(made.Secret);
        await http.MeAsync();
        await host.Db().WriteAsync(async s => { await s.ExecuteAsync("UPDATE kernel_tokens SET revoked_at = 1 WHERE id = @id", new { id = made.Info.Id }); return Result.Done; });
        time.Advance(TokenCache.Lifetime);
        await RoomHost.ProblemAsync(await http.GetAsync("/api/v1/me"), ErrorCodes.Unauthenticated);
    }

    [Fact]
    public async Task What_was_read_before_a_change_is_not_remembered_after_it()
    {
        await using var host = await RoomHost.StartAsync();
        var cache = host.Services.GetRequiredService<TokenCache>();
        var key = SecretKey.OfToken(TokenSecrets.NewToken());
        var actor = new Access.Actor { UserId = "u", UserName = "u", TokenId = "t" };
        var before = cache.Generation;
        cache.Clear();
        cache.Put(key, actor, null, null, before);
        Assert.False(cache.TryGet(key, IPAddress.Loopback, out var _));
        cache.Put(key, actor, null, null, cache.Generation);
        Assert.True(cache.TryGet(key, IPAddress.Loopback, out var _));
    }

    [Fact]
    public async Task Revoking_under_load_lets_nothing_through_afterwards()
    {
        await using var host = await RoomHost.StartAsync();
        var made = await host.AdminClient.CreateTokenAsync("busy");
        using var http = host.Bearer(made.Secret);
        var revoked = false;
        var late = 0;
        var callers = Enumerable.Range(0, 8).Select(async _ =>
        {
            for (var i = 0; i < 60; i++)
            {
                var after = Volatile.Read(ref revoked);
                if ((await http.GetAsync("/api/v1/me")).IsSuccessStatusCode && after) Interlocked.Increment(ref late);
            }
        }).ToList();
        await Task.Delay(50);
        Assert.Equal(HttpStatusCode.NoContent, (await host.AdminClient.DeleteAsync($"/api/v1/tokens/{made.Info.Id}")).StatusCode);
        Volatile.Write(ref revoked, true);
        await Task.WhenAll(callers);
        Assert.Equal(0, late);
        await RoomHost.ProblemAsync(await http.GetAsync("/api/v1/me"), ErrorCodes.Unauthenticated);
    }
}
