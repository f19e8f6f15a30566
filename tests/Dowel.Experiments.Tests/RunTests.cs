using Dowel.Client;
using Dowel.Contracts;
using Dowel.Kernel.Access;
using Dowel.Kernel.Relational;
using Dowel.Kernel.Resources;
using Dowel.Testing;
using Microsoft.Extensions.DependencyInjection;

namespace Dowel.Experiments.Tests;

public sealed class RunTests(Hosts hosts) : IClassFixture<Hosts>
{
    [Theory, MemberData(nameof(Engines.All), MemberType = typeof(Engines))]
    public async Task A_run_goes_from_start_to_end(Engine engine)
    {
        var host = await hosts.OnAsync(engine);
        using var ada = host.Connect("ada");
        var experiment = await ada.NewExperimentAsync();
        var run = await ada.Runs.CreateAsync(experiment.Id, new CreateRun { Name = "forest", Params = new Dictionary<string, string> { ["trees"] = "100" }, Tags = new Dictionary<string, string> { ["why"] = "baseline ✓" } });
        Assert.Equal((experiment.Id, "forest", RunStatus.Running, "ada", null), (run.ExperimentId, run.Name, run.Status, run.User, run.EndedAt));
        Assert.Equal("100", run.Params["trees"]);

        await ada.Runs.LogAsync(run.Id, new LogToRun { Metrics = [new("auc", 0.5), new("auc", 0.9, 1)], Tags = new Dictionary<string, string> { ["why"] = "better" } });
        var ended = await ada.Runs.UpdateAsync(run.Id, new PatchRun { Status = RunStatus.Finished });
        Assert.Equal(RunStatus.Finished, ended.Status);
        Assert.NotNull(ended.EndedAt);
        Assert.Equal(0.9, ended.Metrics["auc"]);
        Assert.Equal("better", ended.Tags["why"]);

        var again = await ada.Runs.GetAsync(run.Id);
        Assert.Equal(ended.EndedAt, again.EndedAt);
        Assert.Equal(1, (await ada.Experiments.GetAsync(experiment.Id)).Runs);
        Assert.Equal(1, Assert.Single((await ada.Experiments.ListAsync(new ListQuery { Search = experiment.Name })).Items).Runs);

        // It may be resumed: then it has no end any more.
        Assert.Null((await ada.Runs.UpdateAsync(run.Id, new PatchRun { Status = RunStatus.Running })).EndedAt);

        await ada.Runs.DeleteAsync(run.Id);
        await Helpers.RefusedAsync(ErrorCodes.NotFound, () => ada.Runs.GetAsync(run.Id));
        Assert.Equal(["experiment.create", "run.create", "run.update", "run.update", "run.delete"], (await host.AuditOfAsync(experiment.Id)).Select(r => r.Action));
    }

    [Fact]
    public async Task A_run_without_a_name_gets_one()
    {
        using var ada = (await hosts.OnAsync(Engine.Sqlite)).Connect("ada");
        Assert.Matches("^[a-z]+-[a-z]+-[0-9]{3}$", (await ada.NewRunAsync()).Name);
    }

    [Fact]
    public async Task The_time_of_the_client_counts_where_it_gives_one()
    {
        using var ada = (await hosts.OnAsync(Engine.Sqlite)).Connect("ada");
        var begin = new DateTimeOffset(2024, 2, 29, 12, 0, 0, TimeSpan.FromHours(2));
        var run = await ada.NewRunAsync(new CreateRun { StartedAt = begin });
        Assert.Equal(begin, run.StartedAt);
        Assert.Equal(begin.AddHours(1), (await ada.Runs.UpdateAsync(run.Id, new PatchRun { Status = RunStatus.Killed, EndedAt = begin.AddHours(1) })).EndedAt);
        await Helpers.RefusedAsync(ErrorCodes.Invalid, () => ada.Runs.UpdateAsync(run.Id, new PatchRun { Status = RunStatus.Running, EndedAt = begin }));
    }

    [Theory, InlineData(""), InlineData(" "), InlineData("a\nb"), InlineData("a\0b")]
    public async Task Rejects_bad_run_names(string name)
    {
        using var ada = (await hosts.OnAsync(Engine.Sqlite)).Connect("ada");
        var run = await ada.NewRunAsync();
        await Helpers.RefusedAsync(ErrorCodes.Invalid, () => ada.Runs.UpdateAsync(run.Id, new PatchRun { Name = name }));
        await Helpers.RefusedAsync(ErrorCodes.Invalid, () => ada.NewRunAsync(new CreateRun { Name = name }));
    }

