using System.Net.Http.Json;
using Dowel.Contracts;
using Dowel.Testing;

namespace Dowel.Experiments.Tests;

public sealed class RunListTests(Hosts hosts) : IClassFixture<Hosts>
{
    [Theory, MemberData(nameof(Engines.All), MemberType = typeof(Engines))]
    public async Task Pages_by_every_sort_give_each_run_once_in_order(Engine engine)
    {
        using var ada = (await hosts.OnAsync(engine)).Connect("ada");
        var experiment = (await ada.NewExperimentAsync()).Id;
        var random = new Random(7);
        double?[] values = [0.1, 0.1, 0.1, -3, 1e300, double.PositiveInfinity, double.NegativeInfinity, double.NaN, double.NaN, null, null, null];
        var made = new List<(Run Run, double? Value, string? Param)>();
        for (var i = 0; i < 36; i++)
        {
            var param = i % 4 == 0 ? null : $"v{random.Next(5)}";
            var run = await ada.Runs.CreateAsync(experiment, new CreateRun
            {
                Name = $"run {i % 10}",
                StartedAt = new DateTimeOffset(2024, 1, 1 + (i % 5), 0, 0, 0, TimeSpan.Zero),
                Params = param is null ? null : new Dictionary<string, string> { ["p"] = param },
            });
            var value = values[random.Next(values.Length)];
            if (value is { } v) await ada.Runs.LogMetricAsync(run.Id, "a/b", v);
            made.Add((run, value, param));
        }
        async Task<List<string>> AllAsync(string sort, int limit)
        {
            var ids = new List<string>();
            await foreach (var run in ada.Runs.AllAsync(experiment, new RunQuery { Sort = sort, Limit = limit })) ids.Add(run.Id);
            return ids;
        }
        foreach (var limit in new[] { 1, 5, 1000 })
        {
            foreach (var descending in new[] { false, true })
            {
                var sign = descending ? "-" : "";
                int Way(int compared) => descending ? -compared : compared;
                // Ties go to the newest run, then to the smaller id, whichever way the list is sorted.
                int Tie((Run Run, double? Value, string? Param) x, (Run Run, double? Value, string? Param) y) => y.Run.StartedAt.CompareTo(x.Run.StartedAt) is not 0 and var newer ? newer : string.CompareOrdinal(x.Run.Id, y.Run.Id);
                List<string> Sorted(Comparison<(Run Run, double? Value, string? Param)> compare) => [.. made.Order(Comparer<(Run Run, double? Value, string? Param)>.Create(compare)).Select(m => m.Run.Id)];
                Assert.Equal(Sorted((x, y) => Way(x.Run.StartedAt.CompareTo(y.Run.StartedAt)) is not 0 and var c ? c : Tie(x, y)), await AllAsync($"{sign}started", limit));
                Assert.Equal(Sorted((x, y) => Way(string.CompareOrdinal(x.Run.Name, y.Run.Name)) is not 0 and var c ? c : Tie(x, y)), await AllAsync($"{sign}name", limit));
                Assert.Equal(Sorted(Tie), await AllAsync($"{sign}status", limit));
                static int Part(double? v) => v is null ? 2 : double.IsNaN(v.Value) ? 1 : 0;
                Assert.Equal(Sorted((x, y) => Part(x.Value) != Part(y.Value) ? Part(x.Value) - Part(y.Value)
                    : Part(x.Value) == 0 && Way(x.Value!.Value.CompareTo(y.Value!.Value)) is not 0 and var c ? c : Tie(x, y)), await AllAsync($"{sign}metrics.a/b", limit));
                Assert.Equal(Sorted((x, y) => x.Param is null != y.Param is null ? (x.Param is null ? 1 : -1)
                    : x.Param is not null && Way(string.CompareOrdinal(x.Param, y.Param)) is not 0 and var c ? c : Tie(x, y)), await AllAsync($"{sign}params.p", limit));
            }
        }
        Assert.Equal(await AllAsync("-started", 1000), (await ada.Runs.ListAsync(experiment, new RunQuery { Limit = 1000 })).Items.Select(r => r.Id));
        Assert.Equal(36, (await AllAsync("metrics.never", 10)).Count);
    }

    [Theory, MemberData(nameof(Engines.All), MemberType = typeof(Engines))]
    public async Task Filters_by_text_and_status_in_every_sort(Engine engine)
    {
        using var ada = (await hosts.OnAsync(engine)).Connect("ada");
        var experiment = (await ada.NewExperimentAsync()).Id;
        for (var i = 0; i < 8; i++)
        {
            var run = await ada.Runs.CreateAsync(experiment, new CreateRun { Name = i % 2 == 0 ? $"Forest 100%_{i}" : $"linear {i}" });
            if (i < 6) await ada.Runs.LogMetricAsync(run.Id, "auc", i);
            if (i is 2 or 4 or 6 or 7) await ada.Runs.UpdateAsync(run.Id, new PatchRun { Status = RunStatus.Failed });
        }
        foreach (var sort in new[] { "started", "-name", "metrics.auc", "-params.x" })
        {
            async Task<IEnumerable<string>> NamesAsync(string? search, RunStatus? status) => (await ada.Runs.ListAsync(experiment, new RunQuery { Sort = sort, Search = search, Status = status })).Items.Select(r => r.Name).Order();
            Assert.Equal(["Forest 100%_2", "Forest 100%_4", "Forest 100%_6"], await NamesAsync("fOREST", RunStatus.Failed));
            Assert.Equal(["linear 1", "linear 3", "linear 5"], await NamesAsync("linear", RunStatus.Running));
            Assert.Equal(4, (await NamesAsync("100%_", null)).Count());
            Assert.Empty(await NamesAsync("%%", null));
            Assert.Empty(await NamesAsync("' OR 1=1 --", null));
        }
    }

