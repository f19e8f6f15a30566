using System.Text.Json;
using CsCheck;
using Dowel.Protocols.Mlflow.Tests.Tracking;
using Dowel.Testing;

namespace Dowel.Protocols.Mlflow.Tests.LoggedModels;

public sealed class LoggedModelSearchTests(TrackingHosts hosts) : IClassFixture<TrackingHosts>
{
    private readonly Dictionary<Engine, (string Experiment, string Run)> _filled = [];

    [Theory, MemberData(nameof(Engines.All), MemberType = typeof(Engines))]
    public async Task Finds_models_by_what_the_filter_says(Engine engine)
    {
        var (host, experiment, run) = await FilledAsync(engine);
        async Task FindsAsync(string filter, params string[] names) => Assert.Equal(names, (await NamesAsync(host, experiment, $""" , "filter": {JsonSerializer.Serialize(filter)} """)).Order());
        await FindsAsync("name = 'lm-a'", "lm-a");
        await FindsAsync("name='lm-a'", "lm-a");
        await FindsAsync("name != 'lm-a' AND name LIKE 'lm%'", "lm-b", "lm-c");
        await FindsAsync("name ILIKE 'LM-%'", "lm-a", "lm-b", "lm-c");
        await FindsAsync("name LIKE 'LM-%'");
        await FindsAsync("attributes.name IN ('lm-a', 'lm-c')", "lm-a", "lm-c");
        await FindsAsync("name NOT IN ('lm-a', 'lm-c')", "lm-b", "other");
        await FindsAsync("params.p = '1'", "lm-a");
        await FindsAsync("params.p = 1", "lm-a");
        await FindsAsync("params.`q r` != 'x'", "lm-b");
        await FindsAsync("params.p IS NULL", "lm-c", "other");
        await FindsAsync("tags.t = 'z'", "lm-c");
        await FindsAsync("tags.t IS NOT NULL", "lm-c");
        await FindsAsync("metrics.auc > 0.5", "lm-b", "lm-c");
        // Each comparison for itself: lm-c has 0.9 on one dataset and 0.1 on none.
        await FindsAsync("metrics.auc >= 0.5 and metrics.auc < 0.8", "lm-a", "lm-b", "lm-c");
        await FindsAsync("metrics.auc != 0.5", "lm-b", "lm-c", "other");
        await FindsAsync("metrics.auc IS NULL");
        await FindsAsync($"source_run_id = '{run}'", "lm-a");
        await FindsAsync("model_type = 'agent'", "lm-b");
        await FindsAsync("status = 'READY'", "lm-c");
        await FindsAsync("status = 'LOGGED_MODEL_READY'", "lm-c");
        await FindsAsync("creation_timestamp > 0 AND name = 'lm-a'", "lm-a");
        await FindsAsync("last_updated_timestamp < 1000");
        await FindsAsync("name = 'x'' OR 1=1 --'");
        await FindsAsync("", "lm-a", "lm-b", "lm-c", "other");
    }

    [Theory, MemberData(nameof(Engines.All), MemberType = typeof(Engines))]
    public async Task Metrics_count_on_the_datasets_that_are_named(Engine engine)
    {
        var (host, experiment, _) = await FilledAsync(engine);
        async Task FindsAsync(string filter, string datasets, params string[] names) => Assert.Equal(names, (await NamesAsync(host, experiment, $$""" , "filter": "{{filter}}", "datasets": [{{datasets}}] """)).Order());
        const string train = """{"dataset_name": "train"}""";
        const string test = """{"dataset_name": "test", "dataset_digest": "d2"}""";
        await FindsAsync("metrics.auc > 0.5", train, "lm-b");
        await FindsAsync("metrics.auc > 0.5", test, "lm-c");
        await FindsAsync("metrics.auc > 0.5", $"{train}, {test}", "lm-b", "lm-c");
        await FindsAsync("metrics.auc > 0.5", """{"dataset_name": "test", "dataset_digest": "d3"}""");
        // Without a comparison of a metric: those that have any on the dataset.
        await FindsAsync("name LIKE 'lm%'", test, "lm-c");
        (await host.PostAsync("logged-models/search", $$"""{"experiment_ids": ["{{experiment}}"], "datasets": [{"dataset_digest": "d"}]}""")).Refused(400, "INVALID_PARAMETER_VALUE");

        async Task<IReadOnlyList<string>> OrderAsync(string order) => await NamesAsync(host, experiment, $$""" , "order_by": [{{order}}] """);
        // Values first, then NaN, then none; ties go to the newest.
        Assert.Equal(["lm-c", "lm-b", "lm-a", "other"], await OrderAsync("""{"field_name": "metrics.auc", "ascending": false}"""));
        Assert.Equal(["lm-a", "lm-b", "lm-c", "other"], await OrderAsync("""{"field_name": "metrics.auc"}"""));
        Assert.Equal(["lm-b", "other", "lm-c", "lm-a"], await OrderAsync("""{"field_name": "metrics.auc", "ascending": true, "dataset_name": "train"}"""));
        Assert.Equal(["lm-c", "other", "lm-b", "lm-a"], await OrderAsync("""{"field_name": "metrics.auc", "dataset_name": "test", "dataset_digest": "d2"}"""));
        Assert.Equal(["lm-a", "lm-b", "lm-c", "other"], await OrderAsync("""{"field_name": "name", "ascending": true}"""));
        Assert.Equal(["lm-a", "lm-b", "lm-c", "other"], await OrderAsync("""{"field_name": "creation_timestamp", "ascending": true}"""));
        Assert.Equal(["other", "lm-c", "lm-b", "lm-a"], await OrderAsync(""));
    }