    [Theory, InlineData("titanic"), InlineData("model:x"), InlineData("dataset:"), InlineData("dataset:x@"), InlineData("dataset:@1"), InlineData("dataset:a\nb")]
    public async Task Rejects_inputs_that_are_no_references(string input)
    {
        using var ada = (await hosts.OnAsync(Engine.Sqlite)).Connect("ada");
        var refused = await Helpers.RefusedAsync(ErrorCodes.Invalid, () => ada.NewRunAsync(new CreateRun { Inputs = ["dataset:fine@1", input] }));
        Assert.Equal("inputs[1]", refused.Fields[0].Field);
    }

    [Theory, MemberData(nameof(Engines.All), MemberType = typeof(Engines))]
    public async Task A_failed_start_leaves_no_run(Engine engine)
    {
        using var ada = (await hosts.OnAsync(engine)).Connect("ada");
        var experiment = await ada.NewExperimentAsync();
        await Helpers.RefusedAsync(ErrorCodes.Invalid, () => ada.Runs.CreateAsync(experiment.Id, new CreateRun { Params = new Dictionary<string, string> { ["bad\tkey"] = "1" } }));
        Assert.Empty((await ada.Runs.ListAsync(experiment.Id)).Items);
    }

    [Theory, MemberData(nameof(Engines.All), MemberType = typeof(Engines))]
    public async Task Deleting_an_experiment_removes_all_of_its_runs(Engine engine)
    {
        var host = await hosts.OnAsync(engine);
        using var ada = host.Connect("ada");
        var experiment = await ada.NewExperimentAsync();
        var kept = await ada.NewRunAsync();
        var run = await ada.Runs.CreateAsync(experiment.Id, new CreateRun { Params = new Dictionary<string, string> { ["a"] = "1" } });
        await ada.Runs.LogMetricAsync(run.Id, "auc", 1);
        await ada.Runs.LogMetricAsync(kept.Id, "auc", 2);
        await ada.UploadAsync(run.Id, "model/m.bin", "x");

        await Helpers.RefusedAsync(ErrorCodes.Stale, () => ada.Experiments.DeleteAsync(experiment.Id, ifRevision: 7));
        Assert.Equal(1, (await ada.Runs.GetAsync(run.Id)).Metrics["auc"]);
        await ada.Experiments.DeleteAsync(experiment.Id);
        await Helpers.RefusedAsync(ErrorCodes.NotFound, () => ada.Runs.GetAsync(run.Id));
        await Helpers.RefusedAsync(ErrorCodes.NotFound, () => ada.Runs.ArtifactsAsync(run.Id));
        Assert.Single(await ada.Runs.MetricAsync(kept.Id, "auc"));
    }

