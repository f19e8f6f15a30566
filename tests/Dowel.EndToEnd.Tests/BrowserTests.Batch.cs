using System.Text;
using Dowel.Contracts;
using Microsoft.Playwright;

namespace Dowel.EndToEnd.Tests;

public partial class BrowserTests
{
    [Theory]
    [InlineData("desktop", 1440, 900)]
    [InlineData("phone", 390, 844)]
    public async Task A_batch_run_is_started_on_the_endpoints_page_and_followed_to_its_end(string size, int width, int height)
    {
        using var admin = journey.Admin;
        var name = $"people{Random.Shared.Next()}";
        var dataset = await admin.Datasets.CreateAsync(new CreateDataset { Project = "titanic", Name = name });
        await admin.Datasets.UploadAsync(dataset.Id, new MemoryStream(Encoding.UTF8.GetBytes("key\n1\n2\n999999\n")), "csv", "people.csv");

        var context = await SignedInAsync(width, height);
        var page = await context.NewPageAsync();
        var errors = Watch(page);
        await page.GotoAsync("/endpoints/titanic-survival?tab=batch");
        var dialog = page.GetByRole(AriaRole.Dialog);
        await PressUntilAsync(page.GetByRole(AriaRole.Button, new() { Name = "Start a batch run" }), dialog);
        await ChooseAsync("Dataset", $"titanic.{name}");
        // No column is called like the input, so one is asked for.
        await ChooseAsync("Column for the input passenger_id", "key (int64)");
        await dialog.GetByLabel("Output dataset").FillAsync($"{name}-out");
        await page.ScreenshotAsync(new() { Path = Path.Combine(Product.Screenshots, $"batch-dialog-{size}.png") });
        await dialog.GetByRole(AriaRole.Button, new() { Name = "Start", Exact = true }).ClickAsync();

        var row = page.Locator("tr", new() { HasText = $"{name}-out" });
        await Assertions.Expect(row).ToContainTextAsync("succeeded");
        await Assertions.Expect(row).ToContainTextAsync("3 of 3");
        await Assertions.Expect(row.GetByRole(AriaRole.Link, new() { Name = "1 failed" })).ToBeVisibleAsync();
        await page.ScreenshotAsync(new() { Path = Path.Combine(Product.Screenshots, $"batch-runs-{size}.png") });
        var overflow = await page.EvaluateAsync<int>("document.documentElement.scrollWidth - document.documentElement.clientWidth");
        Assert.True(overflow <= 0, $"the list is {overflow} px wider than a {size}");
        await page.GotoAsync("/batch");
        await Assertions.Expect(page.GetByRole(AriaRole.Link, new() { Name = $"{name}-out", Exact = true })).ToBeVisibleAsync();
        var confirm = dialog.GetByRole(AriaRole.Button, new() { Name = "Delete", Exact = true });
        await PressUntilAsync(row.GetByRole(AriaRole.Button, new() { Name = $"Delete {name}-out" }), confirm);
        await confirm.ClickAsync();
        await Assertions.Expect(row).ToHaveCountAsync(0);
        Assert.NotNull((await admin.Datasets.GetAsync($"{name}-out")).Latest);
        Assert.Empty(errors);

        async Task ChooseAsync(string field, string item)
        {
            var option = page.Locator(".mud-popover-open .mud-list-item", new() { HasText = item });
            await PressUntilAsync(dialog.Locator(".mud-select", new() { HasText = field }).First, option.First);
            await option.First.ClickAsync();
        }
    }
}
