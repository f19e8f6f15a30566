using System.Net.Http.Json;
using Dowel.Contracts;
using Dowel.Kernel.Relational;
using Dowel.Kernel.Results;
using Dowel.Testing;
using Microsoft.Extensions.DependencyInjection;

namespace Dowel.Serving.Tests.Batch;

/// <summary>Restarts, cancelling, resuming, and other people.</summary>
public class BatchLifeTests
{
    private const int Rows = 3000;
    private static readonly BatchSettings Slow = new() { ChunkRows = 100, MaxRowsPerSecond = 2000 };

    [Fact]
    public async Task After_a_restart_a_run_goes_on_where_it_was_and_every_row_is_there_once()
    {
        await using var batch = await StartAsync();
        var id = (await BatchHost.CreateAsync(batch.Alice, Run(Slow))).Id;
        var before = await batch.WaitAsync(id, r => r.Done >= 500);
        Assert.Equal(BatchState.Running, before.State);
        Dictionary<string, DateTime> written = [];
        await batch.Host.RestartAsync(() =>
        {
            written = batch.Chunks(id).ToDictionary(c => c, c => File.GetLastWriteTimeUtc(Path.Combine(batch.Folder(id), c)));
            // What a crash leaves half written.
            File.WriteAllText(Path.Combine(batch.Folder(id), "29.tmp"), "half");
        });
        Assert.InRange(written.Count, 1, (Rows / 100) - 1);

        // Those that were there are not written again.
        await batch.WaitAsync(id, r => r.Done >= (written.Count + 2) * 100);
        Assert.All(written, w => Assert.Equal(w.Value, File.GetLastWriteTimeUtc(Path.Combine(batch.Folder(id), w.Key))));
        var run = await batch.EndAsync(id);
        Assert.Equal((BatchState.Succeeded, Rows, 0), (run.State, run.Done, run.Failed));
        Assert.Equal(Enumerable.Range(0, Rows).Select(i => $"{i}"), batch.Datasets.Rows("out", "id"));
        Assert.Single(batch.Datasets.Published);
    }

    [Fact]
    public async Task A_crash_between_publishing_and_marking_the_run_done_publishes_nothing_twice()
    {
        await using var batch = await StartAsync();
        var run = await batch.RunAsync(Run(new BatchSettings()));
        Assert.Equal(BatchState.Succeeded, run.State);
        // As the database would be, had the server died there.
        await batch.Host.Services.GetRequiredService<IDb>().WriteAsync<Unit>(async s =>
        {
            await s.ExecuteAsync("UPDATE serving_batch_runs SET state = 'running', result = NULL WHERE id = @id", new { id = run.Id });
            return Unit.Value;
        });
        await batch.Host.RestartAsync();
        var again = await batch.EndAsync(run.Id);
        Assert.Equal((BatchState.Succeeded, run.Result!.DatasetId), (again.State, again.Result!.DatasetId));
        Assert.Single(batch.Datasets.Published);
    }

    [Fact]
    public async Task Cancelling_stops_a_run_within_a_chunk_and_resuming_goes_on_with_what_is_done()
    {
        await using var batch = await StartAsync();
        using var alice = batch.Alice;
        var id = (await BatchHost.CreateAsync(alice, Run(new BatchSettings { ChunkRows = 500, MaxRowsPerSecond = 1500 }))).Id;
        await batch.WaitAsync(id, r => r.Done >= 600);
        Assert.Equal(BatchState.Cancelled, (await BatchHost.AskAsync(alice, id, "cancel")).State);
        await RoomHost.ProblemAsync(await alice.PostAsync($"/api/v1/batch/{id}/cancel", null), ErrorCodes.Conflict);
        var kept = await SettledAsync();
        Assert.InRange(kept.Length, 1, 5);
        Assert.Empty(batch.Datasets.Published);

        await BatchHost.AskAsync(alice, id, "resume");
        var run = await batch.EndAsync(id);
        Assert.Equal((BatchState.Succeeded, Rows), (run.State, run.Done));
        Assert.Equal(Enumerable.Range(0, Rows).Select(i => $"{i}"), batch.Datasets.Rows("out", "id"));

        async Task<string[]> SettledAsync()
        {
            for (var i = 0; i < 500 && Directory.EnumerateFiles(batch.Folder(id), "*.tmp").Any(); i++) await Task.Delay(10);
            return batch.Chunks(id);
        }
    }

