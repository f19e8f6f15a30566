using Dowel.Contracts;
using Dowel.Testing;

namespace Dowel.Experiments.Tests;

public sealed class LogTests(Hosts hosts) : IClassFixture<Hosts>
{
    private static readonly DateTimeOffset At = new(2024, 1, 1, 0, 0, 0, TimeSpan.Zero);

    [Theory, MemberData(nameof(Engines.All), MemberType = typeof(Engines))]
    public async Task The_last_value_is_that_of_the_highest_step_then_the_newest_then_the_largest(Engine engine)
    {
        using var ada = (await hosts.OnAsync(engine)).Connect("ada");
        var run = (await ada.NewRunAsync()).Id;
        async Task<double> AfterAsync(params MetricPoint[] points)
        {
            await ada.Runs.LogAsync(run, new LogToRun { Metrics = points });
            return (await ada.Runs.GetAsync(run)).Metrics["m"];
        }
        Assert.Equal(5, await AfterAsync(new("m", 9, 1, At.AddDays(9)), new MetricPoint("m", 5, 2, At)));
        Assert.Equal(5, await AfterAsync(new MetricPoint("m", 7, 1, At.AddDays(10))));
        Assert.Equal(3, await AfterAsync(new MetricPoint("m", 3, 2, At.AddSeconds(1))));
        Assert.Equal(3, await AfterAsync(new MetricPoint("m", 2, 2, At.AddSeconds(1))));
        Assert.Equal(4, await AfterAsync(new MetricPoint("m", 4, 2, At.AddSeconds(1)), new MetricPoint("m", 3.5, 2, At.AddSeconds(1))));
        Assert.Equal(4, await AfterAsync(new MetricPoint("m", double.NaN, 2, At.AddSeconds(1))));
        Assert.Equal(double.NaN, await AfterAsync(new MetricPoint("m", double.NaN, 3, At)));
        Assert.Equal(double.NegativeInfinity, await AfterAsync(new MetricPoint("m", double.NegativeInfinity, 3, At)));
        Assert.Equal(double.PositiveInfinity, await AfterAsync(new MetricPoint("m", double.PositiveInfinity, 3, At)));
        Assert.Equal(double.PositiveInfinity, await AfterAsync(new MetricPoint("m", 1, -5, At)));

        var history = await ada.Runs.MetricAsync(run, "m");
        Assert.Equal([1, 9, 7, 5, 2, 3, 3.5, 4, double.NaN, double.NegativeInfinity, double.PositiveInfinity, double.NaN], history.Select(p => p.Value));
        Assert.Equal([-5, 1, 1, 2, 2, 2, 2, 2, 2, 3, 3, 3], history.Select(p => p.Step));
        Assert.Equal(At.AddSeconds(1), history[5].At);
    }

    [Theory, MemberData(nameof(Engines.All), MemberType = typeof(Engines))]
    public async Task The_same_call_twice_logs_once(Engine engine)
    {
        using var ada = (await hosts.OnAsync(engine)).Connect("ada");
        var run = (await ada.NewRunAsync()).Id;
        var log = new LogToRun
        {
            Metrics = [.. Enumerable.Range(0, 1000).Select(i => new MetricPoint($"m{i % 7}", i % 50 == 0 ? double.NaN : i / 3.0, i, At))],
            Params = Enumerable.Range(0, 100).ToDictionary(i => $"p{i}", i => $"{i}"),
            Tags = Enumerable.Range(0, 100).ToDictionary(i => $"t{i}", i => $"{i}"),
        };
        await ada.Runs.LogAsync(run, log);
        await ada.Runs.LogAsync(run, log);
        var read = await ada.Runs.GetAsync(run);
        Assert.Equal((7, 100, 100), (read.Metrics.Count, read.Params.Count, read.Tags.Count));
        var points = 0;
        foreach (var key in read.Metrics.Keys) points += (await ada.Runs.MetricAsync(run, key)).Count;
        Assert.Equal(1000, points);
        Assert.Equal(999 / 3.0, read.Metrics[$"m{999 % 7}"]);
    }

