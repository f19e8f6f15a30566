using System.Net.Http.Json;
using Dowel.Contracts;
using Dowel.Testing;

namespace Dowel.Experiments.Tests;

/// <summary>What the pages ask for: names, groups, samples, several sorts, the bin.</summary>
public sealed class RunViewTests(Hosts hosts) : IClassFixture<Hosts>
{
    [Theory, MemberData(nameof(Engines.All), MemberType = typeof(Engines))]
    public async Task Names_are_counted_and_found_by_what_they_contain(Engine engine)
    {
        using var ada = (await hosts.OnAsync(engine)).Connect("ada");
        var experiment = (await ada.NewExperimentAsync()).Id;
        Assert.Empty((await ada.Experiments.NamesAsync(experiment)).Metrics);
        for (var i = 0; i < 3; i++)
        {
            var run = await ada.Runs.CreateAsync(experiment, new CreateRun { Params = new Dictionary<string, string> { ["depth"] = $"{i}" }, Tags = new Dictionary<string, string> { ["team"] = "x" } });
            await ada.Runs.LogMetricAsync(run.Id, "val/auc", 0.5);
            if (i == 0) await ada.Runs.LogMetricAsync(run.Id, "a_loss", 0.5);
        }
        var names = await ada.Experiments.NamesAsync(experiment);
        Assert.Equal([new LoggedName("val/auc", 3), new LoggedName("a_loss", 1)], names.Metrics);
        Assert.Equal([new LoggedName("depth", 3)], names.Params);
        Assert.Equal([new LoggedName("team", 3)], names.Tags);
        Assert.Equal(["val/auc"], (await ada.Experiments.NamesAsync(experiment, "AUC")).Metrics.Select(m => m.Name));
        Assert.Empty((await ada.Experiments.NamesAsync(experiment, "%")).Metrics);
        Assert.Single((await ada.Experiments.NamesAsync(experiment, limit: 1)).Metrics);
        await Helpers.RefusedAsync(ErrorCodes.Invalid, () => ada.Experiments.NamesAsync(experiment, limit: 0));
    }

    [Theory, MemberData(nameof(Engines.All), MemberType = typeof(Engines))]
    public async Task Groups_count_runs_and_sum_up_metrics_within_the_filter(Engine engine)
    {
        using var ada = (await hosts.OnAsync(engine)).Connect("ada");
        var experiment = (await ada.NewExperimentAsync()).Id;
        (string? Model, double? Auc)[] made = [("forest", 0.8), ("forest", 0.6), ("forest", double.NaN), ("it's", 0.9), (null, 0.1), (null, null)];
        foreach (var (model, auc) in made)
        {
            var run = await ada.Runs.CreateAsync(experiment, new CreateRun { Params = model is null ? null : new Dictionary<string, string> { ["model"] = model } });
            if (auc is { } v) await ada.Runs.LogMetricAsync(run.Id, "auc", v);
        }
        var groups = await ada.Runs.GroupAsync(experiment, new RunGroupQuery { By = "params.model", Metrics = ["auc", "never"] });
        Assert.Equal(["forest", null, "it's"], groups.Select(g => g.Value));
        Assert.Equal([3, 2, 1], groups.Select(g => g.Runs));
        Assert.Equal(new MetricSummary(2, 0.7, 0.6, 0.8), groups[0].Metrics["auc"] with { Mean = Math.Round(groups[0].Metrics["auc"].Mean, 9) });
        Assert.Equal(1, groups[1].Metrics["auc"].Runs);
        Assert.DoesNotContain("never", groups[0].Metrics.Keys);

        Assert.Equal(["forest", "it's"], (await ada.Runs.GroupAsync(experiment, new RunGroupQuery { By = "params.model", Filter = "metrics.auc > 0.5" })).Select(g => g.Value));
        var e = await Helpers.RefusedAsync(ErrorCodes.Invalid, () => ada.Runs.GroupAsync(experiment, new RunGroupQuery { By = "params.model", Filter = "metrics.auc >" }));
        Assert.Equal(("filter", 13), (e.Fields[0].Field, e.Fields[0].Position));
        await Helpers.RefusedAsync(ErrorCodes.Invalid, () => ada.Runs.GroupAsync(experiment, new RunGroupQuery { By = "metrics.auc" }));
        Assert.Single(await ada.Runs.GroupAsync(experiment, new RunGroupQuery { By = "tags.x' OR 1=1 --" }));
    }

