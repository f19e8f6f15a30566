using System.Text.Json;
using Dowel.Testing;

namespace Dowel.Protocols.Mlflow.Tests.Tracking;

public sealed class SearchWireTests(TrackingHosts hosts) : IClassFixture<TrackingHosts>
{
    /// <summary>Six runs: r0 … r5 with metric acc = 0, 0.2 … 1.0 (r4 NaN, r5 none), param model, tags.</summary>
    private static async Task<(string Experiment, string[] Runs)> FillAsync(RoomHost host)
    {
        var experiment = await host.NewExperimentAsync();
        var runs = new string[6];
        for (var i = 0; i < runs.Length; i++)
        {
            runs[i] = (await host.PostAsync("runs/create", $$"""{"experiment_id": "{{experiment}}", "run_name": "r{{i}}", "start_time": {{1000 + i}}}""")).Ok().GetProperty("run").GetProperty("info").GetProperty("run_id").GetString()!;
            var acc = i == 4 ? "\"NaN\"" : (i * 0.2).ToString(System.Globalization.CultureInfo.InvariantCulture);
            var metrics = i == 5 ? "" : $$"""{"key": "acc", "value": {{acc}}, "timestamp": 1}, {"key": "val/loss 1", "value": {{10 - i}}, "timestamp": 1}""";
            (await host.PostAsync("runs/log-batch", $$"""{"run_id": "{{runs[i]}}", "metrics": [{{metrics}}], "params": [{"key": "model", "value": "{{(i % 2 == 0 ? "Forest" : "linear_1")}}"}], "tags": [{"key": "team", "value": "it's {{i}}%"}]}""")).Ok();
        }
        (await host.PostAsync("runs/update", $$"""{"run_id": "{{runs[0]}}", "status": "FINISHED", "end_time": 5000}""")).Ok();
        return (experiment, runs);
    }

    [Theory, MemberData(nameof(Engines.All), MemberType = typeof(Engines))]
    public async Task The_whole_grammar(Engine engine)
    {
        var host = await hosts.OnAsync(engine);
        var (experiment, runs) = await FillAsync(host);
        foreach (var (filter, expected) in new (string, string)[]
        {
            ("metrics.acc > 0.3", "23"), ("metrics.acc >= 0.4 AND metrics.acc < 0.6", "2"), ("metric.acc = 0", "0"), ("metrics.acc != 0", "1234"), ("metrics.acc <= 1e-1", "0"), ("metrics.`val/loss 1` > 8.5", "01"), ("metrics.\"val/loss 1\" > 8.5", "01"),
            ("metrics.acc > -1", "0123"), ("metrics.never > 0", ""), ("metrics.acc IS NULL", "5"), ("metrics.acc is not null", "01234"),
            ("params.model = 'Forest'", "024"), ("params.model = \"Forest\"", "024"), ("param.model = 'forest'", ""), ("parameters.model != 'Forest'", "135"), ("params.model LIKE 'F%'", "024"), ("params.model LIKE 'f%'", ""), ("params.model ILIKE 'f%'", "024"),
            ("params.model LIKE 'linear_1'", "135"), ("params.model LIKE '%r%'", "012345"), ("params.model IN ('Forest', 'x')", "024"), ("params.model NOT IN ('Forest')", "135"), ("params.other = 'x'", ""), ("params.other IS NULL", "012345"),
            ("tags.team = 'it''s 3%'", "3"), ("tags.team LIKE '%3\\%'", ""), ("tags.mlflow.runName = 'r1'", "1"), ("tag.`mlflow.runName` = 'r1' and params.model = 'linear_1'", "1"),
            ("attributes.status = 'FINISHED'", "0"), ("status != 'FINISHED'", "12345"), ("attr.run_name = 'r2'", "2"), ("run_name LIKE 'r%'", "012345"), ("`run name` = 'r2'", "2"), ("attributes.start_time > 1003", "45"), ("start_time = 1003", "3"), ("created < 1001", "0"),
            ("end_time >= 5000", "0"), ("end_time IS NULL", "12345"), ($"attributes.run_id IN ('{runs[1]}', '{runs[2]}')", "12"), ($"run_id NOT IN ('{runs[1]}')", "02345"), ($"attributes.artifact_uri LIKE '%{runs[3]}/artifacts'", "3"), ("user_id = 'ada'", "012345"),
            ("", "012345"), ("   ", "012345"), ("metrics.acc > 0.3 AND params.model = 'Forest' AND tags.team LIKE 'it%' AND status = 'RUNNING'", "2"),
        })
        {
            var found = (await host.PostAsync("runs/search", JsonSerializer.Serialize(new { experiment_ids = new[] { experiment }, filter, max_results = 100 }))).Ok();
            Assert.True(expected == Names(found), $"{filter}: expected {expected}, got {Names(found)}");
        }
    }

