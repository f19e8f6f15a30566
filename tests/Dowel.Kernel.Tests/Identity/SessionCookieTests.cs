using System.Net;
using Dowel.Contracts;
using Dowel.Testing;

namespace Dowel.Kernel.Tests.Identity;

public sealed class SessionCookieTests
{
    private const string Good = IdentityTesting.Password;

    private static async Task<RoomHost> StartAsync(Engine engine = Engine.Sqlite)
    {
        var host = await RoomHost.StartAsync(engine, new PageRoom());
        await host.CreateUserWithPasswordAsync("alice");
        return host;
    }

    [Theory, MemberData(nameof(Engines.All), MemberType = typeof(Engines))]
    public async Task The_form_signs_in_with_a_cookie_that_outlives_a_restart_and_signs_out(Engine engine)
    {
        await using var host = await StartAsync(engine);
        using var browser = new Browser(host.Address);
        var answer = await browser.SignInAsync("alice", Good, "/datasets?search=a%20b");
        Assert.Equal(HttpStatusCode.SeeOther, answer.StatusCode);
        Assert.Equal("/datasets?search=a%20b", answer.Headers.Location!.OriginalString);
        var cookie = answer.Headers.GetValues("Set-Cookie").Single(c => c.StartsWith("dowel_session=", StringComparison.Ordinal));
        Assert.Contains("httponly", cookie, StringComparison.OrdinalIgnoreCase);
        Assert.Contains("samesite=lax", cookie, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("dwl_", cookie, StringComparison.Ordinal);

        Assert.Equal("alice", (await browser.Http.MeAsync()).User.Name);
        var session = (await browser.Http.GetStringAsync("/session")).Split('|');
        Assert.Equal("alice", session[0]);
        Assert.Equal("alice", (await host.Bearer(session[1]).MeAsync()).User.Name);

        await host.RestartAsync();
        using var after = new Browser(host.Address);
        var request = new HttpRequestMessage(HttpMethod.Get, "/session");
        request.Headers.Add("Cookie", cookie.Split(';')[0]);
        Assert.Equal($"alice|{session[1]}", await (await new HttpClient { BaseAddress = host.Address }.SendAsync(request)).Content.ReadAsStringAsync());

        Assert.Equal("/", (await after.SignInAsync("alice", Good)).Headers.Location!.OriginalString);
        var token = (await after.Http.GetStringAsync("/session")).Split('|')[1];
        var signedOut = await after.PostFormAsync("/sign-out", []);
        Assert.Equal("/sign-in?signedOut=1", signedOut.Headers.Location!.OriginalString);
        Assert.Equal("|", await after.Http.GetStringAsync("/session"));
        await RoomHost.ProblemAsync(await host.Bearer(token).GetAsync("/api/v1/me"), ErrorCodes.Unauthenticated);
    }

    [Fact]
    public async Task A_path_of_any_letters_is_where_one_goes_after_signing_in()
    {
        await using var host = await StartAsync();
        using var browser = new Browser(host.Address);
        Assert.Equal("/datasets/%C3%A9%F0%9F%98%80?q=a%20b", (await browser.SignInAsync("alice", Good, "/datasets/é😀?q=a%20b")).Headers.Location!.OriginalString);
    }

    [Theory]
    [InlineData("https://evil.example/")]
    [InlineData("//evil.example/")]
    [InlineData("/\\evil.example")]
    [InlineData("/a\\..\\evil")]
    [InlineData("\\\\evil.example")]
    [InlineData("javascript:alert(1)")]
    [InlineData("/\t/evil.example")]
    [InlineData("/\r\nLocation: https://evil.example")]
    [InlineData("evil.example")]
    [InlineData("")]
    public async Task Never_redirects_to_another_site(string returnUrl)
    {
        await using var host = await StartAsync();
        using var browser = new Browser(host.Address);
        Assert.Equal("/", (await browser.SignInAsync("alice", Good, returnUrl)).Headers.Location!.OriginalString);
        using var failed = new Browser(host.Address);
        Assert.Equal("/sign-in?error=credentials", (await failed.SignInAsync("alice", "wrong", returnUrl)).Headers.Location!.OriginalString);
    }

    [Fact]
    public async Task A_failed_sign_in_goes_back_to_the_page_with_what_went_wrong()
    {
        await using var host = await StartAsync();
        using var browser = new Browser(host.Address);
        Assert.Equal("/sign-in?error=credentials&returnUrl=%2Fmodels", (await browser.SignInAsync("alice", "wrong", "/models")).Headers.Location!.OriginalString);
        Assert.Equal("/sign-in?error=credentials", (await browser.SignInAsync("", "", "")).Headers.Location!.OriginalString);
        for (var i = 0; i < 9; i++) await browser.SignInAsync("alice", $"wrong {i}");
        Assert.Equal("/sign-in?error=limited&returnUrl=%2F", (await browser.SignInAsync("alice", Good)).Headers.Location!.OriginalString);
        Assert.Null(browser.Cookies["dowel_session"]);
    }

    [Fact]
    public async Task A_form_without_its_antiforgery_token_signs_nobody_in_or_out()
    {
        await using var host = await StartAsync();
        using var browser = new Browser(host.Address);
        var fields = new Dictionary<string, string> { ["user"] = "alice", ["password"] = Good };
        Assert.Equal("/sign-in?error=antiforgery", (await browser.PostFormAsync("/sign-in", fields, withAntiforgery: false)).Headers.Location!.OriginalString);
        Assert.Null(browser.Cookies["dowel_session"]);
        var json = await browser.Http.PostAsync("/sign-in", new StringContent("{}", System.Text.Encoding.UTF8, "application/json"));
        Assert.Equal("/sign-in?error=antiforgery", json.Headers.Location!.OriginalString);
        await browser.SignInAsync("alice", Good);
        await browser.PostFormAsync("/sign-out", [], withAntiforgery: false);
        await browser.Http.MeAsync();
    }

    [Fact]
    public async Task A_change_by_cookie_must_come_from_the_servers_own_pages()
    {
        await using var host = await StartAsync();
        using var browser = new Browser(host.Address);
        await browser.SignInAsync("alice", Good);
        var own = host.Address.GetLeftPart(UriPartial.Authority);

        foreach (var headers in new (string, string)[][]
        {
            [],
            [("Origin", "https://evil.example")],
            [("Origin", "null")],
            [("Origin", "https://evil.example"), ("Referer", own + "/")],
            [("Referer", "https://evil.example/" + own)],
            [("Origin", $"http://127.0.0.1:{host.Address.Port + 1}")],
            [("Origin", $"http://127.0.0.1.evil.example:{host.Address.Port}")],
            [("Origin", $"http://localhost:{host.Address.Port}")],
        })
            await RoomHost.ProblemAsync(await browser.SendAsync(HttpMethod.Post, "/api/v1/projects", headers), ErrorCodes.CrossSite);
        Assert.True((await browser.SendAsync(HttpMethod.Get, "/api/v1/projects", ("Origin", "https://evil.example"))).IsSuccessStatusCode);
        Assert.True((await browser.SendAsync(HttpMethod.Post, "/api/v1/projects", ("Origin", own))).IsSuccessStatusCode);
        Assert.True((await browser.SendAsync(HttpMethod.Delete, "/api/v1/projects/by-cookie", ("Referer", own + "/projects"))).IsSuccessStatusCode);
        Assert.NotEmpty(await host.DeniedAsync("auth.cross_site"));
    }

    [Fact]
    public async Task The_pages_websocket_checks_where_it_comes_from()
    {
        await using var host = await StartAsync();
        using var browser = new Browser(host.Address);
        await browser.SignInAsync("alice", Good);
        (string, string)[] upgrade = [("Connection", "Upgrade"), ("Upgrade", "websocket"), ("Sec-WebSocket-Version", "13"), ("Sec-WebSocket-Key", "AAAAAAAAAAAAAAAAAAAAAA==")];
        await RoomHost.ProblemAsync(await browser.SendAsync(HttpMethod.Get, "/_blazor", [.. upgrade, ("Origin", "https://evil.example")]), ErrorCodes.CrossSite);
        await RoomHost.ProblemAsync(await browser.SendAsync(HttpMethod.Get, "/_blazor", upgrade), ErrorCodes.CrossSite);
        Assert.Equal(HttpStatusCode.OK, (await browser.SendAsync(HttpMethod.Get, "/_blazor", [.. upgrade, ("Origin", host.Address.GetLeftPart(UriPartial.Authority))])).StatusCode);
    }

    [Fact]
    public async Task A_forged_or_ended_cookie_is_nobody()
    {
        await using var host = await StartAsync();
        using var browser = new Browser(host.Address);
        await browser.SignInAsync("alice", Good);
        await RoomHost.ReadAsync<User>(await host.AdminClient.PatchUserAsync("alice", new PatchUser { Disabled = true }));
        Assert.Equal("|", await browser.Http.GetStringAsync("/session"));
        foreach (var value in new[] { host.TokenOf("admin"), "x", "" })
        {
            var request = new HttpRequestMessage(HttpMethod.Get, "/session");
            request.Headers.TryAddWithoutValidation("Cookie", $"dowel_session={value}");
            Assert.Equal("|", await (await new HttpClient { BaseAddress = host.Address }.SendAsync(request)).Content.ReadAsStringAsync());
        }
    }

    [Fact]
    public async Task The_link_form_sets_a_password_and_signs_in()
    {
        await using var host = await StartAsync();
        using var browser = new Browser(host.Address);
        var code = await host.LinkCodeAsync("alice");
        Assert.Equal($"/sign-in/link?code={code}&error=password", (await browser.PostFormAsync("/sign-in/link", new() { ["code"] = code, ["newPassword"] = "short" })).Headers.Location!.OriginalString);
        Assert.Equal("/", (await browser.PostFormAsync("/sign-in/link", new() { ["code"] = code, ["newPassword"] = "a new long password" })).Headers.Location!.OriginalString);
        Assert.Equal("alice", (await browser.Http.MeAsync()).User.Name);
        using var again = new Browser(host.Address);
        Assert.Equal("/sign-in?error=link", (await again.PostFormAsync("/sign-in/link", new() { ["code"] = code, ["newPassword"] = "a new long password" })).Headers.Location!.OriginalString);
        Assert.Equal("/", (await again.SignInAsync("alice", "a new long password")).Headers.Location!.OriginalString);
    }
}
