using System.Text.RegularExpressions;
using Dowel.Contracts;
using Microsoft.Playwright;

namespace Dowel.EndToEnd.Tests;

public partial class BrowserTests
{
    [Theory]
    [InlineData("desktop", 1440, 900)]
    [InlineData("phone", 390, 844)]
    public async Task Versions_are_chosen_and_compared_and_the_link_shows_the_same_to_others(string size, int width, int height)
    {
        var context = await SignedInAsync(width, height);
        var page = await context.NewPageAsync();
        var errors = Watch(page);
        await page.GotoAsync("/models/titanic.titanic-survival");
        var compare = page.GetByRole(AriaRole.Button, new() { Name = "Compare", Exact = true });
        await Assertions.Expect(compare).ToBeDisabledAsync();
        await UntilAsync(() => page.GetByLabel("Choose version 1").CheckAsync(new() { Timeout = AttemptMilliseconds }), () => page.GetByText("1 chosen").IsVisibleAsync());
        await page.GetByLabel("Choose version 2").CheckAsync();
        await Assertions.Expect(page.GetByText("2 chosen")).ToBeVisibleAsync();
        await page.ScreenshotAsync(new() { Path = Path.Combine(Product.Screenshots, $"model-versions-{size}.png") });
        await UntilAsync(async () => { if (await compare.IsVisibleAsync()) await compare.ClickAsync(new() { Timeout = AttemptMilliseconds }); }, () => Task.FromResult(Regex.IsMatch(page.Url, "tab=compare.*versions=1(,|%2C)2")));

        var table = page.GetByRole(AriaRole.Region, new() { Name = "Versions side by side" });
        ILocator Row(string name) => table.Locator("tr").Filter(new() { Has = page.GetByRole(AriaRole.Rowheader, new() { NameRegex = new($"^{name}( |$)") }) });
        await Assertions.Expect(Row("auc")).ToContainTextAsync("best");
        await Assertions.Expect(Row("flavor")).ToContainTextAsync("mlnet");
        await Assertions.Expect(Row("result")).ToContainTextAsync("refused");
        await UntilAsync(() => page.GetByLabel("Only what differs").CheckAsync(new() { Timeout = AttemptMilliseconds }), () => Task.FromResult(page.Url.Contains("diff=1", StringComparison.Ordinal)));
        await Assertions.Expect(Row("flavor")).ToHaveCountAsync(0);
        await Assertions.Expect(Row("auc")).ToHaveCountAsync(1);
        await page.ScreenshotAsync(new() { Path = Path.Combine(Product.Screenshots, $"model-compare-{size}.png") });
        var overflow = await page.EvaluateAsync<int>("document.documentElement.scrollWidth - document.documentElement.clientWidth");
        Assert.True(overflow <= 0, $"the comparison is {overflow} px wider than a {size}");

        var others = await SignedInAsync(width, height);
        var again = await others.NewPageAsync();
        await again.GotoAsync(page.Url);
        await Assertions.Expect(again.GetByLabel("Version in column 2")).ToHaveValueAsync("2");
        await Assertions.Expect(again.GetByLabel("Only what differs")).ToBeCheckedAsync();
        await Assertions.Expect(again.GetByRole(AriaRole.Rowheader, new() { NameRegex = new("^auc ") })).ToBeVisibleAsync();
        Assert.Empty(errors);
    }

    [Fact]
    public async Task Prompts_stand_apart_from_models_and_show_their_variables_and_what_changed()
    {
        using var admin = journey.Admin;
        var name = $"greeting-{Random.Shared.Next()}";
        var model = await admin.Models.CreateAsync(new CreateModel { Name = name, Gate = new ValidationGate { ProtectedAliases = [] }, Tags = new Dictionary<string, string> { ["mlflow.prompt.is_prompt"] = "true" } });
        foreach (var text in new[] { "Answer {{ question }} in two sentences.", "Answer {{ question }} in three sentences, in {{ language }}." })
            await admin.Models.CreateVersionAsync(model.Id, new CreateModelVersion { Source = "prompt-template", Tags = new Dictionary<string, string> { ["mlflow.prompt.is_prompt"] = "true", ["mlflow.prompt.text"] = text } });

        var context = await SignedInAsync(1440, 900);
        var page = await context.NewPageAsync();
        var errors = Watch(page);
        await page.GotoAsync("/models");
        await Assertions.Expect(page.GetByRole(AriaRole.Link, new() { Name = "titanic-survival" })).ToBeVisibleAsync();
        await Assertions.Expect(page.GetByRole(AriaRole.Link, new() { Name = name })).ToHaveCountAsync(0);
        var link = page.GetByRole(AriaRole.Link, new() { Name = name });
        await PressUntilAsync(page.GetByRole(AriaRole.Button, new() { Name = "Prompts", Exact = true }), link);
        await Assertions.Expect(page.GetByRole(AriaRole.Link, new() { Name = "titanic-survival" })).ToHaveCountAsync(0);
        await link.ClickAsync();

        await page.GetByRole(AriaRole.Link, new() { Name = "version 2" }).ClickAsync();
        await Assertions.Expect(page.Locator("mark.variable")).ToHaveTextAsync(["{{ question }}", "{{ language }}"]);
        await Assertions.Expect(page.GetByRole(AriaRole.Link, new() { Name = "Deploy" })).ToHaveCountAsync(0);
        await page.ScreenshotAsync(new() { Path = Path.Combine(Product.Screenshots, "prompt-desktop.png") });
        await page.GetByRole(AriaRole.Link, new() { Name = "Compare with version 1" }).ClickAsync();
        await Assertions.Expect(page.Locator(".removed mark")).ToContainTextAsync(["two"]);
        await Assertions.Expect(page.Locator(".added mark").First).ToContainTextAsync("three");
        await page.ScreenshotAsync(new() { Path = Path.Combine(Product.Screenshots, "prompt-compare-desktop.png") });
        Assert.Empty(errors);
    }
}