    [Theory, MemberData(nameof(Engines.All), MemberType = typeof(Engines))]
    public async Task Orders_and_pages_give_each_run_once(Engine engine)
    {
        var host = await hosts.OnAsync(engine);
        var (experiment, _) = await FillAsync(host);
        foreach (var (order, expected) in new (string[], string)[]
        {
            ([], "543210"), (["start_time ASC"], "012345"), (["attributes.start_time DESC"], "543210"), (["metrics.acc DESC"], "321045"), (["metrics.acc"], "012345"), (["metrics.acc ASC"], "012345"), (["metrics.`acc` desc"], "321045"),
            (["params.model ASC", "metrics.acc DESC"], "204315"), (["params.model DESC", "start_time ASC"], "135024"), (["run_name DESC"], "543210"), (["end_time"], "054321"), (["metrics.never DESC"], "543210"), (["tags.team DESC"], "543210"), (["status", "run_id"], ""),
        })
        {
            foreach (var size in new[] { 1, 2, 4, 100 })
            {
                var names = "";
                for (string? token = null; ;)
                {
                    var page = (await host.PostAsync("runs/search", JsonSerializer.Serialize(new { experiment_ids = new[] { experiment }, order_by = order, max_results = size, page_token = token }))).Ok();
                    names += Names(page, sorted: false);
                    if (!page.TryGetProperty("next_page_token", out var next)) break;
                    token = next.GetString();
                    Assert.True(names.Length <= 6, "the pages never end");
                }
                Assert.Equal(6, names.Distinct().Count());
                if (expected.Length > 0) Assert.Equal((string.Join(',', order), size, expected), (string.Join(',', order), size, names));
            }
        }
    }

    [Theory]
    [InlineData("metrics.acc >"), InlineData("metrics.acc > 0.5 OR metrics.acc < 0.1"), InlineData("foo.bar = 'x'"), InlineData("nope = 'x'"), InlineData("metrics.acc > 'abc'"), InlineData("metrics.acc LIKE 'a'"), InlineData("params.p = 5"), InlineData("params.p > 'x'")]
    [InlineData("tags.t = unquoted"), InlineData("status > 'x'"), InlineData("metrics.acc IN (1, 2)"), InlineData("start_time = 'x'"), InlineData("(metrics.acc > 1)"), InlineData("metrics.acc > 1; metrics.acc > 2"), InlineData("NOT metrics.acc > 1"), InlineData("run_id IN ()")]
    [InlineData("metrics.acc BETWEEN 1 AND 2"), InlineData("acc"), InlineData("datasets.colour = 'x'"), InlineData("params.p = 'open"), InlineData("metrics.acc > 1 AND"), InlineData("AND"), InlineData("tags.t = 'a' 'b'"), InlineData("metrics. > 1"), InlineData("run_id IN ('a', 5)")]
    [InlineData("params.p = 'x' UNION SELECT * FROM kernel_users"), InlineData("1 = 1"), InlineData("params.p = 'a'; DROP TABLE experiments_runs; --"), InlineData("metrics.acc > 1e"), InlineData("metrics.acc > 0x10"), InlineData("metrics.acc > ١")]
    public async Task A_filter_that_is_none_is_refused_with_the_place(string filter)
    {
        var host = await hosts.OnAsync(Engine.Sqlite);
        var experiment = await host.NewExperimentAsync();
        (await host.PostAsync("runs/search", JsonSerializer.Serialize(new { experiment_ids = new[] { experiment }, filter, max_results = 10 }))).Refused(400, "INVALID_PARAMETER_VALUE");
    }

    [Theory]
    [InlineData("params.p = ''' OR 1=1 --'"), InlineData("params.`x' OR '1'='1` = 'a'"), InlineData("tags.\"a\"\"; DROP TABLE experiments_runs; --\" = 'x'"), InlineData("metrics.`x) OR (1=1` > 0"), InlineData("run_name LIKE '%'' OR ''%'")]
    public async Task Texts_of_a_filter_are_values_not_SQL(string filter)
    {
        var host = await hosts.OnAsync(Engine.Sqlite);
        var run = await host.NewRunAsync();
        var experiment = (await host.GetAsync($"runs/get?run_id={run}")).Ok().GetProperty("run").GetProperty("info").GetProperty("experiment_id").GetString();
        Assert.Equal("{}", (await host.PostAsync("runs/search", JsonSerializer.Serialize(new { experiment_ids = new[] { experiment }, filter, max_results = 10 }))).Text);
    }