    [Theory, MemberData(nameof(Engines.All), MemberType = typeof(Engines))]
    public async Task Samples_keep_the_ends_and_no_more_points_than_asked_for(Engine engine)
    {
        using var ada = (await hosts.OnAsync(engine)).Connect("ada");
        var experiment = (await ada.NewExperimentAsync()).Id;
        var many = await ada.Runs.CreateAsync(experiment, new CreateRun());
        var few = await ada.Runs.CreateAsync(experiment, new CreateRun());
        var stepless = await ada.Runs.CreateAsync(experiment, new CreateRun());
        var elsewhere = await ada.NewRunAsync();
        var at = new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);
        for (var from = 0; from < 3000; from += 1000)
        {
            await ada.Runs.LogAsync(many.Id, new LogToRun { Metrics = [.. Enumerable.Range(from, 1000).Select(i => new MetricPoint("loss", i, i - 500, at.AddSeconds(i)))] });
            await ada.Runs.LogAsync(stepless.Id, new LogToRun { Metrics = [.. Enumerable.Range(from, 1000).Select(i => new MetricPoint("loss", i, 0, at.AddSeconds(i)))] });
        }
        await ada.Runs.LogAsync(few.Id, new LogToRun { Metrics = [new("loss", double.NaN, 1, at), new("loss", 2, 2, at), new("loss", 2, 2, at.AddSeconds(1))] });