    [Theory, MemberData(nameof(Engines.All), MemberType = typeof(Engines))]
    public async Task A_metric_with_a_history_sorts_by_its_newest_value_and_is_found_by_any(Engine engine)
    {
        var host = await hosts.OnAsync(engine);
        var experiment = await host.NewExperimentAsync();
        var run = await host.NewRunAsync(experiment);
        // Newest by the instant, then by the step: a falls to 0.2, b rises to 0.6, c has no more than one value on a dataset.
        var values = new Dictionary<string, (double Value, long At, long Step, string? Dataset)[]>
        {
            ["a"] = [(0.9, 1, 5, null), (0.2, 2, 0, null), (0.95, 2, -1, "train")],
            ["b"] = [(0.1, 1, 0, null), (0.5, 3, 1, null), (0.6, 3, 2, null)],
            ["c"] = [(0.4, 1, 0, "train")],
        };
        foreach (var (name, metrics) in values)
        {
            var id = (await host.PostAsync("logged-models", $$"""{"experiment_id": "{{experiment}}", "name": "{{name}}"}""")).Ok().GetProperty("model").GetProperty("info").GetProperty("model_id").GetString();
            var list = metrics.Select(m => new { key = "auc", value = m.Value, timestamp = m.At, step = m.Step, model_id = id, dataset_name = m.Dataset, dataset_digest = m.Dataset is null ? null : "d" });
            (await host.PostAsync("runs/log-batch", JsonSerializer.Serialize(new { run_id = run, metrics = list }))).Ok();
        }
        async Task<string> OrderAsync(string order) => string.Join(' ', await NamesAsync(host, experiment, $$""" , "order_by": [{{order}}] """));
        Assert.Equal("b c a", await OrderAsync("""{"field_name": "metrics.auc", "ascending": false}"""));
        Assert.Equal("a c b", await OrderAsync("""{"field_name": "metrics.auc"}"""));
        Assert.Equal("a c b", await OrderAsync("""{"field_name": "metrics.auc", "ascending": false, "dataset_name": "train"}"""));
        Assert.Equal(["a"], await NamesAsync(host, experiment, """ , "filter": "metrics.auc > 0.8" """));
        Assert.Equal(["a", "c"], (await NamesAsync(host, experiment, """ , "filter": "metrics.auc > 0", "datasets": [{"dataset_name": "train"}] """)).Order());
    }

    [Theory, MemberData(nameof(Engines.All), MemberType = typeof(Engines))]
    public async Task Pages_follow_one_another_with_the_same_search_alone(Engine engine)
    {
        var (host, experiment, _) = await FilledAsync(engine);
        var names = new List<string>();
        string? token = null;
        do
        {
            var page = (await host.PostAsync("logged-models/search", $$"""{"experiment_ids": ["{{experiment}}"], "max_results": 2{{(token is null ? "" : $", \"page_token\": \"{token}\"")}}}""")).Ok();
            names.AddRange(page.GetProperty("models").EnumerateArray().Select(m => m.GetProperty("info").GetProperty("name").GetString()!));
            token = page.TryGetProperty("next_page_token", out var next) ? next.GetString() : null;
            if (token is not null) (await host.PostAsync("logged-models/search", $$"""{"experiment_ids": ["{{experiment}}"], "filter": "name = 'x'", "page_token": "{{token}}"}""")).Refused(400, "INVALID_PARAMETER_VALUE");
        }
        while (token is not null);
        Assert.Equal(["other", "lm-c", "lm-b", "lm-a"], names);
        foreach (var wrong in new[] { "zzz", "é", "%", "AAAA", new string('A', 200) })
            (await host.PostAsync("logged-models/search", $$"""{"experiment_ids": ["{{experiment}}"], "page_token": "{{wrong}}"}""")).Refused(400, "INVALID_PARAMETER_VALUE");
    }

