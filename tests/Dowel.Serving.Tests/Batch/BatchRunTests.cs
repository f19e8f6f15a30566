using System.Globalization;
using Dowel.Contracts;
using Dowel.Kernel.Relational;
using Dowel.Kernel.Results;
using Dowel.Testing;
using Microsoft.Extensions.DependencyInjection;

namespace Dowel.Serving.Tests.Batch;

public class BatchRunTests
{
    [Theory, MemberData(nameof(Engines.All), MemberType = typeof(Engines))]
    public async Task Every_row_is_answered_once_in_order_with_its_columns_beside_it(Engine engine)
    {
        await using var batch = await BatchHost.StartAsync(engine);
        batch.Datasets.Add("numbers", "SELECT i AS id, i % 500 / 2 AS x, 'row ' || i AS label FROM range(25000) t(i)");
        await batch.Serving.CreateAsync("doubler");
        var run = await batch.RunAsync(new CreateBatchRun { Endpoint = "doubler", Input = "numbers", Output = "doubled", Settings = new BatchSettings { ChunkRows = 1000, Concurrency = 3 } });

        Assert.Equal((BatchState.Succeeded, 25000, 25000, 0, null), (run.State, run.Rows, run.Done, run.Failed, run.Message));
        Assert.Equal(("doubler", "alice.numbers", 1, "alice"), (run.Endpoint, run.Input, run.InputVersion, run.CreatedBy));
        Assert.Equal(("doubled", 1, null), (run.Result!.DatasetId, run.Result.Version, run.Result.FailedDatasetId));
        Assert.Equal(["double/1"], run.Result.Models);
        Assert.NotNull(run.EndedAt);
        Assert.Equal("id int64, x float64, label string, y float32", batch.Datasets.Columns("doubled"));
        Assert.Equal(Enumerable.Range(0, 25000).Select(i => string.Create(CultureInfo.InvariantCulture, $"{i}|row {i}|{(i % 500) + 1000:0.0}")), batch.Datasets.Rows("doubled", "id || '|' || label || '|' || y"));

        var published = Assert.Single(batch.Datasets.Published);
        Assert.Equal([("numbers", "1", "feeds"), (run.EndpointId!, "", "predicts")], published.MadeFrom.Select(f => (f.Id, f.Version, f.Relation)));
        // The working files are gone, and the log of the endpoint's traffic has none of it.
        Assert.False(Directory.Exists(batch.Folder(run.Id)));
        Assert.Empty(batch.Serving.Log.Records);
        var listed = await RoomHost.ReadAsync<Page<BatchRun>>(await batch.Alice.GetAsync("/api/v1/batch?endpoint=doubler"));
        Assert.Equal(run.Id, Assert.Single(listed.Items).Id);
    }

    [Fact]
    public async Task Rows_that_the_model_cannot_take_are_set_aside_with_number_values_and_reason()
    {
        await using var batch = await BatchHost.StartAsync();
        batch.Datasets.Add("numbers", "SELECT i AS id, CASE WHEN i IN (0, 17, 4998, 4999) THEN 666 ELSE i % 100 END AS x FROM range(5000) t(i)");
        await batch.Serving.CreateAsync("doubler");
        var run = await batch.RunAsync(new CreateBatchRun { Endpoint = "doubler", Input = "numbers", Output = "doubled", Keep = ["id"], Settings = new BatchSettings { ChunkRows = 700 } });

        Assert.Equal((BatchState.Succeeded, 5000, 4), (run.State, run.Done, run.Failed));
        Assert.Equal("id int64, y float32", batch.Datasets.Columns("doubled"));
        Assert.Equal(Enumerable.Range(0, 5000).Except([0, 17, 4998, 4999]).Select(i => $"{i}"), batch.Datasets.Rows("doubled", "id"));
        Assert.Equal("row_number int64, id int64, x int64, reason string", batch.Datasets.Columns("doubled_failed"));
        Assert.Equal(["1|0|666", "18|17|666", "4999|4998|666", "5000|4999|666"], batch.Datasets.Rows("doubled_failed", "row_number || '|' || id || '|' || x"));
        Assert.All(batch.Datasets.Rows("doubled_failed", "reason"), reason => Assert.Equal("666 is not a number to double", reason));
        Assert.Equal("doubled_failed", run.Result!.FailedDatasetId);
    }

