using System.Diagnostics;
using System.Text.RegularExpressions;
using Microsoft.Playwright;

namespace Dowel.EndToEnd.Tests;

/// <summary>Walks the journey's pages in a real Chromium and keeps a screenshot of each, at desktop and phone width.</summary>
[Collection(JourneyCollection.Name)]
public partial class BrowserTests(JourneyFixture journey) : IAsyncLifetime
{
    private const string Chromium = "/usr/bin/chromium";

    /// <summary>Ends only a test that fails anyway: a machine that does more than this alone may keep a page waiting.</summary>
    private const int PatienceMilliseconds = 90_000;

    private const int AttemptMilliseconds = 5_000;

    private readonly List<IBrowserContext> _contexts = [];
    private IBrowser _browser = null!;

    public async ValueTask InitializeAsync()
    {
        if (!File.Exists(Chromium))
        {
            Assert.SkipUnless(Environment.GetEnvironmentVariable("CI") is not null, "Chromium is not installed; ./eng/test installs it");
            Assert.Fail("Chromium is missing.");
        }
        _browser = await journey.BrowserAsync(Chromium);
        Assertions.SetDefaultExpectTimeout(PatienceMilliseconds);
    }

    public async ValueTask DisposeAsync()
    {
        var failed = TestContext.Current.TestState?.Result == TestResult.Failed;
        foreach (var context in _contexts)
        {
            if (failed) await TellAsync(context);
            await context.DisposeAsync();
        }
        if (failed) TestContext.Current.TestOutputHelper?.WriteLine($"the server's log ends with:\n{string.Join('\n', journey.Server.Log.Split('\n').TakeLast(30))}");
    }

    /// <summary>What its pages show, for who reads of the failure.</summary>
    private static async Task TellAsync(IBrowserContext context)
    {
        foreach (var page in context.Pages)
        {
            var shot = Path.Combine(Product.Screenshots, $"failed-{Guid.NewGuid():N}.png");
            try
            {
                await page.ScreenshotAsync(new() { Path = shot, Timeout = 10_000 });
                TestContext.Current.TestOutputHelper?.WriteLine($"{page.Url}, in {shot}:\n{await page.Locator("body").InnerTextAsync(new() { Timeout = 10_000 })}");
            }
            catch (Exception e) when (e is PlaywrightException or TimeoutException)
            {
                TestContext.Current.TestOutputHelper?.WriteLine($"{page.Url} says nothing: {e.Message}");
            }
        }
    }

    public static IEnumerable<TheoryDataRow<string, string, string>> Pages() =>
    [
        new("home", "/", "What would you like to do"),
        new("datasets", "/datasets", "titanic"),
        new("dataset", "/datasets/titanic.titanic", "passenger_id"),
        new("features", "/features", "passenger_features"),
        new("feature-view", "/features/titanic.passenger_features", "age_missing"),
        new("experiments", "/experiments", "titanic-survival"),
        new("experiment", "/experiments/titanic.titanic-survival", "auc"),
        new("bin", "/bin", "Deleted experiments and runs"),
        new("models", "/models", "titanic-survival"),
        new("model", "/models/titanic.titanic-survival", "production"),
        new("endpoints", "/endpoints", "titanic-survival"),
        new("endpoint", "/endpoints/titanic-survival", "passenger_id"),
        new("deployments", "/endpoints/titanic-survival?tab=deployments", "Who may call, and how much"),
        new("deploy", "/endpoints/new?model=titanic.titanic-survival", "The same from a terminal"),
        new("deploy-image", "/endpoints/new?what=image", "Paste the name of an image"),
        new("deploy-graph", "/endpoints/new?what=graph", "first-endpoint"),
        new("projects", "/projects", "titanic"),
        new("users", "/users", "admin"),
        new("tokens", "/tokens", "Token"),
        new("account", "/account", "assword"),
        new("audit", "/audit", "127.0.0.1"),
        new("docs", "/docs", "The native API of Dowel"),
    ];

    [Theory, MemberData(nameof(Pages))]
    public async Task Page_shows_what_it_should_at_desktop_and_phone_width_without_errors(string name, string path, string text)
    {
        // One context for both, which has the scripts then.
        var context = await SignedInAsync(1440, 900);
        var page = await context.NewPageAsync();
        var errors = Watch(page);
        foreach (var (size, width, height) in new[] { ("desktop", 1440, 900), ("phone", 390, 844) })
        {
            await page.SetViewportSizeAsync(width, height);
            await page.GotoAsync(path);
            await Assertions.Expect(page.GetByText(text).Filter(new() { Visible = true }).First).ToBeVisibleAsync();
            await page.WaitForTimeoutAsync(700);
            await page.ScreenshotAsync(new() { Path = Path.Combine(Product.Screenshots, $"{name}-{size}.png") });
            var overflow = await page.EvaluateAsync<int>("document.documentElement.scrollWidth - document.documentElement.clientWidth");
            Assert.True(overflow <= 0, $"{path} is {overflow} px wider than a {size}");
            Assert.True(errors.Count == 0, $"{path}: {string.Join("\n", errors)}");
        }
    }