    [Theory]
    [InlineData(""" "filter": "nope.x = 1" """, "nope"), InlineData(""" "filter": "nope = 'x'" """, "Invalid attribute key 'nope'"), InlineData(""" "filter": "metrics.a = 'x'" """, "numeric"), InlineData(""" "filter": "name > 'x'" """, "Invalid comparator")]
    [InlineData(""" "filter": "datasets.name = 'x'" """, "Invalid entity type"), InlineData(""" "filter": "name = 'x' OR name = 'y'" """, "filter"), InlineData(""" "filter": "name =" """, "filter"), InlineData(""" "filter": "creation_timestamp = 'x'" """, "numeric")]
    [InlineData(""" "order_by": [{"field_name": "nope"}] """, "Invalid order by field name: nope"), InlineData(""" "order_by": [{"field_name": "params.x"}] """, "Only metrics are supported"), InlineData(""" "order_by": [{"ascending": true}] """, "field_name"), InlineData(""" "order_by": ["name"] """, "order_by")]
    [InlineData(""" "max_results": -1 """, "max_results"), InlineData(""" "max_results": 1001 """, "max_results"), InlineData(""" "order_by": [{"field_name": "m.no; DROP TABLE experiments_models"}] """, "Invalid order by")]
    public async Task Says_what_is_wrong_with_a_search(string search, string message)
    {
        var host = await hosts.OnAsync(Engine.Sqlite);
        Assert.Contains(message, (await host.PostAsync("logged-models/search", $$"""{"experiment_ids": ["{{await host.NewExperimentAsync()}}"], {{search}} }""")).Refused(400, "INVALID_PARAMETER_VALUE"));
        (await host.PostAsync("logged-models/search", """{"experiment_ids": []}""")).Refused(400, "INVALID_PARAMETER_VALUE");
        Assert.Equal("{}", (await host.PostAsync("logged-models/search", """{"experiment_ids": ["987654321"]}""")).Text);
    }

    [Theory, MemberData(nameof(Engines.All), MemberType = typeof(Engines))]
    public async Task Any_text_is_a_search_or_a_refusal(Engine engine)
    {
        var (host, experiment, _) = await FilledAsync(engine);
        string[] words = ["name", "metrics.", "params.`", "tags.t", "=", "!=", ">", "LIKE", "IN", "(", ")", "'", "''", "\"", "`", "AND", "IS NULL", "1e999", "-", ";", "--", "/*", "status", "'x'", "0.5", "\\", "%", "auc"];
        await Gen.Int[0, words.Length - 1].Array[0, 8].Select(picked => string.Join(' ', picked.Select(i => words[i]))).SampleAsync(async filter =>
        {
            var answer = await host.PostAsync("logged-models/search", $$"""{"experiment_ids": ["{{experiment}}"], "filter": {{JsonSerializer.Serialize(filter)}} }""");
            Assert.True(answer.Status is 200 or 400, $"{filter}: {answer.Text}");
        }, iter: 100, threads: 1);
    }

    private static async Task<IReadOnlyList<string>> NamesAsync(RoomHost host, string experiment, string more)
        => (await host.PostAsync("logged-models/search", $$"""{"experiment_ids": ["{{experiment}}"]{{more}} }""")).Ok() is var json && json.TryGetProperty("models", out var models)
            ? [.. models.EnumerateArray().Select(m => m.GetProperty("info").GetProperty("name").GetString()!)] : [];

    private async Task<(RoomHost Host, string Experiment, string Run)> FilledAsync(Engine engine)
    {
        var host = await hosts.OnAsync(engine);
        if (_filled.TryGetValue(engine, out var filled)) return (host, filled.Experiment, filled.Run);
        var experiment = await host.NewExperimentAsync();
        var run = await host.NewRunAsync(experiment);
        async Task<string> MakeAsync(string more)
        {
            // Each in a millisecond of its own, so that the order of creation shows.
            await Task.Delay(3);
            return (await host.PostAsync("logged-models", $$"""{"experiment_id": "{{experiment}}", {{more}} }""")).Ok().GetProperty("model").GetProperty("info").GetProperty("model_id").GetString()!;
        }
        var a = await MakeAsync($$""" "name": "lm-a", "source_run_id": "{{run}}", "params": [{"key": "p", "value": "1"}, {"key": "q r", "value": "x"}] """);
        var b = await MakeAsync(""" "name": "lm-b", "model_type": "agent", "params": [{"key": "p", "value": "2"}, {"key": "q r", "value": "y"}] """);
        var c = await MakeAsync(""" "name": "lm-c", "tags": [{"key": "t", "value": "z"}] """);
        var other = await MakeAsync(""" "name": "other" """);
        (await host.SendAsync("ada", "PATCH", $"logged-models/{c}", """{"status": "LOGGED_MODEL_READY"}""")).Ok();
        (await host.PostAsync("runs/log-batch", $$"""
            {"run_id": "{{run}}", "metrics": [
                {"key": "auc", "value": 0.5, "timestamp": 1, "step": 0, "model_id": "{{a}}"},
                {"key": "auc", "value": 0.7, "timestamp": 2, "step": 0, "model_id": "{{b}}", "dataset_name": "train", "dataset_digest": "d1"},
                {"key": "auc", "value": 0.9, "timestamp": 3, "step": 0, "model_id": "{{c}}", "dataset_name": "test", "dataset_digest": "d2"},
                {"key": "auc", "value": 0.1, "timestamp": 1, "step": 5, "model_id": "{{c}}"},
                {"key": "auc", "value": "NaN", "timestamp": 1, "step": 0, "model_id": "{{other}}"}]}
            """)).Ok();
        _filled[engine] = (experiment, run);
        return (host, experiment, run);
    }
}