    [Fact]
    public async Task Missing_values_reach_the_model_as_NaN_and_what_fits_no_row_is_its_own_failure()
    {
        await using var batch = await BatchHost.StartAsync();
        // As float32 the last one would be infinite, which no cast may make of a number.
        batch.Datasets.Add("gaps", "SELECT * FROM (VALUES (1, 1.5::DOUBLE), (2, NULL), (3, 'nan'::DOUBLE), (4, 1e300)) t(id, x)");
        batch.Datasets.Add("whole", "SELECT * FROM (VALUES (1), (NULL), (3)) t(x)");
        await batch.Serving.CreateAsync("doubler");
        var run = await batch.RunAsync(new CreateBatchRun { Endpoint = "doubler", Input = "gaps", Output = "out" });
        Assert.Equal((BatchState.Succeeded, 4, 1), (run.State, run.Done, run.Failed));
        Assert.Equal(["1=1003.0", "2=nan", "3=nan"], batch.Datasets.Rows("out", "id || '=' || abs(y)"));
        Assert.Contains("fits FP32", Assert.Single(batch.Datasets.Rows("out_failed", "reason")));
        await batch.RunAsync(new CreateBatchRun { Endpoint = "doubler", Input = "whole", Output = "whole-out" });
        Assert.Equal(["1002.0", "nan", "1006.0"], batch.Datasets.Rows("whole-out", "abs(y)"));
    }

    [Fact]
    public async Task An_empty_dataset_makes_an_empty_one_with_the_columns_of_the_answers()
    {
        await using var batch = await BatchHost.StartAsync();
        batch.Datasets.Add("nothing", "SELECT 1 AS id, 1.0::DOUBLE AS x LIMIT 0");
        await batch.Serving.CreateAsync("doubler");
        var run = await batch.RunAsync(new CreateBatchRun { Endpoint = "doubler", Input = "nothing", Output = "out" });
        Assert.Equal((BatchState.Succeeded, 0), (run.State, run.Done));
        Assert.Equal("id int32, x float64, y float32", batch.Datasets.Columns("out"));
        Assert.Empty(batch.Datasets.Rows("out", "id"));
    }

    [Fact]
    public async Task Columns_are_mapped_by_name_and_an_output_that_a_copied_column_is_named_like_gets_another_name()
    {
        await using var batch = await BatchHost.StartAsync();
        batch.Datasets.Add("odd", """SELECT i AS "file_row_number", i % 500 AS "Amount (€)", 'old' AS Y FROM range(3000) t(i)""");
        await batch.Serving.CreateAsync("doubler");
        var run = await batch.RunAsync(new CreateBatchRun
        {
            Endpoint = "doubler",
            Input = "odd",
            Output = "out",
            Columns = new Dictionary<string, string> { ["x"] = "Amount (€)" },
            Settings = new BatchSettings { ChunkRows = 999 },
        });
        Assert.Equal(BatchState.Succeeded, run.State);
        Assert.Equal("file_row_number int64, Amount (€) int64, Y string, predicted_y float32", batch.Datasets.Columns("out"));
        Assert.Equal(Enumerable.Range(0, 3000).Select(i => string.Create(CultureInfo.InvariantCulture, $"{i}=old={(i % 500 * 2) + 1000:0.0}")), batch.Datasets.Rows("out", "file_row_number || '=' || Y || '=' || predicted_y"));
    }

