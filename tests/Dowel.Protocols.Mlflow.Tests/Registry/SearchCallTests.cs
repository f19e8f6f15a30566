using Dowel.Testing;

namespace Dowel.Protocols.Mlflow.Tests.Registry;

public sealed class SearchCallTests(RegistryHosts hosts) : IClassFixture<RegistryHosts>
{
    // What the client adds to a search for models.
    private const string NoPrompts = " AND tag.`mlflow.prompt.is_prompt` != 'true'";

    [Theory, MemberData(nameof(Engines.All), MemberType = typeof(Engines))]
    public async Task Models_are_found_by_name_and_tags_in_order_and_in_pages(Engine engine)
    {
        using var ada = new Wire(await hosts.OnAsync(engine), "ada");
        var suffix = Wire.Name("x");
        string[] names = [$"alpha-{suffix}", $"beta-{suffix}", $"Gamma%-{suffix}"];
        foreach (var name in names) await ada.PostAsync("registered-models/create", $$"""{"name": "{{name}}", "tags": [{"key": "team", "value": "{{(name == names[0] ? "red" : "Blue")}}"}, {"key": "a b", "value": "{{name}}"}]}""");
        Task<IReadOnlyList<string>> FindAsync(string filter, string more = "") => ada.FindModelsAsync(filter + $" AND name LIKE '%{suffix}'" + NoPrompts, more);
        Assert.Equal([names[0]], await FindAsync($"name = '{names[0]}'"));
        Assert.Equal(2, (await FindAsync($"name != '{names[0]}'")).Count);
        Assert.Equal([names[1]], await FindAsync("name LIKE 'beta%'"));
        Assert.Empty(await FindAsync("name LIKE 'BETA%'"));
        Assert.Equal([names[1]], await FindAsync("attribute.name ILIKE 'BETA-_-%'"));
        Assert.Equal([names[0]], await FindAsync("tags.team = 'red'"));
        Assert.Equal([names[1], names[2]], (await FindAsync("tags.team != 'red'")).Order(StringComparer.OrdinalIgnoreCase));
        Assert.Equal(2, (await FindAsync("tag.team ILIKE 'bl%' AND tags.`team` LIKE 'B%'")).Count);
        Assert.Equal([names[1]], await FindAsync($"tags.\"a b\" = '{names[1]}' AND tags.team = 'Blue'"));
        Assert.Empty(await FindAsync("tags.none = ''"));
        // '%' is any text, and nothing makes it the character; a quote is doubled.
        Assert.Equal([names[2]], await FindAsync("name LIKE 'Gamma%-%'"));
        Assert.Empty(await FindAsync("name = 'it''s'' OR 1=1 --'"));

        Assert.Equal([names[1], names[0]], await ada.FindModelsAsync($"name LIKE '%a-{suffix}'{NoPrompts}", "&order_by=name+DESC"));
        Assert.Equal([names[2], names[1], names[0]], await FindAsync("name LIKE '%'", "&order_by=creation_timestamp+DESC&order_by=name+ASC"));
        var paged = new List<string>();
        string? token = null;
        do
        {
            var page = await ada.GetAsync($"registered-models/search?filter={Uri.EscapeDataString($"name LIKE '%{suffix}'{NoPrompts}")}&max_results=1&order_by=last_updated_timestamp+DESC{(token is null ? "" : $"&page_token={Uri.EscapeDataString(token)}")}");
            paged.AddRange(page["registered_models"]!.AsArray().Select(m => (string)m!["name"]!));
            token = (string?)page["next_page_token"];
        }
        while (token is not null);
        Assert.Equal([names[2], names[1], names[0]], paged);
    }

    [Theory, MemberData(nameof(Engines.All), MemberType = typeof(Engines))]
    public async Task Versions_are_found_by_all_that_a_filter_may_say(Engine engine)
    {
        using var ada = new Wire(await hosts.OnAsync(engine), "ada");
        var name = await ada.NewModelAsync();
        var run = Guid.NewGuid().ToString("n");
        for (var i = 0; i < 3; i++) await ada.NewVersionAsync(name, $"s3://bucket/{name}/{i}", $$""", "run_id": "{{(i == 2 ? new string('0', 32) : run)}}", "tags": [{"key": "i", "value": "{{i}}"}]""");
        Assert.Equal(["3", "2", "1"], await ada.FindVersionsAsync($"name = '{name}'"));
        Assert.Equal(["1", "2", "3"], await ada.FindVersionsAsync($"name = '{name}'", "&order_by=version_number+ASC"));
        Assert.Equal(["3", "2", "1"], await ada.FindVersionsAsync($"name='{name}'", "&order_by=creation_timestamp+DESC&order_by=name+ASC&order_by=last_updated_timestamp+ASC"));
        Assert.Equal(["2"], await ada.FindVersionsAsync($"name = '{name}' AND version_number > 1 AND version_number <= 2"));
        Assert.Equal(["3", "1"], await ada.FindVersionsAsync($"name = '{name}' AND version_number != 2"));
        Assert.Equal(["2", "1"], await ada.FindVersionsAsync($"run_id = '{run}'"));
        Assert.Equal(["2", "1"], await ada.FindVersionsAsync($"run_id IN ('{run}', 'x') AND name = '{name}'"));
        Assert.Equal(["2"], await ada.FindVersionsAsync($"name = '{name}' AND tags.i = '1'"));
        Assert.Equal(["1", "3"], await ada.FindVersionsAsync($"name LIKE '{name}' AND tags.`i` != '1'", "&order_by=version_number"));
        Assert.Equal(["1"], await ada.FindVersionsAsync($"source_path = 's3://bucket/{name}/0'"));
        Assert.Equal(3, (await ada.FindVersionsAsync($"source_path LIKE 's3://%' AND name = '{name}'")).Count);
        Assert.Equal(["1", "2"], await ada.FindVersionsAsync($"name = '{name}' AND version_number < 3", "&order_by=last_updated_timestamp"));

        var first = await ada.GetAsync($"model-versions/search?filter={Uri.EscapeDataString($"name = '{name}'")}&max_results=2&order_by=version_number+ASC");
        Assert.Equal(["1", "2"], first["model_versions"]!.AsArray().Select(v => (string)v!["version"]!));
        // What comes in between does not shift the page.
        await ada.CallAsync("DELETE", "model-versions/delete", $$"""{"name": "{{name}}", "version": "1"}""");
        Assert.Equal(["3"], await ada.FindVersionsAsync($"name = '{name}'", $"&order_by=version_number+ASC&page_token={Uri.EscapeDataString((string)first["next_page_token"]!)}"));
    }

