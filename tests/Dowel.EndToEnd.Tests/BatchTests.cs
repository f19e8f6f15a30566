using System.Globalization;
using System.Text;
using Dowel.Client;
using Dowel.Contracts;

namespace Dowel.EndToEnd.Tests;

/// <summary>Batch runs of a real model over a real catalog, through kill -9.</summary>
[Collection(JourneyCollection.Name)]
public class BatchTests(JourneyFixture journey, ITestOutputHelper output)
{
    private const int Rows = 12_000;
    private const int Passengers = 1309;

    [Fact]
    public async Task After_kill_9_a_batch_run_goes_on_and_every_row_is_there_exactly_once()
    {
        using var admin = journey.Admin;
        // Every thousandth is a passenger of whom no features are stored.
        var csv = new StringBuilder("row,passenger_id\n");
        for (var i = 0; i < Rows; i++) csv.Append(CultureInfo.InvariantCulture, $"{i},{(i % 1000 == 999 ? 900_000 + i : (i % Passengers) + 1)}\n");
        var source = await admin.Datasets.CreateAsync(new CreateDataset { Project = "titanic", Name = "batch-passengers" });
        await admin.Datasets.UploadAsync(source.Id, new MemoryStream(Encoding.UTF8.GetBytes(csv.ToString())), "csv", "passengers.csv");

        var run = await admin.Batch.CreateAsync(new CreateBatchRun
        {
            Endpoint = "titanic-survival",
            Input = source.Id,
            Output = "batch-survival",
            Project = "titanic",
            Settings = new BatchSettings { ChunkRows = 400, MaxRowsPerSecond = 4000 },
        });
        for (var kill = 1; kill <= 3; kill++)
        {
            using var client = journey.Admin;
            var seen = await WaitAsync(client, run.Id, r => r.Done >= kill * Rows / 5);
            Assert.Equal(BatchState.Running, seen.State);
            await journey.Server.KillAsync();
            await journey.Server.StartAsync();
            output.WriteLine($"killed with {seen.Done} rows done");
        }

        using var again = journey.Admin;
        var ended = await WaitAsync(again, run.Id, r => r.State is not (BatchState.Queued or BatchState.Running));
        Assert.True(ended.State == BatchState.Succeeded, ended.Message);
        Assert.Equal((Rows, Rows / 1000), (ended.Done, ended.Failed));
        Assert.StartsWith("titanic-survival/", Assert.Single(ended.Result!.Models));
        Assert.Equal((1, 1), (ended.Result.Version, ended.Result.FailedVersion));

        var counted = await again.Datasets.QueryAsync("""SELECT count(*), count(DISTINCT row), min(row), max(row), count(*) FILTER (WHERE row % 1000 = 999) FROM "titanic"."batch-survival" """);
        Assert.Equal([(long)Rows - (Rows / 1000), (long)Rows - (Rows / 1000), 0L, (long)Rows - 2, 0L], counted.Rows[0]);
        var failed = (await again.Datasets.QueryAsync("""SELECT row_number, row, reason FROM "titanic"."batch-survival_failed" ORDER BY row""")).Rows;
        Assert.Equal(Enumerable.Range(0, Rows / 1000).Select(i => (i * 1000L) + 999), failed.Select(r => (long)r[1]!));
        Assert.All(failed, r => Assert.Equal((long)r[1]! + 1, r[0]));
        Assert.All(failed, r => Assert.Contains($"{900_000 + (long)r[1]!}", (string)r[2]!, StringComparison.Ordinal));

        // The same as an answer of the endpoint itself, and the rows are in their order.
        var sample = (await again.Datasets.SampleAsync(ended.Result.DatasetId)).Rows;
        Assert.Equal(Enumerable.Range(0, 50).Select(i => (long)i), sample.Select(r => (long)r[0]!));
        var first = await again.Endpoints.PredictAsync("titanic-survival", new Dictionary<string, object?[]> { ["passenger_id"] = [1L] });
        var columns = ended.Result is { } result ? (await again.Datasets.GetAsync(result.DatasetId)).Latest!.Columns.Select(c => c.Name).ToList() : [];
        foreach (var name in first.Outputs.Keys) Assert.Equal(Convert.ToString(first.Outputs[name][0], CultureInfo.InvariantCulture), Convert.ToString(sample[0][columns.IndexOf(name)], CultureInfo.InvariantCulture));
        Assert.Contains(await again.Resources.LineageAsync(ended.Result.DatasetId), e => e.Relation == "predicts" && e.From.Name == "titanic-survival");
        Assert.False(Directory.Exists(Path.Combine(journey.Server.DataDir, "batch", run.Id)));
    }

    [Fact]
    public async Task The_command_line_runs_a_registered_model_over_a_file_and_waits()
    {
        var file = Path.Combine(Directory.CreateTempSubdirectory("dowel-e2e-").FullName, "cli-passengers.csv");
        using var admin = journey.Admin;
        var inputs = (await admin.Models.GetVersionAsync("titanic.titanic-survival", "1")).Signature!.Inputs;
        await File.WriteAllTextAsync(file, $"id,{string.Join(',', inputs.Select(i => i.Name))}\n1,{string.Join(',', inputs.Select(Value))}\n2,{string.Join(',', inputs.Select(Value))}\n");
        var (exitCode, text) = await Product.RunAsync("dotnet",
            [
                Product.Dll("Dowel.Cli"), "batch", "create", "--model", "titanic.titanic-survival", "--model-version", "1", "--allow-refused", "--input", file, "--to", "cli-survival", "--keep", "id", "--wait",
                "--server", journey.Server.Address.ToString(), "--token", journey.AdminToken,
            ],
            TimeSpan.FromMinutes(1));
        Assert.True(exitCode == 0, text);
        Assert.Contains("succeeded", text, StringComparison.Ordinal);
        Assert.Contains("Uploaded", text, StringComparison.Ordinal);
        Assert.Equal(2, (await admin.Datasets.SampleAsync("cli-survival")).Rows.Count);
        Directory.Delete(Path.GetDirectoryName(file)!, recursive: true);

        static string Value(TensorSpec input) => input.Datatype switch { "BYTES" => "male", "BOOL" => "true", _ => "1" };
    }

    private static async Task<BatchRun> WaitAsync(DowelClient client, string id, Func<BatchRun, bool> until)
    {
        for (var i = 0; i < 6000; i++)
        {
            var run = await client.Batch.GetAsync(id);
            if (until(run)) return run;
            await Task.Delay(10);
        }
        throw new TimeoutException($"the run is {await client.Batch.GetAsync(id)}");
    }
}
