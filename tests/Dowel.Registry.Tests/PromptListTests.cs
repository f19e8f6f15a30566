using Dowel.Contracts;
using Dowel.Testing;

namespace Dowel.Registry.Tests;

public sealed class PromptListTests(Hosts hosts) : IClassFixture<Hosts>
{
    [Theory, MemberData(nameof(Engines.All), MemberType = typeof(Engines))]
    public async Task Prompts_are_listed_apart_from_models(Engine engine)
    {
        var host = await hosts.OnAsync(engine);
        using var ada = host.Connect("ada");
        var mark = Guid.NewGuid().ToString("n");
        async Task NewAsync(string name, Dictionary<string, string>? tags) => await ada.Models.CreateAsync(new CreateModel { Project = "lab", Name = $"{mark}-{name}", Tags = tags });
        await NewAsync("model", null);
        await NewAsync("tagged", new() { ["team"] = "true" });
        await NewAsync("p1", new() { ["mlflow.prompt.is_prompt"] = "true", ["task"] = "support" });
        await NewAsync("p2", new() { ["mlflow.prompt.is_prompt"] = "true" });
        await NewAsync("no", new() { ["mlflow.prompt.is_prompt"] = "false" });

        async Task<IEnumerable<string>> NamesAsync(bool prompts, ListQuery query) => (await ada.Models.ListAsync(query, prompts)).Items.Select(m => m.Name[(mark.Length + 1)..]);
        Assert.Equal(["p1", "p2"], await NamesAsync(true, new() { Search = mark }));
        Assert.Equal(["model", "no", "tagged"], await NamesAsync(false, new() { Search = mark }));
        Assert.Equal(5, (await ada.Models.ListAsync(new ListQuery { Search = mark })).Items.Count);

        var first = await ada.Models.ListAsync(new ListQuery { Search = mark, Limit = 1 }, true);
        Assert.Equal(["p2"], await NamesAsync(true, new() { Search = mark, Limit = 1, Cursor = first.NextCursor }));
        using var bob = host.Connect("bob");
        Assert.Empty((await bob.Models.ListAsync(new ListQuery { Search = mark }, true)).Items);
        await RoomHost.ProblemAsync(await host.HttpFor("ada").GetAsync("/api/v1/models?prompts=perhaps"), ErrorCodes.Malformed);
    }
}