    [Fact]
    public async Task What_has_ended_is_deleted_with_what_was_kept_of_it_and_without_its_datasets()
    {
        await using var batch = await StartAsync();
        using var alice = batch.Alice;
        var done = await batch.RunAsync(Run(new BatchSettings()));
        Assert.Equal(System.Net.HttpStatusCode.NoContent, (await alice.DeleteAsync($"/api/v1/batch/{done.Id}")).StatusCode);
        await RoomHost.ProblemAsync(await alice.GetAsync($"/api/v1/batch/{done.Id}"), ErrorCodes.NotFound);
        await RoomHost.ProblemAsync(await alice.DeleteAsync($"/api/v1/batch/{done.Id}"), ErrorCodes.NotFound);
        Assert.Equal(Rows, batch.Datasets.Rows("out", "id").Count());

        var id = (await BatchHost.CreateAsync(alice, Run(Slow) with { Output = "slow" })).Id;
        await batch.WaitAsync(id, r => r.Done >= 200);
        await RoomHost.ProblemAsync(await alice.DeleteAsync($"/api/v1/batch/{id}"), ErrorCodes.Conflict);
        await BatchHost.AskAsync(alice, id, "cancel");
        Assert.Equal(System.Net.HttpStatusCode.NoContent, (await alice.DeleteAsync($"/api/v1/batch/{id}")).StatusCode);
        Assert.False(Directory.Exists(batch.Folder(id)));
    }

    [Fact]
    public async Task A_run_waits_for_an_endpoint_that_is_being_loaded()
    {
        await using var batch = await StartAsync();
        var hold = batch.Serving.Runtime.HoldLoading = new TaskCompletionSource();
        await RoomHost.ReadAsync<Endpoint>(await batch.Alice.PostAsJsonAsync("/api/v1/endpoints", new CreateEndpoint { Name = "late", Deployment = new DeploymentSpec { Model = "double", Version = 1 } }, DowelJson.Options));
        var id = (await BatchHost.CreateAsync(batch.Alice, Run(new BatchSettings()) with { Endpoint = "late" })).Id;
        var waiting = await batch.WaitAsync(id, r => r.Message is not null);
        Assert.Equal((BatchState.Running, 0), (waiting.State, waiting.Done));
        hold.SetResult();
        Assert.Equal(BatchState.Succeeded, (await batch.EndAsync(id)).State);
    }

    [Fact]
    public async Task An_endpoints_limits_slow_a_run_down_and_fail_none_of_its_rows()
    {
        await using var batch = await StartAsync();
        await RoomHost.ReadAsync<Endpoint>(await batch.Alice.PatchAsJsonAsync("/api/v1/endpoints/doubler", new PatchEndpoint { Limits = new EndpointLimits { RequestsPerSecond = 3 } }, DowelJson.Options));
        var run = await batch.RunAsync(Run(new BatchSettings()));
        Assert.Equal((BatchState.Succeeded, Rows, 0), (run.State, run.Done, run.Failed));
    }