    [Theory]
    [InlineData("registered-models", "nope = 'x'", "Invalid attribute key 'nope' specified. Valid keys are '{'name'}'")]
    [InlineData("registered-models", "metrics.a > 1", "Invalid entity type 'metric'. Valid entity types are ('attribute', 'tag', 'tags')")]
    [InlineData("registered-models", "name = 5", "Expected a quoted string value")]
    [InlineData("registered-models", "name > 'a'", "Invalid comparator for attribute: >")]
    [InlineData("registered-models", "name IN ('a')", "Only the 'run_id' attribute supports comparison with a list")]
    [InlineData("registered-models", "tags.a = 5", "Expected a quoted string value for tag")]
    [InlineData("registered-models", "tags.a > 'a'", "Invalid comparator for tag: >")]
    [InlineData("registered-models", "name = 'a' OR name = 'b'", "Invalid filter")]
    [InlineData("registered-models", "name = 'a'; DROP TABLE registry_models", "Invalid filter")]
    [InlineData("registered-models", "name IS NULL", "Invalid comparator for attribute: IS NULL")]
    [InlineData("model-versions", "nope = 'x'", "Invalid attribute key 'nope' specified.")]
    [InlineData("model-versions", "version_number LIKE '1'", "Invalid comparator for attribute version_number: LIKE")]
    [InlineData("model-versions", "version_number = 'one'", "Expected a number")]
    [InlineData("model-versions", "run_id NOT IN ('a')", "Invalid comparator for attribute: NOT IN")]
    [InlineData("model-versions", "source_path IN ('a')", "Only the 'run_id' attribute")]
    [InlineData("model-versions", "run_id = ", "Invalid filter")]
    public async Task Refuses_filters_that_say_nothing(string what, string filter, string message)
    {
        using var ada = new Wire(await hosts.OnAsync(Engine.Sqlite), "ada");
        Assert.Contains(message, await ada.RefusedAsync(400, "INVALID_PARAMETER_VALUE", "GET", $"{what}/search?filter={Uri.EscapeDataString(filter)}"));
    }

    [Theory]
    [InlineData("registered-models/search?order_by=nope", "Invalid order by key 'nope' specified. Valid keys are '{'name', 'timestamp'}'")]
    [InlineData("registered-models/search?order_by=name&order_by=name+DESC", "duplicate fields")]
    [InlineData("registered-models/search?order_by=name+SIDEWAYS", "Invalid order_by")]
    [InlineData("registered-models/search?page_token=%40%40", "Invalid page token")]
    [InlineData("registered-models/search?page_token=eyJvZmZzZXQiOiAxfQ%3D%3D", "Invalid page token")]
    [InlineData("registered-models/search?page_token=WzEsMl0", "Invalid page token")]
    [InlineData("registered-models/search?max_results=1001", "Invalid value \"1001\" for parameter 'max_results' supplied:  Hint: Value was of type 'str'.")]
    [InlineData("registered-models/search?max_results=0", "It must be a positive integer, but got 0")]
    [InlineData("registered-models/search?max_results=many", "max_results")]
    [InlineData("model-versions/search?max_results=200001", "Invalid value \"200001\" for parameter 'max_results'")]
    [InlineData("model-versions/search?page_token=%40%40", "Invalid page token")]
    [InlineData("model-versions/search?order_by=nope", "Invalid attribute key 'nope' specified.")]
    [InlineData("model-versions/search?order_by=metrics.a", "Invalid entity type 'metric'")]
    public async Task Refuses_orders_and_pages_that_there_are_not(string path, string message)
    {
        using var ada = new Wire(await hosts.OnAsync(Engine.Sqlite), "ada");
        Assert.Contains(message, await ada.RefusedAsync(400, "INVALID_PARAMETER_VALUE", "GET", path));
    }

    [Theory, MemberData(nameof(Engines.All), MemberType = typeof(Engines))]
    public async Task A_hostile_pattern_costs_no_more_than_a_search(Engine engine)
    {
        using var ada = new Wire(await hosts.OnAsync(engine), "ada");
        await ada.NewModelAsync(new string('a', 490));
        var begin = TimeProvider.System.GetTimestamp();
        Assert.Empty(await ada.FindModelsAsync($"name LIKE '{string.Concat(Enumerable.Repeat("%a", 200))}%b'"));
        Assert.Empty(await ada.FindModelsAsync(string.Join(" AND ", Enumerable.Range(0, 90).Select(i => $"tags.k{i} ILIKE '%{i}%'"))));
        await ada.RefusedAsync(400, "INVALID_PARAMETER_VALUE", "GET", $"registered-models/search?filter={string.Join("+AND+", Enumerable.Repeat("name+%3D+'a'", 110))}");
        Assert.InRange(TimeProvider.System.GetElapsedTime(begin).TotalSeconds, 0, 30);
    }
}
