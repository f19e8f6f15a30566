using Microsoft.Playwright;

namespace Dowel.EndToEnd.Tests;

/// <summary>Deploying, and what a deployment shows.</summary>
public partial class BrowserTests
{
    [Fact]
    public async Task A_model_version_is_deployed_from_its_page_shows_its_log_and_is_tried_by_every_protocol()
    {
        using var admin = journey.Admin;
        var name = $"two-clicks-{Random.Shared.Next()}";
        var context = await SignedInAsync(1440, 900);
        var page = await context.NewPageAsync();
        var errors = Watch(page);
        await page.GotoAsync("/models/titanic.titanic-survival");
        await page.GetByRole(AriaRole.Link, new() { Name = "Deploy", Exact = true }).First.ClickAsync();
        // Its circuit is there once the command follows what is typed.
        await Assertions.Expect(page.GetByText("--model titanic.titanic-survival")).ToBeVisibleAsync();
        await page.GetByLabel("Name", new() { Exact = true }).FillAsync(name);
        await Assertions.Expect(page.GetByText($"dowel endpoint create {name}")).ToBeVisibleAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = "Deploy", Exact = true }).ClickAsync();
        await Assertions.Expect(page.Locator("h1", new() { HasText = name })).ToBeVisibleAsync();
        await Assertions.Expect(page.Locator(".page-header").GetByText("ready")).ToBeVisibleAsync();

        await page.GotoAsync($"/endpoints/{name}?tab=deployments&log=v1");
        var log = page.GetByRole(AriaRole.Log);
        if (!await log.IsVisibleAsync()) await page.GetByRole(AriaRole.Button, new() { Name = "Log", Exact = true }).Or(log).First.ClickAsync();
        await Assertions.Expect(log.GetByText("ready").First).ToBeVisibleAsync();

        foreach (var protocol in new[] { "mlflow", "seldon" })
        {
            await page.GotoAsync($"/endpoints/{name}?protocol={protocol}");
            var answer = page.Locator(".answer");
            await PressUntilAsync(page.GetByRole(AriaRole.Button, new() { Name = "Predict", Exact = true }), answer);
            await Assertions.Expect(answer).ToContainTextAsync(protocol == "mlflow" ? "predictions" : "data");
        }
        Assert.Empty(errors);
        await admin.Endpoints.DeleteAsync(name);
    }

    [Fact]
    public async Task A_graph_is_drawn_as_it_is_typed_and_what_is_wrong_with_it_is_said()
    {
        using var admin = journey.Admin;
        var name = $"graph-{Random.Shared.Next()}";
        await admin.Endpoints.CreateAsync(new()
        {
            Name = name,
            Deployment = new() { Graph = new() { Nodes = new Dictionary<string, Contracts.InferenceNode> { ["root"] = new() { Steps = [new() { Endpoint = "titanic-survival" }] } } } },
        });
        var context = await SignedInAsync(390, 844);
        var page = await context.NewPageAsync();
        var errors = Watch(page);
        await page.GotoAsync($"/endpoints/{name}?tab=deployments&graph=edit");
        var yaml = page.GetByLabel("YAML");
        await Assertions.Expect(yaml).ToBeVisibleAsync();
        var picture = page.GetByRole(AriaRole.Region, new() { Name = "Inference graph" });
        // Until its circuit is connected nothing follows what is typed.
        for (var attempt = 0; attempt < 10 && !(await picture.InnerTextAsync()).Contains("40 %", StringComparison.Ordinal); attempt++)
        {
            await yaml.FillAsync("nodes:\n  root:\n    kind: splitter\n    steps:\n      - {endpoint: titanic-survival, weight: 40}\n" + new string('\n', attempt));
            await page.WaitForTimeoutAsync(1000);
        }
        await Assertions.Expect(picture).ToContainTextAsync("40 %");
        await page.GetByRole(AriaRole.Button, new() { Name = "Save the graph" }).ClickAsync();
        await Assertions.Expect(page.GetByText("weights that add up to 100").First).ToBeVisibleAsync();
        await yaml.FillAsync("nodes: [");
        await Assertions.Expect(page.GetByRole(AriaRole.Button, new() { Name = "Save the graph" })).ToBeDisabledAsync();
        Assert.True(await page.EvaluateAsync<int>("document.documentElement.scrollWidth - document.documentElement.clientWidth") <= 0);
        Assert.Empty(errors);
        await admin.Endpoints.DeleteAsync(name);
    }

    [Fact]
    public async Task Traffic_is_divided_among_deployments_and_the_one_without_is_removed()
    {
        using var admin = journey.Admin;
        var name = $"shares-{Random.Shared.Next()}";
        await admin.Endpoints.CreateAsync(new() { Name = name, Deployment = new() { Model = "titanic.titanic-survival", Version = 1 } });
        await admin.Endpoints.WaitUntilReadyAsync(name);
        await admin.Endpoints.UpdateAsync(name, new() { Deployment = new() { Version = 1, Beside = true } });
        await admin.Endpoints.WaitUntilReadyAsync(name);
        for (var i = 0; i < 600 && (await admin.Endpoints.GetAsync(name)).Deployments.Any(d => d.ReadyReplicas == 0); i++) await Task.Delay(50);
        var second = (await admin.Endpoints.GetAsync(name)).Deployments[1].Name;

        var context = await SignedInAsync(390, 844);
        var page = await context.NewPageAsync();
        var errors = Watch(page);
        await page.GotoAsync($"/endpoints/{name}?tab=deployments");
        var share = page.GetByLabel(second, new() { Exact = true });
        await PressUntilAsync(page.GetByRole(AriaRole.Button, new() { Name = "Change the shares" }), share);
        await share.FillAsync("100");
        await share.PressAsync("Tab");
        await page.ScreenshotAsync(new() { Path = Path.Combine(Product.Screenshots, "traffic-shares-phone.png") });
        await page.SetViewportSizeAsync(1440, 900);
        await page.ScreenshotAsync(new() { Path = Path.Combine(Product.Screenshots, "traffic-shares-desktop.png") });
        await page.GetByRole(AriaRole.Button, new() { Name = "Save", Exact = true }).ClickAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = "Remove", Exact = true }).ClickAsync();
        await page.GetByRole(AriaRole.Dialog).GetByRole(AriaRole.Button, new() { Name = "Remove", Exact = true }).ClickAsync();
        await Assertions.Expect(page.GetByText("Shares of the traffic")).ToHaveCountAsync(0);
        Assert.Equal((second, 100), (await admin.Endpoints.GetAsync(name)).Deployments.Select(d => (d.Name, d.Traffic)).Single());
        Assert.Empty(errors);
        await admin.Endpoints.DeleteAsync(name);
    }

    /// <summary>As <c>dotnet new console</c> writes it, with the client of .NET as it was built here.</summary>
    private static readonly string ConsoleProject = $"""
        <Project Sdk="Microsoft.NET.Sdk">
          <PropertyGroup>
            <OutputType>Exe</OutputType>
            <TargetFramework>net10.0</TargetFramework>
            <ImplicitUsings>enable</ImplicitUsings>
            <Nullable>enable</Nullable>
          </PropertyGroup>
          <ItemGroup>
            <Reference Include="{Product.Dll("Dowel.Client")}" />
            <Reference Include="{Product.Dll("Dowel.Contracts")}" />
          </ItemGroup>
        </Project>
        """;

    [Theory]
    [InlineData("oip", "survival_probability")]
    [InlineData("mlflow", "predictions")]
    [InlineData("seldon", "ndarray")]
    public async Task Code_that_the_page_shows_runs_as_it_is(string protocol, string answer)
    {
        var context = await SignedInAsync(1440, 900);
        var page = await context.NewPageAsync();
        await page.GotoAsync($"/endpoints/titanic-survival?protocol={protocol}");
        var folder = Directory.CreateTempSubdirectory("dowel-e2e-").FullName;
        foreach (var (title, file, program) in new[] { ("curl", "call.sh", "bash"), ("Python", "call.py", "/usr/bin/python3"), ("JavaScript", "call.mjs", Path.Combine(AppContext.BaseDirectory, ".playwright/node/linux-x64/node")), ("C#", "Program.cs", "dotnet") })
        {
            var shown = page.GetByRole(AriaRole.Tabpanel).Locator($"pre[aria-label='{title}']");
            await PressUntilAsync(page.GetByRole(AriaRole.Tab, new() { Name = title, Exact = true }), shown);
            // It differs from MLflow's by its body alone, and takes the longest to build.
            if (title == "C#" && protocol == "seldon") continue;
            var path = Path.Combine(folder, file);
            await File.WriteAllTextAsync(path, await shown.InnerTextAsync());
            if (program == "dotnet") await File.WriteAllTextAsync(Path.Combine(folder, "call.csproj"), ConsoleProject);
            var (exitCode, output) = await Product.RunAsync(program, program == "dotnet" ? ["run", "--project", folder] : [path], TimeSpan.FromMinutes(2), new Dictionary<string, string?> { ["DOWEL_TOKEN"] = journey.AdminToken });
            Assert.True(exitCode == 0, $"{title}: {output}");
            Assert.Contains(answer, output, StringComparison.Ordinal);
        }
        Directory.Delete(folder, recursive: true);
    }
}