    public static IEnumerable<TheoryDataRow<string>> Things() =>
    [
        new("/datasets/titanic.titanic"), new("/features/titanic.passenger_features"), new("/experiments/titanic.titanic-survival"), new("/models/titanic.titanic-survival"), new("/endpoints/titanic-survival"), new("run"),
    ];

    [Theory, MemberData(nameof(Things))]
    public async Task Every_tab_shows_something_and_stands_in_sight(string path)
    {
        using var admin = journey.Admin;
        if (path == "run") path = $"/runs/{(await admin.Runs.ListAsync((await admin.Experiments.GetAsync("titanic.titanic-survival")).Id)).Items[0].Id}";
        var context = await SignedInAsync(390, 844);
        var page = await context.NewPageAsync();
        var errors = Watch(page);
        await page.GotoAsync(path);
        await Assertions.Expect(page.Locator(".tabs .tab").First).ToBeVisibleAsync();
        var tabs = await page.Locator(".tabs .tab").EvaluateAllAsync<string[]>("all => all.map(a => a.getAttribute('href'))");
        Assert.True(tabs.Length > 1);
        foreach (var tab in tabs)
        {
            await page.GotoAsync(tab);
            var current = page.Locator(".tabs .tab[aria-current]");
            await Assertions.Expect(current).ToBeVisibleAsync();
            await Assertions.Expect(page.Locator(".skeletons")).ToHaveCountAsync(0);
            Assert.Equal(0, await page.Locator(".problem-page, .page > .alert").CountAsync());
            await Assertions.Expect(current).ToBeInViewportAsync(new() { Ratio = 0.9f });
            var overflow = await page.EvaluateAsync<int>("document.documentElement.scrollWidth - document.documentElement.clientWidth");
            Assert.True(overflow <= 0, $"{tab} is {overflow} px wider than a phone");
        }
        Assert.Empty(errors);
    }

    [Fact]
    public async Task Whoever_uses_the_keyboard_sees_where_they_are()
    {
        var context = await SignedInAsync(1440, 900);
        var page = await context.NewPageAsync();
        await page.GotoAsync("/endpoints/titanic-survival");
        await Assertions.Expect(page.Locator(".tabs .tab").First).ToBeVisibleAsync();
        List<string> unseen = [], seen = [];
        for (var i = 0; i < 30; i++)
        {
            await page.Keyboard.PressAsync("Tab");
            var at = await page.EvaluateAsync<string[]>("""
                () => { const e = document.activeElement, s = getComputedStyle(e);
                        return [e.tagName + '.' + e.className + ' ' + (e.innerText || e.ariaLabel || '').slice(0, 30), s.outlineStyle === 'none' || parseFloat(s.outlineWidth) === 0 ? 'no' : 'yes'] }
                """);
            if (at[0].StartsWith("BODY", StringComparison.Ordinal)) break;
            // The page itself puts the focus there when it comes alive, for those who listen to it.
            if (at[0].StartsWith("H1", StringComparison.Ordinal)) continue;
            (at[1] == "yes" ? seen : unseen).Add(at[0]);
        }
        Assert.Empty(unseen);
        Assert.True(seen.Count > 12, string.Join("\n", seen));
    }

    [Fact]
    public async Task Somebody_signs_in_with_a_link_chooses_a_password_signs_out_and_in_again()
    {
        using var admin = journey.Admin;
        var created = await admin.Identity.CreateUserAsync(new() { Name = $"eve{Random.Shared.Next()}" });
        var context = await OpenAsync(new());
        var page = await context.NewPageAsync();

        await page.GotoAsync("/datasets");
        await Assertions.Expect(page).ToHaveURLAsync(new Regex(@"/sign-in\?returnUrl="));
        await page.ScreenshotAsync(new() { Path = Path.Combine(Product.Screenshots, "sign-in-desktop.png") });

        await page.GotoAsync(created.SignInLink!);
        await page.Locator("input[name=newPassword]").FillAsync("correct horse battery");
        await page.ScreenshotAsync(new() { Path = Path.Combine(Product.Screenshots, "sign-in-link-desktop.png") });
        await page.Locator("form[action='/sign-in/link'] button[type=submit]").ClickAsync();
        await Assertions.Expect(page.GetByText("What would you like to do").First).ToBeVisibleAsync();

        await context.ClearCookiesAsync();
        await page.GotoAsync("/sign-in");
        await page.Locator("input[name=user]").FillAsync(created.User.Name);
        await page.Locator("input[name=password]").FillAsync("wrong password");
        await page.Locator("form[action='/sign-in'] button[type=submit]").ClickAsync();
        await Assertions.Expect(page).ToHaveURLAsync(new Regex(@"/sign-in\?.*error="));
        await page.Locator("input[name=user]").FillAsync(created.User.Name);
        await page.Locator("input[name=password]").FillAsync("correct horse battery");
        await page.Locator("form[action='/sign-in'] button[type=submit]").ClickAsync();
        await Assertions.Expect(page.GetByText("What would you like to do").First).ToBeVisibleAsync();
    }

