using Dowel.Contracts;
using Dowel.Testing;

namespace Dowel.Experiments.Tests;

public sealed class RunChangeTests(Hosts hosts) : IClassFixture<Hosts>
{
    [Theory, MemberData(nameof(Engines.All), MemberType = typeof(Engines))]
    public async Task Several_runs_are_changed_in_one_call(Engine engine)
    {
        var host = await hosts.OnAsync(engine);
        using var ada = host.Connect("ada");
        using var vera = host.Connect("vera");
        var experiment = (await ada.NewExperimentAsync()).Id;
        var runs = new List<string>();
        for (var i = 0; i < 5; i++) runs.Add((await ada.Runs.CreateAsync(experiment, new CreateRun { Tags = new Dictionary<string, string> { ["old"] = "1" } })).Id);
        Task ChangeAsync(RunChange change, IEnumerable<string> ids, IReadOnlyDictionary<string, string>? tags = null) => ada.Runs.ChangeAsync(experiment, new ChangeRuns { Change = change, Runs = [.. ids], Tags = tags });
        Task<long> CountAsync(LifecycleView view) => ada.Runs.CountAsync(experiment, new RunQuery { View = view });

        await ChangeAsync(RunChange.Tag, runs.Take(3), new Dictionary<string, string> { ["team"] = "a", ["old"] = "2" });
        Assert.Equal(["1", "1", "2", "2", "2"], (await ada.Runs.ListAsync(experiment)).Items.Select(r => r.Tags["old"]).Order());
        await ChangeAsync(RunChange.Trash, runs.Take(4));
        await ChangeAsync(RunChange.Trash, runs.Take(4).Concat(runs.Take(4)));
        Assert.Equal((1L, 4L), (await CountAsync(LifecycleView.Active), await CountAsync(LifecycleView.Deleted)));
        await ChangeAsync(RunChange.Restore, runs.Take(2));
        Assert.Equal((3L, 2L), (await CountAsync(LifecycleView.Active), await CountAsync(LifecycleView.Deleted)));
        await ChangeAsync(RunChange.Delete, runs.Skip(2).Take(2));
        Assert.Equal((3L, 0L), (await CountAsync(LifecycleView.Active), await CountAsync(LifecycleView.Deleted)));
        await Helpers.RefusedAsync(ErrorCodes.NotFound, () => ada.Runs.GetAsync(runs[2]));
        var actions = (await host.AuditOfAsync(experiment)).Select(a => a.Action).ToList();
        Assert.Equal((4, 2, 2), (actions.Count(a => a == "run.trash"), actions.Count(a => a == "run.restore"), actions.Count(a => a == "run.delete")));
        await Helpers.RefusedAsync(ErrorCodes.Forbidden, () => vera.Runs.ChangeAsync(experiment, new ChangeRuns { Change = RunChange.Trash, Runs = [runs[0]] }));
    }

    [Theory, MemberData(nameof(Engines.All), MemberType = typeof(Engines))]
    public async Task All_are_changed_or_none_and_none_of_another_experiment(Engine engine)
    {
        using var ada = (await hosts.OnAsync(engine)).Connect("ada");
        var experiment = (await ada.NewExperimentAsync()).Id;
        var (mine, binned) = ((await ada.Runs.CreateAsync(experiment, new CreateRun())).Id, (await ada.Runs.CreateAsync(experiment, new CreateRun())).Id);
        await ada.Runs.TrashAsync(binned);
        var elsewhere = (await ada.NewRunAsync()).Id;
        var tags = new Dictionary<string, string> { ["t"] = "1" };
        Task ChangeAsync(ChangeRuns change) => ada.Runs.ChangeAsync(experiment, change);
        foreach (var change in Enum.GetValues<RunChange>())
        {
            var given = change == RunChange.Tag ? tags : null;
            await Helpers.RefusedAsync(ErrorCodes.NotFound, () => ChangeAsync(new ChangeRuns { Change = change, Runs = [mine, elsewhere], Tags = given }));
            await Helpers.RefusedAsync(ErrorCodes.NotFound, () => ChangeAsync(new ChangeRuns { Change = change, Runs = [mine, "nothing"], Tags = given }));
            await Helpers.RefusedAsync(ErrorCodes.Invalid, () => ChangeAsync(new ChangeRuns { Change = change, Runs = [], Tags = given }));
            await Helpers.RefusedAsync(ErrorCodes.Invalid, () => ChangeAsync(new ChangeRuns { Change = change, Runs = [.. Enumerable.Range(0, 1001).Select(i => $"r{i}")], Tags = given }));
            await Helpers.RefusedAsync(ErrorCodes.Invalid, () => ChangeAsync(new ChangeRuns { Change = change, Runs = [mine], Tags = given is null ? tags : null }));
        }
        // A run in the bin takes no tag, and then no other does.
        await Helpers.RefusedAsync(ErrorCodes.Conflict, () => ChangeAsync(new ChangeRuns { Change = RunChange.Tag, Runs = [mine, binned], Tags = tags }));
        await Helpers.RefusedAsync(ErrorCodes.Invalid, () => ChangeAsync(new ChangeRuns { Change = RunChange.Tag, Runs = [mine], Tags = new Dictionary<string, string> { ["a\nb"] = "1" } }));
        var run = await ada.Runs.GetAsync(mine);
        Assert.Null(run.DeletedAt);
        Assert.False(run.Tags.ContainsKey("t"));
        Assert.Null((await ada.Runs.GetAsync(elsewhere)).DeletedAt);
    }

    [Theory, MemberData(nameof(Engines.All), MemberType = typeof(Engines))]
    public async Task The_bin_is_listed_across_the_experiments_that_one_may_see(Engine engine)
    {
        var host = await hosts.OnAsync(engine);
        using var ada = host.Connect("ada");
        using var bob = host.Connect("bob");
        var (one, two, gone) = (await ada.NewRunAsync(), await ada.NewRunAsync(), await ada.NewRunAsync());
        await ada.Runs.TrashAsync(one.Id);
        await ada.Runs.TrashAsync(two.Id);
        // Runs of an experiment that is in the bin itself come back with it, and are not listed beside it.
        await ada.Experiments.TrashAsync(gone.ExperimentId);
        async Task<List<string>> BinAsync(Dowel.Client.DowelClient client)
        {
            var ids = new List<string>();
            for (string? cursor = null; ;)
            {
                var page = await client.Runs.ListAllAsync(new RunQuery { View = LifecycleView.Deleted, Limit = 1, Cursor = cursor });
                ids.AddRange(page.Items.Select(r => r.Id));
                if ((cursor = page.NextCursor) is null) return ids;
            }
        }
        var bin = await BinAsync(ada);
        Assert.Equal([one.Id, two.Id], bin.Intersect([one.Id, two.Id, gone.Id]).Order());
        Assert.Empty(await BinAsync(bob));
        await ada.Runs.RestoreAsync(one.Id);
        Assert.DoesNotContain(one.Id, await BinAsync(ada));
    }
}
