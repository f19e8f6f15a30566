using System.Net;
using Dowel.Contracts;
using Dowel.Testing;
using Microsoft.Extensions.Options;

namespace Dowel.Kernel.Tests.Identity;

public sealed class OidcTests
{
    private static Task<RoomHost> StartAsync(FakeProvider provider, Engine engine = Engine.Sqlite, params (string Key, string Value)[] more)
        => RoomHost.StartAsync(engine, [new PageRoom()], new Dictionary<string, string?>(more.Select(m => KeyValuePair.Create(m.Key, (string?)m.Value)))
        {
            ["Oidc:Authority"] = provider.Issuer,
            ["Oidc:ClientId"] = "dowel",
            ["Oidc:ClientSecret"] = "s3cret",
        }, null);

    /// <summary>Goes to the provider and back as a browser does; the last redirect.</summary>
    private static async Task<string> SignInAsync(Browser browser, string returnUrl = "/models")
    {
        var start = await browser.Http.GetAsync($"/sign-in/oidc?returnUrl={Uri.EscapeDataString(returnUrl)}");
        Assert.Equal(HttpStatusCode.Redirect, start.StatusCode);
        var back = await browser.Http.GetAsync(start.Headers.Location);
        Assert.Equal(HttpStatusCode.Redirect, back.StatusCode);
        return (await browser.Http.GetAsync(back.Headers.Location)).Headers.Location!.OriginalString;
    }

    [Theory, MemberData(nameof(Engines.All), MemberType = typeof(Engines))]
    public async Task Makes_a_user_at_the_first_sign_in_and_knows_them_by_subject_afterwards(Engine engine)
    {
        await using var provider = await FakeProvider.StartAsync();
        await using var host = await StartAsync(provider, engine);
        using var browser = new Browser(host.Address);
        Assert.Equal("/models", await SignInAsync(browser));
        var me = await browser.Http.MeAsync();
        Assert.Equal(("carol", "Carol C.", "carol@example.org", false), (me.User.Name, me.User.DisplayName, me.User.Email, me.User.IsAdmin));
        Assert.Equal("carol", me.Projects.Single().Project);

        provider.Person["preferred_username"] = "renamed";
        using var again = new Browser(host.Address);
        await SignInAsync(again);
        Assert.Equal(me.User.Id, (await again.Http.MeAsync()).User.Id);
    }

    [Fact]
    public async Task A_name_or_address_chosen_at_the_provider_takes_over_nobody()
    {
        await using var provider = await FakeProvider.StartAsync();
        await using var host = await StartAsync(provider);
        await RoomHost.ReadAsync<User>(await host.AdminClient.PatchUserAsync("admin", new PatchUser { Email = "boss@example.org" }));
        provider.Person = new() { ["sub"] = "s-2", ["preferred_username"] = "admin", ["email"] = "boss@example.org" };
        using var browser = new Browser(host.Address);
        await SignInAsync(browser);
        var me = await browser.Http.MeAsync();
        Assert.Equal(("admin-2", false), (me.User.Name, me.User.IsAdmin));
    }

    [Fact]
    public async Task Odd_claims_still_make_a_valid_user()
    {
        await using var provider = await FakeProvider.StartAsync();
        await using var host = await StartAsync(provider);
        provider.Person = new() { ["sub"] = "s-3", ["preferred_username"] = "  Ünï/cödé <script> " + new string('x', 200), ["name"] = "\u0001", ["email"] = "no address" };
        using var browser = new Browser(host.Address);
        await SignInAsync(browser);
        var me = await browser.Http.MeAsync();
        Assert.Matches("^[A-Za-z0-9][A-Za-z0-9._@-]{0,62}$", me.User.Name);
        Assert.Null(me.User.Email);
    }

    [Fact]
    public async Task Groups_give_and_take_roles_at_each_sign_in_but_not_the_last_administrator()
    {
        await using var provider = await FakeProvider.StartAsync();
        await using var host = await StartAsync(provider, Engine.Sqlite, ("Oidc:AdminGroup", "ml-admins"), ("Oidc:AuditorGroup", "auditors"));
        provider.Person["groups"] = new[] { "ml-admins", "auditors" };
        using var browser = new Browser(host.Address);
        await SignInAsync(browser);
        Assert.True((await browser.Http.MeAsync()).User is { IsAdmin: true, IsAuditor: true });
        provider.Person["groups"] = new[] { "others" };
        await SignInAsync(browser);
        Assert.True((await browser.Http.MeAsync()).User is { IsAdmin: false, IsAuditor: false });

        provider.Person["groups"] = new[] { "ml-admins" };
        await SignInAsync(browser);
        await RoomHost.ReadAsync<User>(await host.AdminClient.PatchUserAsync("admin", new PatchUser { IsAdmin = false }));
        provider.Person.Remove("groups");
        await SignInAsync(browser);
        Assert.True((await browser.Http.MeAsync()).User.IsAdmin);
    }