    [Theory]
    [InlineData("sort=colour"), InlineData("sort=metrics"), InlineData("limit=0"), InlineData("limit=1001"), InlineData("limit=many"), InlineData("status=happy"), InlineData("status=99")]
    [InlineData("sort=metrics.a&cursor=!!"), InlineData("sort=metrics.a&cursor=AAAA"), InlineData("cursor=eyJ9"), InlineData("sort=metrics.a&limit=0")]
    public async Task Refuses_queries_that_make_no_sense(string query)
    {
        var host = await hosts.OnAsync(Engine.Sqlite);
        using var ada = host.Connect("ada");
        var response = await host.HttpFor("ada").GetAsync($"/api/v1/experiments/{(await ada.NewExperimentAsync()).Id}/runs?{query}");
        Assert.Equal(400, (int)response.StatusCode);
        Assert.NotNull((await response.Content.ReadFromJsonAsync<Problem>(DowelJson.Options))!.Detail);
    }

    [Theory]
    [InlineData("metrics.' OR '1'='1"), InlineData("-params.x\"; DROP TABLE experiments_runs; --"), InlineData("metrics."), InlineData("metrics.%00")]
    public async Task Keys_in_a_sort_are_values_not_SQL(string sort)
    {
        using var ada = (await hosts.OnAsync(Engine.Sqlite)).Connect("ada");
        var run = await ada.NewRunAsync();
        Assert.Equal(run.Id, Assert.Single((await ada.Runs.ListAsync(run.ExperimentId, new RunQuery { Sort = sort })).Items).Id);
    }

    [Theory, MemberData(nameof(Engines.All), MemberType = typeof(Engines))]
    public async Task A_list_begins_anywhere_and_its_length_is_known(Engine engine)
    {
        using var ada = (await hosts.OnAsync(engine)).Connect("ada");
        var experiment = (await ada.NewExperimentAsync()).Id;
        for (var i = 0; i < 30; i++)
        {
            var run = await ada.Runs.CreateAsync(experiment, new CreateRun { Name = $"run {i}", Params = i % 3 == 0 ? null : new Dictionary<string, string> { ["p"] = $"{i % 2}" } });
            if (i % 4 != 0) await ada.Runs.LogMetricAsync(run.Id, "auc", i % 5 == 0 ? double.NaN : i / 7);
            if (i % 10 == 9) await ada.Runs.TrashAsync(run.Id);
        }
        foreach (var query in new[] { new RunQuery(), new RunQuery { Sort = "-metrics.auc" }, new RunQuery { Sort = "params.p,-metrics.auc", View = LifecycleView.All }, new RunQuery { Filter = "params.p = '1'", Sort = "metrics.auc" }, new RunQuery { View = LifecycleView.Deleted }, new RunQuery { Search = "run 1" } })
        {
            var all = (await ada.Runs.ListAsync(experiment, query with { Limit = 1000 })).Items.Select(r => r.Id).ToList();
            Assert.Equal(all.Count, await ada.Runs.CountAsync(experiment, query));
            foreach (var skip in new[] { 0, 1, 5, 17, 20, 22, 26, 29, 30, 1000 })
            {
                var page = await ada.Runs.ListAsync(experiment, query with { Skip = skip, Limit = 4 });
                Assert.Equal(all.Skip(skip).Take(4), page.Items.Select(r => r.Id));
                // The cursor goes on from there.
                Assert.Equal(all.Count > skip + 4, page.NextCursor is not null);
                if (page.NextCursor is { } cursor) Assert.Equal(all.Skip(skip + 4).Take(4), (await ada.Runs.ListAsync(experiment, query with { Cursor = cursor, Limit = 4 })).Items.Select(r => r.Id));
            }
        }
        await Helpers.RefusedAsync(ErrorCodes.Invalid, () => ada.Runs.ListAsync(experiment, new RunQuery { Skip = -1 }));
        await Helpers.RefusedAsync(ErrorCodes.Invalid, () => ada.Runs.ListAsync(experiment, new RunQuery { Skip = 1, Cursor = "MDox" }));
        await Helpers.RefusedAsync(ErrorCodes.Invalid, () => ada.Runs.CountAsync(experiment, new RunQuery { Filter = "metrics.auc >" }));
        await Helpers.RefusedAsync(ErrorCodes.Invalid, () => ada.Runs.CountAsync(experiment, new RunQuery { Filter = "metrics.auc > 'x'" }));
    }
}