    [Fact]
    public async Task Filters_made_to_explode_are_answered_or_refused_at_once()
    {
        var host = await hosts.OnAsync(Engine.Sqlite);
        var experiment = await host.NewExperimentAsync();
        foreach (var filter in new[]
        {
            string.Join(" AND ", Enumerable.Range(0, 5000).Select(i => $"params.p{i} = 'x'")), new string('(', 50_000), new string('\'', 50_001), "params.p LIKE '" + string.Concat(Enumerable.Repeat("%a", 20_000)) + "'",
            "run_id IN (" + string.Join(",", Enumerable.Repeat("'a'", 20_000)) + ")", new string('x', 200_000), "metrics.a > " + new string('9', 50_000),
        })
            Assert.InRange((await host.PostAsync("runs/search", JsonSerializer.Serialize(new { experiment_ids = new[] { experiment }, filter, max_results = 10 }))).Status, 200, 400);
    }

    [Theory, InlineData("!!!"), InlineData("AAAA"), InlineData("OTk6MA"), InlineData("eyJvZmZzZXQiOiAxfQ=="), InlineData("MDotMQ")]
    public async Task A_page_token_that_is_none_is_refused(string token)
    {
        var host = await hosts.OnAsync(Engine.Sqlite);
        var experiment = await host.NewExperimentAsync();
        Assert.Contains("Invalid page token", (await host.PostAsync("runs/search", JsonSerializer.Serialize(new { experiment_ids = new[] { experiment }, page_token = token, max_results = 10 }))).Refused(400, "INVALID_PARAMETER_VALUE"));
    }

    [Theory, InlineData("runs/search"), InlineData("experiments/search")]
    public async Task Limits_the_results(string path)
    {
        var host = await hosts.OnAsync(Engine.Sqlite);
        foreach (var most in new[] { "0", "-1", "50001", "\"many\"" }) (await host.PostAsync(path, $$"""{"max_results": {{most}}}""")).Refused(400, "INVALID_PARAMETER_VALUE");
    }

    [Theory, MemberData(nameof(Engines.All), MemberType = typeof(Engines))]
    public async Task Experiments_are_searched_by_name_time_and_tags(Engine engine)
    {
        var host = await hosts.OnAsync(engine);
        var mark = Guid.NewGuid().ToString("n");
        var (a, b) = (await host.NewExperimentAsync($"A/{mark}"), await host.NewExperimentAsync($"b {mark}"));
        (await host.PostAsync("experiments/set-experiment-tag", $$"""{"experiment_id": "{{a}}", "key": "team", "value": "red"}""")).Ok();
        async Task<string> FindAsync(string filter, string order = "name ASC", string view = "ACTIVE_ONLY")
        {
            var json = (await host.PostAsync("experiments/search", JsonSerializer.Serialize(new { filter = $"{filter}{(filter.Length > 0 ? " AND " : "")}name LIKE '%{mark}'", order_by = new[] { order }, view_type = view, max_results = 10 }))).Ok();
            return json.TryGetProperty("experiments", out var list) ? string.Concat(list.EnumerateArray().Select(e => e.GetProperty("name").GetString()![0])) : "";
        }
        Assert.Equal("Ab", await FindAsync(""));
        Assert.Equal("bA", await FindAsync("", "name DESC"));
        Assert.Equal("bA", await FindAsync("", "creation_time DESC"));
        Assert.Equal("Ab", await FindAsync("", "experiment_id ASC"));
        Assert.Equal("A", await FindAsync("tags.team = 'red'"));
        Assert.Equal("", await FindAsync("tags.team != 'red'"));
        Assert.Equal("b", await FindAsync("tags.team IS NULL"));
        Assert.Equal("A", await FindAsync("name ILIKE 'a/%'"));
        Assert.Equal("", await FindAsync("name LIKE 'a/%'"));
        Assert.Equal("Ab", await FindAsync("creation_time > 1000 AND last_update_time > 1000"));
        (await host.PostAsync("experiments/delete", $$"""{"experiment_id": "{{b}}"}""")).Ok();
        Assert.Equal("A", await FindAsync(""));
        Assert.Equal("b", await FindAsync("", view: "DELETED_ONLY"));
        Assert.Equal("Ab", await FindAsync("", view: "ALL"));
        Assert.Contains("already exists", (await host.PostAsync("experiments/create", $$"""{"name": "b {{mark}}"}""")).Refused(400, "RESOURCE_ALREADY_EXISTS"));
        foreach (var filter in new[] { "nope = 'x'", "metrics.a > 1", "name > 'a'", "name =" }) (await host.PostAsync("experiments/search", JsonSerializer.Serialize(new { filter, max_results = 10 }))).Refused(400, "INVALID_PARAMETER_VALUE");
    }

    private static string Names(JsonElement page, bool sorted = true)
    {
        if (!page.TryGetProperty("runs", out var runs)) return "";
        var names = runs.EnumerateArray().Select(r => r.GetProperty("info").GetProperty("run_name").GetString()![1..]);
        return string.Concat(sorted ? names.Order() : names);
    }
}
