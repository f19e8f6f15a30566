using System.Net;
using System.Text.RegularExpressions;
using Dowel.Client;
using Microsoft.Playwright;

namespace Dowel.EndToEnd.Tests;

/// <summary>A running server on which the whole titanic journey has happened.</summary>
public sealed class JourneyFixture : IAsyncLifetime
{
    internal ServerProcess Server { get; } = new();
    internal string AdminToken { get; private set; } = "";
    internal string JourneyOutput { get; private set; } = "";

    private static readonly string[] ChromiumFlags = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"];
    private (string, string)? _cookie;
    private IPlaywright? _playwright;
    private IBrowser? _browser;

    /// <summary>One Chromium for all tests: starting it takes longer than most of them. Each test has a context of its own.</summary>
    internal async Task<IBrowser> BrowserAsync(string executable)
    {
        _playwright ??= await Playwright.CreateAsync();
        return _browser ??= await _playwright.Chromium.LaunchAsync(new BrowserTypeLaunchOptions { ExecutablePath = executable, Args = ChromiumFlags });
    }

    /// <summary>The administrator's session cookie, got as a browser gets it: from the form of a one-time link.</summary>
    internal async Task<(string Name, string Value)> AdminCookieAsync()
    {
        if (_cookie is { } known) return known;
        using var admin = Admin;
        var link = await admin.Identity.CreateSignInLinkAsync("admin");
        var cookies = new CookieContainer();
        using var http = new HttpClient(new SocketsHttpHandler { CookieContainer = cookies, AllowAutoRedirect = false }) { BaseAddress = Server.Address };
        var antiforgery = Regex.Match(await http.GetStringAsync(link.Link), "name=\"__RequestVerificationToken\"[^>]*value=\"([^\"]+)\"").Groups[1].Value;
        using var answer = await http.PostAsync("/sign-in/link", new FormUrlEncodedContent(new Dictionary<string, string>
        {
            ["code"] = SignInLinks.CodeOf(link.Link),
            ["__RequestVerificationToken"] = WebUtility.HtmlDecode(antiforgery),
        }));
        var session = cookies.GetAllCookies().First(c => c.Name == "dowel_session");
        _cookie = (session.Name, session.Value);
        return _cookie.Value;
    }

    internal DowelClient Admin => DowelClient.Connect(Server.Address, AdminToken);

    public async ValueTask InitializeAsync()
    {
        await Server.StartAsync();
        AdminToken = await Server.FirstAdminTokenAsync();
        var (exitCode, output) = await Product.RunAsync("dotnet",
            [Product.Dll("Dowel.Samples.Titanic"), "--server", Server.Address.ToString(), "--token", AdminToken, "--data", Product.TitanicCsv], TimeSpan.FromMinutes(4));
        JourneyOutput = output;
        Assert.True(exitCode == 0, $"{output}\n{Server.Log}");
    }

    public async ValueTask DisposeAsync()
    {
        if (_browser is not null) await _browser.DisposeAsync();
        _playwright?.Dispose();
        await Server.DisposeAsync();
    }
}

/// <summary>The suites that share one journey.</summary>
[CollectionDefinition(Name)]
public sealed class JourneyCollection : ICollectionFixture<JourneyFixture>
{
    public const string Name = "journey";
}