    [Theory, MemberData(nameof(Engines.All), MemberType = typeof(Engines))]
    public async Task A_param_keeps_its_first_value_and_a_refused_call_changes_nothing(Engine engine)
    {
        using var ada = (await hosts.OnAsync(engine)).Connect("ada");
        var run = (await ada.NewRunAsync(new CreateRun { Params = new Dictionary<string, string> { ["depth"] = "3" }, Tags = new Dictionary<string, string> { ["t"] = "old" } })).Id;
        var refused = await Helpers.RefusedAsync(ErrorCodes.Conflict, () => ada.Runs.LogAsync(run, new LogToRun
        {
            Metrics = [new("auc", 1)],
            Params = new Dictionary<string, string> { ["new"] = "1", ["depth"] = "4" },
            Tags = new Dictionary<string, string> { ["t"] = "new" },
        }));
        Assert.Equal("params.depth", Assert.Single(refused.Fields).Field);
        var read = await ada.Runs.GetAsync(run);
        Assert.Equal(["depth"], read.Params.Keys);
        Assert.Empty(read.Metrics);
        Assert.Equal("old", read.Tags["t"]);
        await ada.Runs.LogAsync(run, new LogToRun { Params = new Dictionary<string, string> { ["depth"] = "3", ["DEPTH"] = "other" } });
        Assert.Equal(2, (await ada.Runs.GetAsync(run)).Params.Count);
    }

    [Theory, MemberData(nameof(Engines.All), MemberType = typeof(Engines))]
    public async Task Concurrent_calls_to_one_run_are_all_kept(Engine engine)
    {
        using var ada = (await hosts.OnAsync(engine)).Connect("ada");
        var run = (await ada.NewRunAsync()).Id;
        await Task.WhenAll(Enumerable.Range(0, 40).Select(i => ada.Runs.LogAsync(run, new LogToRun { Metrics = [.. Enumerable.Range(0, 20).Select(j => new MetricPoint($"m{(i + j) % 20}", i, i))] })));
        var read = await ada.Runs.GetAsync(run);
        Assert.Equal(20, read.Metrics.Count);
        Assert.All(read.Metrics, m => Assert.Equal(39, m.Value));
        Assert.Equal(40, (await ada.Runs.MetricAsync(run, "m7")).Count);

        // Of two values for one param exactly one is taken.
        var attempts = await Task.WhenAll(Enumerable.Range(0, 8).Select(async i =>
        {
            try
            {
                await ada.Runs.LogAsync(run, new LogToRun { Params = new Dictionary<string, string> { ["seed"] = $"{i}" } });
                return i;
            }
            catch (Dowel.Client.DowelException e) when (e.Code == ErrorCodes.Conflict.Code)
            {
                return -1;
            }
        }));
        Assert.Equal(Assert.Single(attempts, i => i >= 0).ToString(), (await ada.Runs.GetAsync(run)).Params["seed"]);
    }

    [Fact]
    public async Task Refuses_more_than_the_limits()
    {
        using var ada = (await hosts.OnAsync(Engine.Sqlite)).Connect("ada");
        var run = (await ada.NewRunAsync()).Id;
        Task RefusedAsync(LogToRun log) => Helpers.RefusedAsync(ErrorCodes.Invalid, () => ada.Runs.LogAsync(run, log));
        static Dictionary<string, string> Of(string key, string value) => new() { [key] = value };
        await RefusedAsync(new LogToRun { Metrics = [.. Enumerable.Range(0, 1001).Select(i => new MetricPoint("m", i, i))] });
        await RefusedAsync(new LogToRun { Params = Enumerable.Range(0, 101).ToDictionary(i => $"p{i}", i => "") });
        await RefusedAsync(new LogToRun { Tags = Enumerable.Range(0, 101).ToDictionary(i => $"p{i}", i => "") });
        await RefusedAsync(new LogToRun { Params = Of("p", new string('x', 6001)) });
        await RefusedAsync(new LogToRun { Tags = Of("t", new string('x', 8001)) });
        await RefusedAsync(new LogToRun { Tags = Of(new string('k', 251), "") });
        await RefusedAsync(new LogToRun { Tags = Of("t", "a\0b") });
        await RefusedAsync(new LogToRun { Metrics = [null!] });
        await RefusedAsync(new LogToRun { Params = Of("p", null!) });
        Assert.Empty((await ada.Runs.GetAsync(run)).Params);
        await ada.Runs.LogAsync(run, new LogToRun { Params = Of(new string('k', 250), new string('x', 5999) + "é"), Tags = Of("t", new string('x', 98) + "😀" + new string('y', 4900)) });
        Assert.Equal(6000, Assert.Single((await ada.Runs.GetAsync(run)).Params).Value.Length);
    }