    [Theory, MemberData(nameof(Engines.All), MemberType = typeof(Engines))]
    public async Task Deleting_an_experiment_that_is_being_written_to_is_clean(Engine engine)
    {
        var host = await hosts.OnAsync(engine);
        using var ada = host.Connect("ada");
        var experiment = (await ada.NewExperimentAsync()).Id;
        var runs = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => ada.Runs.CreateAsync(experiment, new CreateRun())));
        async Task WriteAsync(Run run, int i)
        {
            try
            {
                await ada.Runs.LogAsync(run.Id, new LogToRun { Metrics = [new("m", i, i)], Tags = new Dictionary<string, string> { ["t"] = $"{i}" } });
                await ada.UploadAsync(run.Id, $"f{i}", "x");
                await ada.Runs.UpdateAsync(run.Id, new PatchRun { Name = $"n{i}" });
            }
            catch (DowelException e) when (e.Code == ErrorCodes.NotFound.Code)
            {
                // It came after the deletion.
            }
        }
        var writing = runs.SelectMany(r => Enumerable.Range(0, 10).Select(i => WriteAsync(r, i))).ToList();
        await Task.Delay(50);
        await ada.Experiments.DeleteAsync(experiment);
        await Task.WhenAll(writing);
        // What waits in the journal comes after the deletion, and finds no run.
        await Task.Delay(300);
        var db = host.Services.GetRequiredService<IDb>();
        foreach (var table in new[] { "tags", "params", "metrics", "metric_points", "journal" })
            Assert.Equal(0, await db.ReadAsync(s => s.ScalarAsync<long>($"SELECT COUNT(*) FROM experiments_{table} t WHERE NOT EXISTS (SELECT 1 FROM experiments_runs r WHERE r.no = t.run_no)")));
        Assert.Equal(0, await db.ReadAsync(s => s.ScalarAsync<long>("SELECT COUNT(*) FROM experiments_artifacts WHERE owner_id IN @runs", new { runs = runs.Select(r => r.Id).ToArray() })));
        Assert.Equal(0, await db.ReadAsync(s => s.ScalarAsync<long>("SELECT COUNT(*) FROM experiments_runs WHERE id IN @runs", new { runs = runs.Select(r => r.Id).ToArray() })));
    }

    [Theory, MemberData(nameof(Engines.All), MemberType = typeof(Engines))]
    public async Task The_inputs_of_a_run_are_in_the_lineage(Engine engine)
    {
        var host = await hosts.OnAsync(engine);
        using var ada = host.Connect("ada");
        // The catalog is another room; here its dataset is only a resource.
        var name = $"titanic-{Guid.NewGuid():n}";
        var resources = host.Services.GetRequiredService<IResourceService>();
        var dataset = (await host.Services.GetRequiredService<IDb>().WriteAsync(s => resources.CreateAsync(s, Actor.System, ResourceKind.Dataset, new ResourceSpec { Project = "lab", Name = name }))).Value;
        var run = await ada.NewRunAsync(new CreateRun { Inputs = [$"dataset:{name}@7", "features:unknown@1"] });
        var edge = Assert.Single(await RoomHost.ReadAsync<LineageEdge[]>(await host.HttpFor("ada").GetAsync($"/api/v1/resources/{run.ExperimentId}/lineage")));
        Assert.Equal((dataset.Id, "7", run.ExperimentId, run.Id, "trained"), (edge.From.Id, edge.From.Version, edge.To.Id, edge.To.Version, edge.Relation));
    }

    [Fact]
    public async Task Edits_of_an_experiment_compare_the_revision()
    {
        var host = await hosts.OnAsync(Engine.Sqlite);
        using var ada = host.Connect("ada");
        var experiment = await ada.NewExperimentAsync();
        var response = await host.HttpFor("ada").GetAsync($"/api/v1/experiments/{experiment.Id}");
        Assert.Equal("\"1\"", response.Headers.ETag!.Tag);
        Assert.Equal(2, (await ada.Experiments.UpdateAsync(experiment.Id, new ResourcePatch { Description = "new" }, ifRevision: 1)).Revision);
        await Helpers.RefusedAsync(ErrorCodes.Stale, () => ada.Experiments.UpdateAsync(experiment.Id, new ResourcePatch { Description = "late" }, ifRevision: 1));
    }

    [Fact]
    public async Task Other_people_reach_nothing_of_a_private_experiment()
    {
        var host = await hosts.OnAsync(Engine.Sqlite);
        using var ada = host.Connect("ada");
        using var bob = host.Connect("bob");
        var run = await ada.NewRunAsync();
        await ada.UploadAsync(run.Id, "a.txt", "secret");
        foreach (var call in new Func<Task>[]
        {
            () => bob.Runs.GetAsync(run.Id), () => bob.Runs.ListAsync(run.ExperimentId), () => bob.Runs.CreateAsync(run.ExperimentId, new CreateRun()),
            () => bob.Runs.UpdateAsync(run.Id, new PatchRun { Name = "mine" }), () => bob.Runs.DeleteAsync(run.Id), () => bob.Runs.LogMetricAsync(run.Id, "a", 1),
            () => bob.Runs.MetricAsync(run.Id, "a"), () => bob.Runs.ArtifactsAsync(run.Id), () => bob.UploadAsync(run.Id, "b.txt", "x"),
            async () => await (await bob.Runs.DownloadArtifactAsync(run.Id, "a.txt")).DisposeAsync(), () => bob.Experiments.DeleteAsync(run.ExperimentId),
        })
            await Helpers.RefusedAsync(ErrorCodes.Forbidden, call);
        Assert.DoesNotContain((await bob.Experiments.ListAsync(new ListQuery { Limit = 1000 })).Items, e => e.Id == run.ExperimentId);
    }

    [Fact]
    public async Task A_viewer_reads_and_an_auditor_sees_figures_only()
    {
        var host = await hosts.OnAsync(Engine.Sqlite);
        using var ada = host.Connect("ada");
        using var vera = host.Connect("vera");
        using var otto = host.Connect("otto");
        var run = await ada.NewRunAsync();
        await ada.UploadAsync(run.Id, "a.txt", "content");
        Assert.Equal("content", await new StreamReader(await vera.Runs.DownloadArtifactAsync(run.Id, "a.txt")).ReadToEndAsync());
        await Helpers.RefusedAsync(ErrorCodes.Forbidden, () => vera.Runs.LogMetricAsync(run.Id, "a", 1));
        Assert.Equal(run.Id, (await otto.Runs.GetAsync(run.Id)).Id);
        Assert.Single(await otto.Runs.ArtifactsAsync(run.Id));
        await Helpers.RefusedAsync(ErrorCodes.Forbidden, () => otto.Runs.DownloadArtifactAsync(run.Id, "a.txt"));
    }
}