        var series = await ada.Experiments.MetricAsync(experiment, "loss", [many.Id, few.Id, stepless.Id, elsewhere.Id, "nothing"], 100);
        Assert.Equal([many.Id, few.Id, stepless.Id], series.Select(s => s.Run));
        Assert.InRange(series[0].Points.Count, 90, 100);
        Assert.InRange(series[2].Points.Count, 90, 100);
        Assert.Equal((-500, 2499), (series[0].Points[0].Step, series[0].Points[^1].Step));
        Assert.Equal(series[0].Points.Select(p => p.Step).Order(), series[0].Points.Select(p => p.Step));
        Assert.All(series[0].Points, p => Assert.Equal(p.Step + 500, p.Value));
        Assert.Equal([double.NaN, 2, 2], series[1].Points.Select(p => p.Value));
        Assert.Equal((at, at.AddSeconds(2999)), (series[2].Points[0].At, series[2].Points[^1].At));
        Assert.Empty((await ada.Experiments.MetricAsync(experiment, "never", [many.Id]))[0].Points);
        await Helpers.RefusedAsync(ErrorCodes.Invalid, () => ada.Experiments.MetricAsync(experiment, "loss", []));
        await Helpers.RefusedAsync(ErrorCodes.Invalid, () => ada.Experiments.MetricAsync(experiment, "loss", [many.Id], 1));
    }

    [Theory, MemberData(nameof(Engines.All), MemberType = typeof(Engines))]
    public async Task A_single_spike_is_never_thinned_out(Engine engine)
    {
        using var ada = (await hosts.OnAsync(engine)).Connect("ada");
        var experiment = (await ada.NewExperimentAsync()).Id;
        var random = new Random(5);
        for (var round = 0; round < 6; round++)
        {
            var run = await ada.Runs.CreateAsync(experiment, new CreateRun());
            // By step, or by time alone; with NaN in between and from some point on.
            var (stepless, up, down, nanFrom) = (round % 2 == 1, random.Next(1, 2799), random.Next(1, 2799), 2850);
            var at = new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);
            var all = Enumerable.Range(0, 3000).Select(i => new MetricPoint("loss",
                i == up ? 1000 : i == down ? double.NegativeInfinity : i >= nanFrom || i % 500 == 250 ? double.NaN : Math.Sin(i), stepless ? 0 : i * 3L, at.AddSeconds(i))).ToList();
            foreach (var part in all.Chunk(1000)) await ada.Runs.LogAsync(run.Id, new LogToRun { Metrics = part });
            var points = (await ada.Experiments.MetricAsync(experiment, "loss", [run.Id], 60))[0].Points;
            Assert.InRange(points.Count, 40, 60);
            Assert.Equal(points.Select(p => (p.Step, p.At)).Order(), points.Select(p => (p.Step, p.At)));
            Assert.Equal((all[0].At, all[^1].At), (points[0].At, points[^1].At));
            Assert.Contains(points, p => p.Value == 1000 && p.At == all[up].At);
            Assert.True(up == down || points.Any(p => double.IsNegativeInfinity(p.Value) && p.At == all[down].At), "the spike downwards is gone");
            Assert.True(double.IsNaN(points[^1].Value));
        }
        var constant = await ada.Runs.CreateAsync(experiment, new CreateRun());
        for (var from = 0; from < 3; from++) await ada.Runs.LogAsync(constant.Id, new LogToRun { Metrics = [.. Enumerable.Range(from * 1000, 1000).Select(i => new MetricPoint("loss", 1, i))] });
        Assert.InRange((await ada.Experiments.MetricAsync(experiment, "loss", [constant.Id], 20))[0].Points.Count, 10, 20);
        Assert.Equal([0, 2999], (await ada.Experiments.MetricAsync(experiment, "loss", [constant.Id], 2))[0].Points.Select(p => p.Step));
    }

    [Theory, MemberData(nameof(Engines.All), MemberType = typeof(Engines))]
    public async Task Steps_at_the_ends_of_what_a_step_can_be_are_sampled_too(Engine engine)
    {
        using var ada = (await hosts.OnAsync(engine)).Connect("ada");
        var run = await ada.NewRunAsync();
        await ada.Runs.LogAsync(run.Id, new LogToRun { Metrics = [.. new[] { long.MinValue, -1, 0, 1, long.MaxValue }.Select((s, i) => new MetricPoint("x", i, s))] });
        var points = (await ada.Experiments.MetricAsync(run.ExperimentId, "x", [run.Id], 3))[0].Points;
        Assert.Equal((long.MinValue, long.MaxValue), (points[0].Step, points[^1].Step));
    }

    [Theory, MemberData(nameof(Engines.All), MemberType = typeof(Engines))]
    public async Task Several_sorts_apply_one_after_the_other(Engine engine)
    {
        using var ada = (await hosts.OnAsync(engine)).Connect("ada");
        var experiment = (await ada.NewExperimentAsync()).Id;
        foreach (var (name, model, auc) in new[] { ("b", "x", 1.0), ("a", "y", 1.0), ("c", "x", 2.0) })
        {
            var run = await ada.Runs.CreateAsync(experiment, new CreateRun { Name = name, Params = new Dictionary<string, string> { ["model"] = model } });
            await ada.Runs.LogMetricAsync(run.Id, "auc", auc);
        }
        async Task<string> SortedAsync(string sort) => string.Concat((await ada.Runs.ListAsync(experiment, new RunQuery { Sort = sort })).Items.Select(r => r.Name));
        Assert.Equal("cba", await SortedAsync("params.model,-metrics.auc"));
        Assert.Equal("abc", await SortedAsync("metrics.auc,name"));
        Assert.Equal("abc", await SortedAsync("user,name"));
        await Helpers.RefusedAsync(ErrorCodes.Invalid, () => SortedAsync("name,-name"));
        await Helpers.RefusedAsync(ErrorCodes.Invalid, () => SortedAsync("name,"));
        await Helpers.RefusedAsync(ErrorCodes.Invalid, () => SortedAsync("a,b,c,d,e,f"));
    }

    [Theory, MemberData(nameof(Engines.All), MemberType = typeof(Engines))]
    public async Task The_bin_keeps_runs_until_they_come_back_or_go_for_good(Engine engine)
    {
        var host = await hosts.OnAsync(engine);
        using var ada = host.Connect("ada");
        using var vera = host.Connect("vera");
        var experiment = await ada.NewExperimentAsync();
        var run = await ada.Runs.CreateAsync(experiment.Id, new CreateRun());
        var other = await ada.Runs.CreateAsync(experiment.Id, new CreateRun());
        async Task<int> CountAsync(LifecycleView view) => (await ada.Runs.ListAsync(experiment.Id, new RunQuery { View = view })).Items.Count;

        await Helpers.RefusedAsync(ErrorCodes.Forbidden, () => vera.Runs.TrashAsync(run.Id));
        await ada.Runs.TrashAsync(run.Id);
        await ada.Runs.TrashAsync(run.Id);
        Assert.NotNull((await ada.Runs.GetAsync(run.Id)).DeletedAt);
        Assert.Equal((1, 1, 2), (await CountAsync(LifecycleView.Active), await CountAsync(LifecycleView.Deleted), await CountAsync(LifecycleView.All)));
        await Helpers.RefusedAsync(ErrorCodes.Conflict, () => ada.Runs.LogMetricAsync(run.Id, "x", 1));
        await ada.Runs.RestoreAsync(run.Id);
        Assert.Null((await ada.Runs.GetAsync(run.Id)).DeletedAt);

        // What was in the bin before its experiment stays there when the experiment comes back.
        await ada.Runs.TrashAsync(other.Id);
        Assert.NotNull((await ada.Experiments.TrashAsync(experiment.Id)).DeletedAt);
        await ada.Experiments.TrashAsync(experiment.Id);
        Assert.DoesNotContain((await ada.Experiments.ListAsync(new ListQuery { Limit = 1000 })).Items, e => e.Id == experiment.Id);
        Assert.Contains((await ada.Experiments.ListAsync(new ListQuery { Limit = 1000 }, LifecycleView.Deleted)).Items, e => e.Id == experiment.Id);
        await Helpers.RefusedAsync(ErrorCodes.Forbidden, () => vera.Experiments.RestoreAsync(experiment.Id));
        Assert.Null((await ada.Experiments.RestoreAsync(experiment.Id)).DeletedAt);
        Assert.Equal((1, 1), (await CountAsync(LifecycleView.Active), await CountAsync(LifecycleView.Deleted)));
        Assert.Equal(2, (await host.AuditOfAsync(experiment.Id)).Count(a => a.Action is "experiment.trash" or "experiment.restore"));
    }

    [Theory, MemberData(nameof(Engines.All), MemberType = typeof(Engines))]
    public async Task One_run_tells_the_step_and_time_of_each_metric_and_its_tags_come_off(Engine engine)
    {
        using var ada = (await hosts.OnAsync(engine)).Connect("ada");
        var at = new DateTimeOffset(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);
        var run = await ada.NewRunAsync(new CreateRun { Tags = new Dictionary<string, string> { ["a/b c"] = "1", ["d"] = "2" } });
        await ada.Runs.LogAsync(run.Id, new LogToRun { Metrics = [new("loss", 2, 1, at), new("loss", 1, 7, at.AddMinutes(1))] });
        Assert.Equal([new MetricPoint("loss", 1, 7, at.AddMinutes(1))], (await ada.Runs.GetAsync(run.Id)).LastMetrics!);
        Assert.Null((await ada.Runs.ListAsync(run.ExperimentId)).Items[0].LastMetrics);
        await ada.Runs.DeleteTagAsync(run.Id, "a/b c");
        Assert.Equal(["d"], (await ada.Runs.GetAsync(run.Id)).Tags.Keys.Where(k => !k.StartsWith("mlflow.", StringComparison.Ordinal)));
        await Helpers.RefusedAsync(ErrorCodes.NotFound, () => ada.Runs.DeleteTagAsync(run.Id, "a/b c"));
    }

    [Theory]
    [InlineData("runs?view=odd"), InlineData("runs?view=1"), InlineData("runs/groups?by=params.x&limit=0"), InlineData("runs/groups?by=nothing"), InlineData("metrics/x?runs=a&points=9999999"), InlineData("fields?limit=x")]
    public async Task Refuses_questions_that_make_no_sense(string query)
    {
        var host = await hosts.OnAsync(Engine.Sqlite);
        using var ada = host.Connect("ada");
        var response = await host.HttpFor("ada").GetAsync($"/api/v1/experiments/{(await ada.NewExperimentAsync()).Id}/{query}");
        Assert.Equal(400, (int)response.StatusCode);
        Assert.NotNull((await response.Content.ReadFromJsonAsync<Problem>(DowelJson.Options))!.Detail);
    }
}