    [Theory, InlineData(""), InlineData("/"), InlineData("/a"), InlineData("a/"), InlineData("a//b"), InlineData("."), InlineData(".."), InlineData("a/../b"), InlineData("a\\b"), InlineData("a\nb"), InlineData("a%2Fb"), InlineData("a?b")]
    public async Task Refuses_keys_that_MLflow_refuses(string key)
    {
        using var ada = (await hosts.OnAsync(Engine.Sqlite)).Connect("ada");
        var run = (await ada.NewRunAsync()).Id;
        await Helpers.RefusedAsync(ErrorCodes.Invalid, () => ada.Runs.LogMetricAsync(run, key, 1));
    }

    [Fact]
    public async Task A_key_may_be_a_path()
    {
        using var ada = (await hosts.OnAsync(Engine.Sqlite)).Connect("ada");
        var run = (await ada.NewRunAsync()).Id;
        await ada.Runs.LogMetricAsync(run, "val/by class: 1st/naïve.auc-2", 0.25);
        Assert.Equal(0.25, Assert.Single(await ada.Runs.MetricAsync(run, "val/by class: 1st/naïve.auc-2")).Value);
        Assert.Empty(await ada.Runs.MetricAsync(run, "val"));
    }

    [Theory]
    [InlineData("""{"metrics":[{"key":"a","value":"NaN"},{"key":"b","value":"-Infinity"}]}""", 204)]
    [InlineData("""{"metrics":[{"key":"a","value":"many"}]}""", 400)]
    [InlineData("""{"metrics":[{"key":"a","value":1e999}]}""", 0)]
    [InlineData("""{"metrics":{"a":1}}""", 400)]
    [InlineData("""{"params":{"a":"\ud800"}}""", 400)]
    [InlineData("""{"params":{"a":"1","a":"2"}}""", 400)]
    [InlineData("""{"params":{"a":1}}""", 400)]
    [InlineData("null", 400)]
    [InlineData("[]", 400)]
    [InlineData("{", 400)]
    public async Task Odd_bodies_are_taken_or_refused_but_never_a_fault(string json, int status)
    {
        var host = await hosts.OnAsync(Engine.Sqlite);
        using var ada = host.Connect("ada");
        var run = (await ada.NewRunAsync()).Id;
        var response = await host.HttpFor("ada").LogAsync(run, json);
        Assert.True(status == 0 ? (int)response.StatusCode < 500 : (int)response.StatusCode == status, $"{(int)response.StatusCode} {await response.Content.ReadAsStringAsync()}");
    }

    [Fact]
    public async Task Logging_writes_no_audit_record_a_metric()
    {
        var host = await hosts.OnAsync(Engine.Sqlite);
        using var ada = host.Connect("ada");
        var run = await ada.NewRunAsync();
        for (var i = 0; i < 5; i++) await ada.Runs.LogMetricAsync(run.Id, "m", i, i);
        Assert.Equal(["experiment.create", "run.create"], (await host.AuditOfAsync(run.ExperimentId)).Select(r => r.Action));
    }

    [Theory, MemberData(nameof(Engines.All), MemberType = typeof(Engines))]
    public async Task A_long_history_comes_whole_and_in_order(Engine engine)
    {
        using var ada = (await hosts.OnAsync(engine)).Connect("ada");
        var run = (await ada.NewRunAsync()).Id;
        for (var batch = 0; batch < 11; batch++)
            await ada.Runs.LogAsync(run, new LogToRun { Metrics = [.. Enumerable.Range(batch * 1000, 1000).Select(i => new MetricPoint("loss", 1.0 / (i + 1), i / 3, At.AddSeconds(i)))] });
        var history = await ada.Runs.MetricAsync(run, "loss");
        Assert.Equal(Enumerable.Range(0, 11_000).Select(i => 1.0 / (i + 1)), history.Select(p => p.Value));
    }
}
