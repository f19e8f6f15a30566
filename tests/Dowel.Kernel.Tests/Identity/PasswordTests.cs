using System.Diagnostics;
using System.Net;
using System.Net.Http.Json;
using Dowel.Contracts;
using Dowel.Kernel.Hosting;
using Dowel.Kernel.Identity;
using Dowel.Kernel.Results;
using Dowel.Testing;
using Microsoft.AspNetCore.Identity;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace Dowel.Kernel.Tests.Identity;

public sealed class PasswordTests
{
    private const string Good = IdentityTesting.Password;

    [Theory, MemberData(nameof(Engines.All), MemberType = typeof(Engines))]
    public async Task Signs_in_and_changes_the_password_which_ends_other_sessions(Engine engine)
    {
        await using var host = await RoomHost.StartAsync(engine);
        await host.CreateUserWithPasswordAsync("alice");
        var first = host.Bearer((await RoomHost.ReadAsync<CreatedToken>(await host.HttpFor(null).SignInAsync("alice", Good))).Secret);
        var second = host.Bearer((await RoomHost.ReadAsync<CreatedToken>(await host.HttpFor(null).SignInAsync("alice", Good))).Secret);
        var api = host.Bearer((await first.CreateTokenAsync("job")).Secret);

        await RoomHost.ProblemAsync(await first.PostAsJsonAsync("/api/v1/auth/password", new ChangePassword(null, "another long one")), ErrorCodes.Invalid);
        await RoomHost.ProblemAsync(await first.PostAsJsonAsync("/api/v1/auth/password", new ChangePassword("wrong", "another long one")), ErrorCodes.Invalid);
        Assert.Equal(HttpStatusCode.NoContent, (await first.PostAsJsonAsync("/api/v1/auth/password", new ChangePassword(Good, "another long one"))).StatusCode);

        await first.MeAsync();
        await api.MeAsync();
        await RoomHost.ProblemAsync(await second.GetAsync("/api/v1/me"), ErrorCodes.Unauthenticated);
        await RoomHost.ProblemAsync(await host.HttpFor(null).SignInAsync("alice", Good), ErrorCodes.Unauthenticated);
        await RoomHost.ReadAsync<CreatedToken>(await host.HttpFor(null).SignInAsync("alice", "another long one"));
        Assert.Equal(3, (await host.AuditAsync("auth.sign_in")).Count(r => r.Actor == "alice"));
        Assert.Equal(["ok", "denied"], (await host.DeniedAsync("user.password")).Select(r => r.Outcome).Distinct().OrderDescending());
    }