    [Fact]
    public async Task Strangers_see_and_touch_neither_runs_nor_what_they_use_and_members_see_the_runs_of_their_project()
    {
        await using var batch = await StartAsync();
        using var stranger = await batch.Host.CreateUserAsync("stranger");
        using var bob = await batch.Host.CreateUserAsync("bob");
        await batch.Host.CreateProjectAsync("alice", "team", ("bob", ProjectRole.Viewer));
        var run = await batch.RunAsync(Run(new BatchSettings()) with { Project = "team" });
        Assert.Equal("team", run.Project);

        Assert.Empty((await RoomHost.ReadAsync<Page<BatchRun>>(await stranger.GetAsync("/api/v1/batch"))).Items);
        await RoomHost.ProblemAsync(await stranger.GetAsync($"/api/v1/batch/{run.Id}"), ErrorCodes.Forbidden);
        foreach (var what in new[] { "cancel", "resume" }) await RoomHost.ProblemAsync(await stranger.PostAsync($"/api/v1/batch/{run.Id}/{what}", null), ErrorCodes.Forbidden);
        await RoomHost.ProblemAsync(await stranger.DeleteAsync($"/api/v1/batch/{run.Id}"), ErrorCodes.Forbidden);
        await RoomHost.ProblemAsync(await stranger.GetAsync("/api/v1/batch?endpoint=doubler"), ErrorCodes.Forbidden);
        await RoomHost.ProblemAsync(await BatchHost.PostAsync(stranger, Run(new BatchSettings())), ErrorCodes.Forbidden);
        await RoomHost.ProblemAsync(await BatchHost.PostAsync(stranger, new CreateBatchRun { Model = "secret", Version = 1, Input = "numbers", Output = "out" }), ErrorCodes.Forbidden);
        await RoomHost.ProblemAsync(await BatchHost.PostAsync(stranger, new CreateBatchRun { Model = "double", Version = 1, Input = "numbers", Output = "out" }), ErrorCodes.Forbidden);

        Assert.Equal(run.Id, Assert.Single((await RoomHost.ReadAsync<Page<BatchRun>>(await bob.GetAsync("/api/v1/batch"))).Items).Id);
        Assert.Equal(run.Id, (await RoomHost.ReadAsync<BatchRun>(await bob.GetAsync($"/api/v1/batch/{run.Id}"))).Id);
        await RoomHost.ProblemAsync(await bob.PostAsync($"/api/v1/batch/{run.Id}/cancel", null), ErrorCodes.Forbidden);
        await RoomHost.ProblemAsync(await bob.DeleteAsync($"/api/v1/batch/{run.Id}"), ErrorCodes.Forbidden);
        await RoomHost.ProblemAsync(await BatchHost.PostAsync(bob, Run(new BatchSettings()) with { Model = "double", Version = 1, Endpoint = null, Project = "team" }), ErrorCodes.Forbidden);
        await RoomHost.ProblemAsync(await batch.Alice.GetAsync("/api/v1/batch/batch_none"), ErrorCodes.NotFound);
    }

    [Fact]
    public async Task Who_loses_the_use_of_the_endpoint_has_their_run_stopped()
    {
        await using var batch = await StartAsync();
        using var bob = await batch.Host.CreateUserAsync("bob");
        await ShareAsync([new Share("bob", Permission.Use)]);
        var id = (await BatchHost.CreateAsync(bob, Run(Slow))).Id;
        while ((await RoomHost.ReadAsync<BatchRun>(await bob.GetAsync($"/api/v1/batch/{id}"))).Done < 200) await Task.Delay(10);
        await ShareAsync([]);
        BatchRun run;
        while ((run = await RoomHost.ReadAsync<BatchRun>(await bob.GetAsync($"/api/v1/batch/{id}"))).State == BatchState.Running) await Task.Delay(10);
        Assert.Equal((BatchState.Failed, "You may not call the endpoint 'doubler'."), (run.State, run.Message));

        async Task ShareAsync(IReadOnlyList<Share> people)
        {
            var endpoint = await RoomHost.ReadAsync<Endpoint>(await batch.Alice.GetAsync("/api/v1/endpoints/doubler"));
            await batch.Host.Connect("alice").Resources.ShareAsync(endpoint.Id, new Sharing { Visibility = people.Count > 0 ? Visibility.Shared : Visibility.Private, People = people });
        }
    }

    private static async Task<BatchHost> StartAsync()
    {
        var batch = await BatchHost.StartAsync();
        batch.Datasets.Add("numbers", $"SELECT i AS id, i % 500 AS x FROM range({Rows}) t(i)");
        await batch.Serving.CreateAsync("doubler");
        return batch;
    }

    private static CreateBatchRun Run(BatchSettings settings) => new() { Endpoint = "doubler", Input = "numbers", Output = "out", Keep = ["id"], Settings = settings };
}