    [Fact]
    public async Task What_is_wrong_with_a_run_is_named_before_it_begins()
    {
        await using var batch = await BatchHost.StartAsync();
        batch.Datasets.Add("other", "SELECT 1 AS a, 'text' AS b");
        await batch.Serving.CreateAsync("doubler");
        var good = new CreateBatchRun { Endpoint = "doubler", Input = "other", Output = "out", Columns = new Dictionary<string, string> { ["x"] = "a" } };

        var missing = await RefusedAsync(good with { Columns = null }, ErrorCodes.Invalid);
        Assert.Equal("columns.x", Assert.Single(missing.Fields!).Field);
        Assert.Contains("'a', 'b'", missing.Detail, StringComparison.Ordinal);
        await RefusedAsync(good with { Columns = new Dictionary<string, string> { ["x"] = "b" } }, ErrorCodes.Invalid, "columns.x");
        await RefusedAsync(good with { Columns = new Dictionary<string, string> { ["x"] = "zz" } }, ErrorCodes.Invalid, "columns.x");
        await RefusedAsync(good with { Columns = new Dictionary<string, string> { ["x"] = "a", ["z"] = "a" } }, ErrorCodes.Invalid, "columns");
        await RefusedAsync(good with { Keep = ["zz"] }, ErrorCodes.Invalid, "keep");
        await RefusedAsync(good with { Keep = ["a", "A"] }, ErrorCodes.Invalid, "keep");
        await RefusedAsync(good with { Endpoint = null }, ErrorCodes.Invalid, "endpoint");
        await RefusedAsync(good with { Model = "double" }, ErrorCodes.Invalid, "endpoint");
        await RefusedAsync(good with { Output = "a/b" }, ErrorCodes.Invalid, "output");
        await RefusedAsync(good with { Output = "other" }, ErrorCodes.Invalid, "output");
        await RefusedAsync(good with { Endpoint = "absent" }, ErrorCodes.NotFound);
        await RefusedAsync(good with { Input = "absent" }, ErrorCodes.NotFound);
        await RefusedAsync(good with { Project = "absent" }, ErrorCodes.NotFound);
        await RefusedAsync(good with { Settings = new BatchSettings { ChunkRows = 0 } }, ErrorCodes.Invalid, "settings.chunkRows");
        await RefusedAsync(good with { Settings = new BatchSettings { Concurrency = 17 } }, ErrorCodes.Invalid, "settings.concurrency");
        await RefusedAsync(good with { Settings = new BatchSettings { MaxRowsPerSecond = 0 } }, ErrorCodes.Invalid, "settings.maxRowsPerSecond");
        await RefusedAsync(good with { Settings = new BatchSettings { MaxFailedShare = 1.1 } }, ErrorCodes.Invalid, "settings.maxFailedShare");
        await RefusedAsync(good with { Endpoint = null, Model = "refused", Version = 1 }, ErrorCodes.GateFailed);
        await RefusedAsync(good with { Endpoint = null, Model = "foreign", Version = 1 }, ErrorCodes.Invalid, "model");
        Assert.Equal(BatchState.Succeeded, (await batch.RunAsync(good)).State);

        async Task<Problem> RefusedAsync(CreateBatchRun run, ErrorCode code, string? field = null)
        {
            var problem = await RoomHost.ProblemAsync(await BatchHost.PostAsync(batch.Alice, run), code);
            if (field is not null) Assert.Equal(field, Assert.Single(problem.Fields!).Field);
            return problem;
        }
    }

    [Fact]
    public async Task A_model_version_is_loaded_for_its_run_and_let_go_of_after()
    {
        await using var batch = await BatchHost.StartAsync();
        batch.Datasets.Add("numbers", "SELECT i AS x FROM range(100) t(i)");
        var run = await batch.RunAsync(new CreateBatchRun { Model = "double", Version = 3, Input = "numbers", Output = "out" });
        Assert.Equal((BatchState.Succeeded, "double", 3), (run.State, run.Model, run.Version));
        Assert.Equal(Enumerable.Range(0, 100).Select(i => string.Create(CultureInfo.InvariantCulture, $"{(i * 2) + 3000:0.0}")), batch.Datasets.Rows("out", "y"));
        for (var i = 0; i < 500 && batch.Serving.Runtime.Loaded > 0; i++) await Task.Delay(10);
        Assert.Equal(0, batch.Serving.Runtime.Loaded);

        // One that cannot be loaded says why.
        var broken = await batch.RunAsync(new CreateBatchRun { Model = "double", Version = 13, Input = "numbers", Output = "out" });
        Assert.Equal((BatchState.Failed, "version 13 is no model"), (broken.State, broken.Message));
    }