    [Fact]
    public async Task The_try_it_form_answers_a_prediction()
    {
        var context = await SignedInAsync(1440, 900);
        var page = await context.NewPageAsync();
        var errors = Watch(page);
        await page.GotoAsync("/endpoints/titanic-survival");
        var send = page.GetByRole(AriaRole.Button, new() { Name = "Predict", Exact = true });
        var answer = page.GetByText("survival_probability").Filter(new() { Visible = true }).First;
        await PressUntilAsync(send, answer);
        await Assertions.Expect(answer).ToBeVisibleAsync();
        await page.ScreenshotAsync(new() { Path = Path.Combine(Product.Screenshots, "endpoint-answer-desktop.png") });
        Assert.Empty(errors);
    }

    [Fact]
    public async Task The_end_of_a_long_list_is_a_key_away_and_what_is_deleted_there_is_in_the_bin()
    {
        using var admin = journey.Admin;
        var experiment = await admin.Experiments.CreateAsync(new() { Project = "titanic", Name = $"long{Random.Shared.Next()}" });
        for (var i = 1; i <= 450; i++) await admin.Runs.CreateAsync(experiment.Id, new() { Name = $"try-{i}", StartedAt = new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero).AddMinutes(i) });
        var context = await SignedInAsync(1440, 900);
        var page = await context.NewPageAsync();
        var errors = Watch(page);
        ILocator Row(int number) => page.GetByRole(AriaRole.Link, new() { Name = $"try-{number}", Exact = true });
        await page.GotoAsync($"/experiments/{experiment.Id}");
        await Assertions.Expect(Row(450)).ToBeVisibleAsync();
        await page.Locator(".run-scroll").FocusAsync();
        await page.Keyboard.PressAsync("End");
        await Assertions.Expect(Row(1)).ToBeInViewportAsync();
        await page.Keyboard.PressAsync("Home");
        await Assertions.Expect(Row(450)).ToBeInViewportAsync();
        await page.GetByRole(AriaRole.Spinbutton, new() { Name = "Row" }).FillAsync("226");
        await page.Keyboard.PressAsync("Enter");
        await Assertions.Expect(Row(225)).ToBeInViewportAsync();

        await page.Locator("tr", new() { Has = Row(225) }).GetByRole(AriaRole.Checkbox).CheckAsync();
        await page.GetByRole(AriaRole.Toolbar, new() { Name = "Selected runs" }).GetByRole(AriaRole.Button, new() { Name = "Delete" }).ClickAsync();
        await Assertions.Expect(page.GetByText("449 runs.")).ToBeVisibleAsync();
        await page.GotoAsync("/bin");
        await page.GetByRole(AriaRole.Button, new() { Name = "Restore run try-225", Exact = true }).ClickAsync();
        await Assertions.Expect(Row(225)).ToHaveCountAsync(0);
        Assert.Equal(450, await admin.Runs.CountAsync(experiment.Id));
        Assert.Empty(errors);
    }

    private static List<string> Watch(IPage page)
    {
        var errors = new List<string>();
        page.Console += (_, message) =>
        {
            if (message.Type == "error") errors.Add(message.Text);
        };
        page.PageError += (_, error) => errors.Add(error);
        return errors;
    }

    private static Task PressUntilAsync(ILocator press, ILocator shown) => UntilAsync(() => press.ClickAsync(new() { Timeout = AttemptMilliseconds }), () => shown.IsVisibleAsync());

    /// <summary>Acts until it has an effect: a page can be seen a moment before its circuit is connected, and a person would press again, too.</summary>
    private static async Task UntilAsync(Func<Task> act, Func<Task<bool>> done)
    {
        for (var watch = Stopwatch.StartNew(); !await done();)
        {
            try
            {
                await act();
            }
            catch (TimeoutException) when (watch.ElapsedMilliseconds < PatienceMilliseconds)
            {
                // A slow effect of the last attempt may lie over what is pressed.
                continue;
            }
            for (var wait = 0; wait < 20 && !await done(); wait++) await Task.Delay(100);
            Assert.True(watch.ElapsedMilliseconds < PatienceMilliseconds || await done(), "It had no effect, however often.");
        }
    }

    private async Task<IBrowserContext> SignedInAsync(int width, int height)
    {
        var context = await OpenAsync(new() { ViewportSize = new() { Width = width, Height = height } });
        var (name, value) = await journey.AdminCookieAsync();
        await context.AddCookiesAsync([new() { Name = name, Value = value, Url = journey.Server.Address.ToString() }]);
        return context;
    }

    private async Task<IBrowserContext> OpenAsync(BrowserNewContextOptions options)
    {
        options.BaseURL = journey.Server.Address.ToString();
        var context = await _browser.NewContextAsync(options);
        context.SetDefaultTimeout(PatienceMilliseconds);
        _contexts.Add(context);
        return context;
    }
}