    [Fact]
    public async Task Refuses_the_disabled_and_where_it_is_set_so_the_unknown()
    {
        await using var provider = await FakeProvider.StartAsync();
        await using var host = await StartAsync(provider, Engine.Sqlite, ("Oidc:CreateUsers", "false"));
        using var browser = new Browser(host.Address);
        Assert.Equal("/sign-in?error=oidc_refused&returnUrl=%2Fmodels", await SignInAsync(browser));
        Assert.Null(browser.Cookies["dowel_session"]);

        await using var open = await StartAsync(provider);
        using var other = new Browser(open.Address);
        await SignInAsync(other);
        await RoomHost.ReadAsync<User>(await open.AdminClient.PatchUserAsync("carol", new PatchUser { Disabled = true }));
        using var shut = new Browser(open.Address);
        Assert.StartsWith("/sign-in?error=oidc_refused", await SignInAsync(shut), StringComparison.Ordinal);
        Assert.NotEmpty(await open.DeniedAsync("auth.failed"));
    }

    [Fact]
    public async Task Refuses_a_token_signed_by_somebody_else_and_an_answer_that_nobody_asked_for()
    {
        await using var provider = await FakeProvider.StartAsync();
        await using var host = await StartAsync(provider);
        provider.Forge = true;
        using var browser = new Browser(host.Address);
        Assert.StartsWith("/sign-in?error=oidc", await SignInAsync(browser), StringComparison.Ordinal);
        Assert.Null(browser.Cookies["dowel_session"]);
        provider.Forge = false;

        // The answer to one browser's question, brought by another (login CSRF).
        var start = await browser.Http.GetAsync("/sign-in/oidc");
        var back = await browser.Http.GetAsync(start.Headers.Location);
        using var victim = new Browser(host.Address);
        Assert.StartsWith("/sign-in?error=oidc", (await victim.Http.GetAsync(back.Headers.Location)).Headers.Location!.OriginalString, StringComparison.Ordinal);
        Assert.Null(victim.Cookies["dowel_session"]);
        Assert.StartsWith("/sign-in?error=oidc", (await victim.Http.GetAsync("/sign-in/oidc/callback")).Headers.Location!.OriginalString, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Never_returns_to_another_site()
    {
        await using var provider = await FakeProvider.StartAsync();
        await using var host = await StartAsync(provider);
        using var browser = new Browser(host.Address);
        Assert.Equal("/", await SignInAsync(browser, "//evil.example"));
    }

    [Fact]
    public async Task A_provider_that_does_not_answer_leads_back_to_the_sign_in_page()
    {
        var provider = await FakeProvider.StartAsync();
        await provider.DisposeAsync();
        await using var host = await StartAsync(provider);
        using var browser = new Browser(host.Address);
        Assert.Equal("/sign-in?error=oidc&returnUrl=%2F", (await browser.Http.GetAsync("/sign-in/oidc?returnUrl=/")).Headers.Location!.OriginalString);
    }

    [Fact]
    public async Task Is_off_without_configuration()
    {
        await using var host = await RoomHost.StartAsync();
        Assert.Equal(HttpStatusCode.NotFound, (await host.HttpFor(null).GetAsync("/sign-in/oidc")).StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, (await host.HttpFor(null).GetAsync("/sign-in/oidc/callback")).StatusCode);
    }

    [Theory]
    [InlineData("Oidc:Authority", "")]
    [InlineData("Oidc:Authority", "http://provider.example")]
    [InlineData("Oidc:Authority", "nonsense")]
    [InlineData("Oidc:ClientId", "")]
    [InlineData("Oidc:ClientSecret", "")]
    [InlineData("Oidc:Scopes", "profile")]
    public async Task Half_a_configuration_stops_the_start_and_names_the_key(string key, string value)
    {
        var settings = new Dictionary<string, string?> { ["Oidc:Authority"] = "https://provider.example", ["Oidc:ClientId"] = "dowel", ["Oidc:ClientSecret"] = "s", [key] = value };
        var refused = await Assert.ThrowsAsync<OptionsValidationException>(() => RoomHost.StartAsync(Engine.Sqlite, [], settings, null));
        Assert.Contains(key, Assert.Single(refused.Failures), StringComparison.Ordinal);
    }
}
