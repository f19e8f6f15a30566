using System.Net;
using Dowel.Contracts;
using Dowel.Kernel.Identity;
using Dowel.Kernel.Results;
using Dowel.Testing;

namespace Dowel.Kernel.Tests.Identity;

public sealed class LinkTests
{
    [Theory, MemberData(nameof(Engines.All), MemberType = typeof(Engines))]
    public async Task A_link_works_once_and_sets_the_password(Engine engine)
    {
        await using var host = await RoomHost.StartAsync(engine);
        await host.CreateUserAsync("alice");
        var code = await host.LinkCodeAsync("alice");
        Assert.Equal(1, await host.ScalarAsync<long>("SELECT COUNT(*) FROM kernel_links WHERE code_hash = @hash", new { hash = TokenSecrets.Hash(code) }));

        await RoomHost.ProblemAsync(await host.HttpFor(null).RedeemAsync(code, "too short"), ErrorCodes.Invalid);
        var session = await RoomHost.ReadAsync<CreatedToken>(await host.HttpFor(null).RedeemAsync(code, IdentityTesting.Password));
        Assert.Equal("session", session.Info.Kind);
        Assert.Equal("alice", (await host.Bearer(session.Secret).MeAsync()).User.Name);
        await RoomHost.ProblemAsync(await host.HttpFor(null).RedeemAsync(code, IdentityTesting.Password), ErrorCodes.Unauthenticated);
        await RoomHost.ReadAsync<CreatedToken>(await host.HttpFor(null).SignInAsync("alice", IdentityTesting.Password));
    }

    [Theory, MemberData(nameof(Engines.All), MemberType = typeof(Engines))]
    public async Task Of_many_who_redeem_a_link_at_once_exactly_one_wins(Engine engine)
    {
        await using var host = await RoomHost.StartAsync(engine);
        await host.CreateUserAsync("alice");
        for (var round = 0; round < 3; round++)
        {
            var code = await host.LinkCodeAsync("alice");
            var answers = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => host.HttpFor(null).RedeemAsync(code)));
            Assert.Equal(1, answers.Count(a => a.StatusCode == HttpStatusCode.OK));
            Assert.Equal(3, answers.Count(a => a.StatusCode is HttpStatusCode.Unauthorized or HttpStatusCode.TooManyRequests));
        }
    }

    [Fact]
    public async Task A_link_ends_after_a_day()
    {
        var (host, time) = await IdentityTesting.StartWithTimeAsync(Engine.Sqlite);
        await using var _ = host;
        await host.CreateUserAsync("alice");
        var code = await host.LinkCodeAsync("alice");
        time.Advance(TimeSpan.FromHours(24) + TimeSpan.FromSeconds(1));
        await RoomHost.ProblemAsync(await host.HttpFor(null).RedeemAsync(code), ErrorCodes.Unauthenticated);
    }

    [Fact]
    public async Task Guessing_links_is_limited()
    {
        await using var host = await RoomHost.StartAsync();
        for (var i = 0; i < SignInLimiter.AddressLimit; i++) await RoomHost.ProblemAsync(await host.HttpFor(null).RedeemAsync(TokenSecrets.NewCode()), ErrorCodes.Unauthenticated);
        await RoomHost.ProblemAsync(await host.HttpFor(null).RedeemAsync(TokenSecrets.NewCode()), ErrorCodes.RateLimited);
    }

    [Fact]
    public async Task Disabling_somebody_withdraws_their_links()
    {
        await using var host = await RoomHost.StartAsync();
        await host.CreateUserAsync("alice");
        var code = await host.LinkCodeAsync("alice");
        await RoomHost.ReadAsync<User>(await host.AdminClient.PatchUserAsync("alice", new PatchUser { Disabled = true }));
        await RoomHost.ProblemAsync(await host.HttpFor(null).RedeemAsync(code), ErrorCodes.Unauthenticated);
        await RoomHost.ProblemAsync(await host.AdminClient.PostAsync("/api/v1/users/alice/sign-in-link", null), ErrorCodes.Conflict);
        await RoomHost.ReadAsync<User>(await host.AdminClient.PatchUserAsync("alice", new PatchUser { Disabled = false }));
        await RoomHost.ProblemAsync(await host.HttpFor(null).RedeemAsync(code), ErrorCodes.Unauthenticated);
    }

    [Fact]
    public async Task Only_administrators_make_links()
    {
        await using var host = await RoomHost.StartAsync();
        var alice = await host.CreateUserAsync("alice");
        await RoomHost.ProblemAsync(await alice.PostAsync("/api/v1/users/admin/sign-in-link", null), ErrorCodes.Forbidden);
    }

    [Fact]
    public async Task The_first_administrators_link_lies_in_a_private_file_until_it_is_used()
    {
        await using var host = await RoomHost.StartAsync();
        var file = Path.Combine(host.DataDir, "first-sign-in.url");
        Assert.False(File.Exists(file));

        // As at the first start, before anybody signed in.
        var admin = (await host.AdminClient.MeAsync()).User.Id;
        await host.Db().WriteAsync(async s => { await s.ExecuteAsync("INSERT INTO kernel_settings (name, value) VALUES ('first_sign_in', @admin)", new { admin }); return Result.Done; });
        await host.Services.AnnounceFirstAdminAsync(host.Address);
        var first = (await File.ReadAllTextAsync(file)).Trim();
        Assert.StartsWith($"{host.Address}sign-in/link?code=", first, StringComparison.Ordinal);
        if (!OperatingSystem.IsWindows()) Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(file));

        // A restart prints a fresh one, and the old one is worthless.
        await host.Services.AnnounceFirstAdminAsync(host.Address);
        var second = (await File.ReadAllTextAsync(file)).Trim();
        Assert.NotEqual(first, second);
        await RoomHost.ProblemAsync(await host.HttpFor(null).RedeemAsync(first.Split("code=")[1]), ErrorCodes.Unauthenticated);
        Assert.True(File.Exists(file));
        await RoomHost.ReadAsync<CreatedToken>(await host.HttpFor(null).RedeemAsync(second.Split("code=")[1]));
        Assert.False(File.Exists(file));
        await host.Services.AnnounceFirstAdminAsync(host.Address);
        Assert.False(File.Exists(file));
    }

    [Theory, MemberData(nameof(Engines.All), MemberType = typeof(Engines))]
    public async Task Where_no_administrator_could_sign_in_any_more_the_next_start_lets_the_oldest_in(Engine engine)
    {
        await using var host = await RoomHost.StartAsync(engine);
        var file = Path.Combine(host.DataDir, "first-sign-in.url");
        await host.RestartAsync();
        Assert.False(File.Exists(file));
        await host.Db().WriteAsync(async s => { await s.ExecuteAsync("DELETE FROM kernel_tokens"); return Result.Done; });
        await host.RestartAsync();
        Assert.True(File.Exists(file));
        var code = (await File.ReadAllTextAsync(file)).Trim().Split("code=")[1];
        var session = await RoomHost.ReadAsync<CreatedToken>(await host.HttpFor(null).RedeemAsync(code));
        Assert.Equal("admin", (await host.Bearer(session.Secret).MeAsync()).User.Name);
    }
}