    [Theory]
    [InlineData(11)]
    [InlineData(513)]
    public async Task Rejects_passwords_of_the_wrong_length_and_does_not_repeat_them(int length)
    {
        await using var host = await RoomHost.StartAsync();
        var password = new string('q', length);
        var response = await host.AdminClient.PostAsJsonAsync("/api/v1/users", new CreateUser { Name = "alice", Password = password });
        await RoomHost.ProblemAsync(response, ErrorCodes.Invalid);
        Assert.DoesNotContain("qqq", await response.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Unknown_user_and_wrong_password_look_the_same_and_take_as_long()
    {
        await using var host = await RoomHost.StartAsync();
        await host.CreateUserWithPasswordAsync("alice");
        var http = host.HttpFor(null);
        async Task<(string, TimeSpan)> TryAsync(string user)
        {
            var watch = Stopwatch.StartNew();
            var problem = await RoomHost.ProblemAsync(await http.SignInAsync(user, "not the password"), ErrorCodes.Unauthenticated);
            return (problem.Detail!, watch.Elapsed);
        }
        await TryAsync("nobody");
        var (known, unknown, impossible) = (await TryAsync("alice"), await TryAsync("nobody"), await TryAsync("no such\0name"));
        Assert.Equal(known.Item1, unknown.Item1);
        Assert.Equal(known.Item1, impossible.Item1);
        Assert.True(unknown.Item2 > known.Item2 / 4, $"{unknown.Item2} against {known.Item2}");
        Assert.True(impossible.Item2 > known.Item2 / 4, $"{impossible.Item2} against {known.Item2}");
    }

    [Theory, MemberData(nameof(Engines.All), MemberType = typeof(Engines))]
    public async Task Ten_failures_in_a_row_or_at_once_shut_the_door_for_five_minutes(Engine engine)
    {
        var (host, time) = await IdentityTesting.StartWithTimeAsync(engine);
        await using var _ = host;
        await host.CreateUserWithPasswordAsync("alice");
        var answers = await Task.WhenAll(Enumerable.Range(0, 25).Select(i => host.HttpFor(null).SignInAsync("alice", $"wrong password {i}")));
        Assert.Equal(SignInLimiter.PairLimit, answers.Count(a => a.StatusCode == HttpStatusCode.Unauthorized));
        Assert.Equal(15, answers.Count(a => a.StatusCode == HttpStatusCode.TooManyRequests));
        var refused = await host.HttpFor(null).SignInAsync("alice", Good);
        await RoomHost.ProblemAsync(refused, ErrorCodes.RateLimited);
        Assert.InRange(refused.Headers.RetryAfter!.Delta!.Value.TotalSeconds, 200, 300);
        await RoomHost.ProblemAsync(await host.Basic("alice", Good).GetAsync("/api/v1/me"), ErrorCodes.RateLimited);
        time.Advance(TimeSpan.FromMinutes(5));
        await RoomHost.ReadAsync<CreatedToken>(await host.HttpFor(null).SignInAsync("alice", Good));
        Assert.Contains(await host.DeniedAsync("auth.failed"), r => r.Resource == "alice");
    }

    [Fact]
    public async Task One_persons_failures_shut_nobody_else_out_and_every_name_that_was_tried_is_recorded()
    {
        await using var host = await RoomHost.StartAsync();
        await host.CreateUserWithPasswordAsync("alice");
        await host.CreateUserWithPasswordAsync("bob");
        for (var i = 0; i <= SignInLimiter.PairLimit; i++) await host.HttpFor(null).SignInAsync("bob", $"wrong password {i}");
        await RoomHost.ProblemAsync(await host.HttpFor(null).SignInAsync("bob", Good), ErrorCodes.RateLimited);
        await RoomHost.ReadAsync<CreatedToken>(await host.HttpFor(null).SignInAsync("alice", Good));
        foreach (var name in new[] { "spray1", "spray2", "spray3" }) await host.HttpFor(null).SignInAsync(name, "wrong password");
        Assert.NotEmpty(await host.DeniedAsync("auth.limited"));
        for (var i = 0; (await host.AuditAsync("auth.failed")).All(r => r.Resource != "spray3") && i < 100; i++) await Task.Delay(100);
        Assert.Superset(new HashSet<string> { "bob", "spray1", "spray2", "spray3" }, (await host.AuditAsync("auth.failed")).Select(r => r.Resource).ToHashSet());
    }

    [Theory]
    [InlineData(false, false, "127.0.0.1")]
    [InlineData(true, false, "10.1.2.3")]
    [InlineData(false, true, "10.1.2.3")]
    public async Task Where_a_request_came_from_is_believed_of_the_pages_and_of_named_proxies_alone(bool marked, bool named, string remote)
    {
        await using var host = await RoomHost.StartAsync(Engine.Sqlite, [], named ? new Dictionary<string, string?> { ["Dowel:TrustedProxies:0"] = "127.0.0.1" } : null, null);
        var http = host.HttpFor(null);
        http.DefaultRequestHeaders.Add("X-Forwarded-For", "10.1.2.3");
        http.DefaultRequestHeaders.Add(PagesMark.Header, marked ? host.Services.GetRequiredService<PagesMark>().Value : "guessed");
        await RoomHost.ProblemAsync(await http.SignInAsync("alice", "wrong password"), ErrorCodes.Unauthenticated);
        Assert.Equal(remote, Assert.Single(await host.DeniedAsync("auth.failed")).Remote);
    }

    [Fact]
    public void Shutting_somebody_out_from_elsewhere_takes_a_hundred_failures()
    {
        var limiter = new SignInLimiter(TimeProvider.System);
        var home = IPAddress.Parse("10.0.0.1");
        for (var i = 0; i < SignInLimiter.UserLimit; i++)
        {
            Assert.Null(limiter.Begin(home, "alice"));
            limiter.Succeeded(home, "alice");
            Assert.Null(limiter.Begin(IPAddress.Parse($"10.1.0.{i / 5}"), "alice"));
        }
        for (var i = 0; i < SignInLimiter.UserLimit; i++) Assert.Null(limiter.Begin(IPAddress.Parse($"10.2.0.{i / 5}"), "bob"));
        Assert.NotNull(limiter.Begin(home, "bob"));
    }

    [Fact]
    public async Task A_success_starts_the_users_count_anew()
    {
        await using var host = await RoomHost.StartAsync();
        var limiter = host.Services.GetRequiredService<SignInLimiter>();
        var home = IPAddress.Parse("10.0.0.1");
        for (var i = 1; i < SignInLimiter.PairLimit; i++) Assert.Null(limiter.Begin(home, "alice"));
        Assert.Null(limiter.Begin(home, "ALICE"));
        Assert.NotNull(limiter.Begin(home, "alice"));
        limiter.Succeeded(home, "alice");
        Assert.Null(limiter.Begin(home, "alice"));
    }

    [Theory, MemberData(nameof(Engines.All), MemberType = typeof(Engines))]
    public async Task Basic_takes_a_password_and_remembers_it_until_it_changes(Engine engine)
    {
        await using var host = await RoomHost.StartAsync(engine);
        await host.CreateUserWithPasswordAsync("alice");
        var basic = host.Basic("alice", Good);
        Assert.Equal("alice", (await basic.MeAsync()).User.Name);
        var watch = Stopwatch.StartNew();
        for (var i = 0; i < 50; i++) await basic.MeAsync();
        Assert.True(watch.Elapsed < TimeSpan.FromSeconds(3), $"50 requests took {watch.Elapsed}");

        Assert.Equal(HttpStatusCode.NoContent, (await basic.PostAsJsonAsync("/api/v1/auth/password", new ChangePassword(Good, "another long one"))).StatusCode);
        await RoomHost.ProblemAsync(await basic.GetAsync("/api/v1/me"), ErrorCodes.Unauthenticated);
        var again = host.Basic("alice", "another long one");
        await again.MeAsync();
        await RoomHost.ReadAsync<User>(await host.AdminClient.PatchUserAsync("alice", new PatchUser { Disabled = true }));
        await RoomHost.ProblemAsync(await again.GetAsync("/api/v1/me"), ErrorCodes.Unauthenticated);
    }

    [Fact]
    public async Task Basic_notices_a_password_that_another_server_changed()
    {
        await using var host = await RoomHost.StartAsync();
        await host.CreateUserWithPasswordAsync("alice");
        var basic = host.Basic("alice", Good);
        await basic.MeAsync();
        await host.Db().WriteAsync(async s => { await s.ExecuteAsync("UPDATE kernel_users SET password_hash = 'AAAA' WHERE name = 'alice'"); return Result.Done; });
        await RoomHost.ProblemAsync(await basic.GetAsync("/api/v1/me"), ErrorCodes.Unauthenticated);
    }

    [Fact]
    public async Task Many_equal_basic_requests_at_once_are_one_attempt()
    {
        await using var host = await RoomHost.StartAsync();
        await host.CreateUserWithPasswordAsync("alice");
        var answers = await Task.WhenAll(Enumerable.Range(0, 40).Select(_ => host.Basic("alice", Good).GetAsync("/api/v1/me")));
        Assert.All(answers, a => Assert.Equal(HttpStatusCode.OK, a.StatusCode));
    }

    [Fact]
    public async Task Basic_takes_a_token_for_its_owner_only()
    {
        await using var host = await RoomHost.StartAsync();
        await host.CreateUserAsync("alice");
        Assert.Equal("alice", (await host.Basic("alice", host.TokenOf("alice")).MeAsync()).User.Name);
        await RoomHost.ProblemAsync(await host.Basic("admin", host.TokenOf("alice")).GetAsync("/api/v1/me"), ErrorCodes.Unauthenticated);
    }

    [Fact]
    public async Task A_user_without_password_cannot_sign_in_with_any()
    {
        await using var host = await RoomHost.StartAsync();
        await host.CreateUserAsync("alice");
        foreach (var password in new[] { Good, " ", "x" })
            await RoomHost.ProblemAsync(await host.HttpFor(null).SignInAsync("alice", password), ErrorCodes.Unauthenticated);
        await RoomHost.ProblemAsync(await host.Basic("alice", "").GetAsync("/api/v1/me"), ErrorCodes.Unauthenticated);
    }

    [Fact]
    public async Task A_hash_of_weaker_settings_is_made_anew_at_sign_in()
    {
        await using var host = await RoomHost.StartAsync();
        await host.CreateUserWithPasswordAsync("alice");
        var weak = new PasswordHasher<string>(Options.Create(new PasswordHasherOptions { IterationCount = 1000 })).HashPassword("", Good);
        await host.Db().WriteAsync(async s => { await s.ExecuteAsync("UPDATE kernel_users SET password_hash = @weak WHERE name = 'alice'", new { weak }); return Result.Done; });
        await RoomHost.ReadAsync<CreatedToken>(await host.HttpFor(null).SignInAsync("alice", Good));
        var hash = Convert.FromBase64String((await host.ScalarAsync<string>("SELECT password_hash FROM kernel_users WHERE name = 'alice'"))!);
        // Format marker 1, then PRF (2 = HMAC-SHA512) and iterations, big-endian (ASP.NET Core's PasswordHasher, version 3).
        Assert.Equal((1, 2, 210_000), (hash[0], System.Buffers.Binary.BinaryPrimitives.ReadInt32BigEndian(hash.AsSpan(1)), System.Buffers.Binary.BinaryPrimitives.ReadInt32BigEndian(hash.AsSpan(5))));
    }

    [Fact]
    public void The_limiter_counts_a_network_of_IPv6_as_one_and_stays_bounded()
    {
        var limiter = new SignInLimiter(TimeProvider.System);
        for (var i = 0; i < SignInLimiter.AddressLimit; i++) Assert.Null(limiter.Begin(IPAddress.Parse($"2001:db8:1:2::{i + 1:x}"), null));
        Assert.NotNull(limiter.Begin(IPAddress.Parse("2001:db8:1:2:ffff::1"), null));
        Assert.Null(limiter.Begin(IPAddress.Parse("2001:db8:1:3::1"), null));
        for (var i = 0; i < 60_000; i++) limiter.Begin(new IPAddress(0x0A000000 + i), $"user{i}");
        Assert.InRange(limiter.Count, 1, SignInLimiter.MaxKeys + 1);
        Assert.NotNull(limiter.Begin(IPAddress.Parse("2001:db8:1:2::1"), null));
    }
}