    [Fact]
    public async Task Features_are_joined_by_the_endpoint_and_entities_without_any_are_set_aside()
    {
        await using var batch = await BatchHost.StartAsync();
        batch.Datasets.Add("keys", "SELECT i AS key FROM range(95, 105) t(i)");
        await batch.Serving.CreateAsync("joined", new FeatureJoin { View = "ten" });
        var run = await batch.RunAsync(new CreateBatchRun { Endpoint = "joined", Input = "keys", Output = "out" });
        Assert.Equal((BatchState.Succeeded, 10, 4), (run.State, run.Done, run.Failed));
        Assert.Equal(["95=2900.0", "96=2920.0", "97=2940.0", "98=2960.0", "99=2980.0", "100=3000.0"], batch.Datasets.Rows("out", "key || '=' || y"));
        Assert.Equal(["101=no features for key 101", "102=no features for key 102", "103=no features for key 103", "104=no features for key 104"], batch.Datasets.Rows("out_failed", "key || '=' || reason"));
    }

    [Fact]
    public async Task Where_too_many_rows_fail_the_run_stops_with_the_last_reason_and_goes_on_when_resumed()
    {
        await using var batch = await BatchHost.StartAsync();
        batch.Datasets.Add("bad", "SELECT CASE WHEN i >= 500 THEN 666 ELSE i END AS x FROM range(20000) t(i)");
        batch.Datasets.Add("few", "SELECT * FROM (VALUES (666), (666), (3)) t(x)");
        await batch.Serving.CreateAsync("doubler");
        var settings = new BatchSettings { ChunkRows = 500 };
        var run = await batch.RunAsync(new CreateBatchRun { Endpoint = "doubler", Input = "bad", Output = "out", Settings = settings });
        Assert.Equal(BatchState.Failed, run.State);
        Assert.Contains("more than the 50", run.Message, StringComparison.Ordinal);
        Assert.Contains("666 is not a number to double", run.Message, StringComparison.Ordinal);
        Assert.InRange(run.Done, 500, 3000);
        var few = await batch.RunAsync(new CreateBatchRun { Endpoint = "doubler", Input = "few", Output = "out", Settings = settings });
        Assert.Equal(BatchState.Failed, few.State);
        Assert.Empty(batch.Datasets.Published);

        // With the model mended (here: the limit lifted, as the data is what is wrong) the rows that failed are tried again.
        using var alice = batch.Alice;
        await batch.Host.Services.GetRequiredService<IDb>().WriteAsync<Unit>(async s =>
        {
            await s.ExecuteAsync("UPDATE serving_batch_runs SET plan = REPLACE(plan, '0.5', '1') WHERE id = @id", new { id = few.Id });
            return Unit.Value;
        });
        await BatchHost.AskAsync(alice, few.Id, "resume");
        var resumed = await batch.EndAsync(few.Id);
        Assert.Equal((BatchState.Succeeded, 3, 2, null), (resumed.State, resumed.Done, resumed.Failed, resumed.Message));
        Assert.Equal(["1006.0"], batch.Datasets.Rows("out", "y"));
        Assert.Equal(["1", "2"], batch.Datasets.Rows("out_failed", "row_number"));
        await RoomHost.ProblemAsync(await alice.PostAsync($"/api/v1/batch/{few.Id}/resume", null), ErrorCodes.Conflict);
    }

    [Fact]
    public async Task Without_a_catalog_it_is_said_what_is_missing()
    {
        await using var serving = await ServingHost.StartAsync();
        await serving.CreateAsync("doubler");
        var problem = await RoomHost.ProblemAsync(await BatchHost.PostAsync(serving.Alice, new CreateBatchRun { Endpoint = "doubler", Input = "a", Output = "b" }), ErrorCodes.RoomOff);
        Assert.Contains("Rooms__Catalog=true", problem.Detail, StringComparison.Ordinal);
    }
}
