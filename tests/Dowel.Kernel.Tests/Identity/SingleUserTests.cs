using System.Net.Http.Json;
using Dowel.Contracts;
using Dowel.Kernel.Identity;
using Dowel.Testing;

namespace Dowel.Kernel.Tests.Identity;

public sealed class SingleUserTests
{
    private static Task<RoomHost> StartAsync(params (string Key, string Value)[] more)
        => RoomHost.StartAsync(Engine.Sqlite, [new PageRoom()], new Dictionary<string, string?>(more.Select(m => KeyValuePair.Create(m.Key, (string?)m.Value))) { ["Dowel:SingleUser"] = "true" }, null);

    private static async Task<HttpResponseMessage> SendAsync(RoomHost host, string? hostName, string? origin, string? authorization = null)
    {
        var request = new HttpRequestMessage(HttpMethod.Post, "/api/v1/projects") { Content = JsonContent.Create(new CreateProject { Name = $"p{Guid.NewGuid():n}" }) };
        if (hostName is not null) request.Headers.Host = hostName;
        if (origin is not null) request.Headers.TryAddWithoutValidation("Origin", origin);
        if (authorization is not null) request.Headers.TryAddWithoutValidation("Authorization", authorization);
        return await host.HttpFor(null).SendAsync(request);
    }

    [Fact]
    public async Task Everything_is_the_owners_without_sign_in_and_a_wrong_token_does_not_matter()
    {
        await using var host = await StartAsync();
        var me = await host.HttpFor(null).MeAsync();
        Assert.True(me.SingleUser && me.User is { Name: "owner", IsAdmin: true });
        Assert.Equal("owner", me.Projects.Single().Project);
        Assert.True((await SendAsync(host, null, null, "Bearer nonsense")).IsSuccessStatusCode);
        Assert.Equal("owner|", await host.HttpFor(null).GetStringAsync("/session"));
        Assert.False(File.Exists(Path.Combine(host.DataDir, "first-sign-in.url")));
        await host.RestartAsync();
        Assert.Equal(me.User.Id, (await host.HttpFor(null).MeAsync()).User.Id);
    }

    [Theory]
    [InlineData("evil.example")]
    [InlineData("evil.example:80")]
    [InlineData("localhost.evil.example")]
    [InlineData("127.0.0.1.evil.example")]
    [InlineData("localhost.")]
    [InlineData("0.0.0.0")]
    public async Task A_name_that_was_rebound_to_this_machine_is_refused(string name)
    {
        await using var host = await StartAsync();
        await RoomHost.ProblemAsync(await SendAsync(host, name, null), ErrorCodes.CrossSite);
    }

    [Fact]
    public async Task Only_loopback_pages_of_the_same_port_may_call()
    {
        await using var host = await StartAsync();
        var port = host.Address.Port;
        foreach (var origin in new[] { "https://evil.example", "null", $"http://127.0.0.1:{port + 1}", "http://127.0.0.1", $"http://localhost.evil.example:{port}", $"ftp://localhost:{port}" })
            await RoomHost.ProblemAsync(await SendAsync(host, null, origin), ErrorCodes.CrossSite);
        foreach (var origin in new[] { $"http://127.0.0.1:{port}", $"http://localhost:{port}", $"http://[::1]:{port}" })
            Assert.True((await SendAsync(host, null, origin)).IsSuccessStatusCode, origin);
        foreach (var name in new[] { $"localhost:{port}", $"127.0.0.1:{port}", $"[::1]:{port}", "LOCALHOST" })
            Assert.True((await SendAsync(host, name, null)).IsSuccessStatusCode, name);
    }

    [Theory]
    [InlineData("http://0.0.0.0:5080")]
    [InlineData("http://*:5080")]
    [InlineData("http://+:5080")]
    [InlineData("http://192.168.1.5:5080")]
    [InlineData("http://[::]:5080")]
    [InlineData("http://127.0.0.1:5080;http://example.org:5081")]
    [InlineData("http://localhost.evil.example:5080")]
    public async Task Refuses_to_listen_where_others_could_reach_it(string urls)
    {
        var refused = await Assert.ThrowsAsync<InvalidOperationException>(() => StartAsync(("Dowel:Urls", urls)));
        Assert.Contains("loopback", refused.Message, StringComparison.Ordinal);
        Assert.Contains("Dowel:Urls", refused.Message, StringComparison.Ordinal);
        await Assert.ThrowsAsync<InvalidOperationException>(() => StartAsync(("Kestrel:Endpoints:Http:Url", urls.Split(';')[^1])));
    }

    [Theory]
    [InlineData("http://127.0.0.1:5080", true)]
    [InlineData("http://localhost:5080/", true)]
    [InlineData("https://[::1]:5081", true)]
    [InlineData("http://unix:/run/dowel.sock", true)]
    [InlineData("http://127.0.0.1.evil.example", false)]
    [InlineData("nonsense", false)]
    public void Tells_loopback_addresses(string address, bool expected) => Assert.Equal(expected, SingleUser.IsLoopbackAddress(address));
}
