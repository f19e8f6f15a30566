using Dowel.Client;
using Dowel.Contracts;

namespace Dowel.EndToEnd.Tests;

/// <summary>Kills the server at random moments of its work. Whatever it had acknowledged must be there after the start.</summary>
[Collection(JourneyCollection.Name)]
public class CrashTests(JourneyFixture journey, ITestOutputHelper output)
{
    private const int Kills = 20;

    [Fact]
    public async Task Nothing_that_was_acknowledged_is_gone_after_kill_9()
    {
        var random = new Random(1912);
        var facts = new List<(string What, Func<DowelClient, Task> Check)>();
        for (var kill = 1; kill <= Kills; kill++)
        {
            using var client = journey.Admin;
            var before = facts.Count;
            using var stop = new CancellationTokenSource();
            var work = Task.WhenAll(Enumerable.Range(0, 4).Select(worker => WorkAsync(client, $"{kill}-{worker}", facts, stop.Token)));
            await Task.Delay(random.Next(20, 1500));
            await journey.Server.KillAsync();
            await stop.CancelAsync();
            await work;

            await journey.Server.StartAsync();
            using var again = journey.Admin;
            // All facts at the end; those of this round at once, while it is clear which kill lost them.
            foreach (var (what, check) in facts.Skip(kill == Kills ? 0 : before)) await CheckAsync(again, kill, what, check);
            output.WriteLine($"kill {kill}: {facts.Count - before} acknowledged, all there");
        }
        Assert.True(facts.Count > Kills * 5, $"only {facts.Count} operations were acknowledged");
        using var auditor = journey.Admin;
        var trail = await auditor.Audit.VerifyAsync();
        Assert.True(trail.Ok, string.Join("\n", trail.Problems));
    }

    private static async Task CheckAsync(DowelClient client, int kill, string what, Func<DowelClient, Task> check)
    {
        try
        {
            await check(client);
        }
        catch (Exception e)
        {
            Assert.Fail($"lost after kill {kill}: {what}: {e.Message}");
        }
    }

    /// <summary>Does one thing after the other until the server dies, and keeps a check for each that was acknowledged.</summary>
    private static async Task WorkAsync(DowelClient client, string name, List<(string, Func<DowelClient, Task>)> facts, CancellationToken stop)
    {
        void Acknowledged(string what, Func<DowelClient, Task> check)
        {
            lock (facts) facts.Add(($"{what} ({name})", check));
        }
        try
        {
            for (var round = 0; !stop.IsCancellationRequested; round++)
            {
                // Each check keeps its own round.
                var i = round;
                var predictionAnswer = await client.Endpoints.PredictAsync("titanic-survival", new Dictionary<string, object?[]> { ["passenger_id"] = [(long)(i % 1309 + 1)] }, stop);
                Acknowledged("prediction", c => c.Monitoring.PredictionAsync(predictionAnswer.Id));
                await client.Monitoring.SendGroundTruthAsync("titanic-survival", [new GroundTruthItem(predictionAnswer.Id, [i % 2 == 0])], stop);
                Acknowledged("ground truth", async c => Assert.NotNull((await c.Monitoring.PredictionAsync(predictionAnswer.Id)).GroundTruth));

                var run = await client.Runs.CreateAsync("titanic.titanic-survival", new CreateRun { Name = $"crash {name} {i}", Params = new Dictionary<string, string> { ["i"] = $"{i}" } }, stop);
                Acknowledged("run", async c => Assert.Equal($"{i}", (await c.Runs.GetAsync(run.Id)).Params["i"]));
                await client.Runs.LogMetricAsync(run.Id, "loss", 0.5, i, stop);
                Acknowledged("metric", async c => Assert.Equal(0.5, (await c.Runs.GetAsync(run.Id)).Metrics["loss"]));
                var bytes = System.Text.Encoding.UTF8.GetBytes($"{name}-{i}");
                await client.Runs.UploadArtifactAsync(run.Id, "notes/text.txt", new MemoryStream(bytes), cancellationToken: stop);
                Acknowledged("artifact", async c =>
                {
                    using var reader = new StreamReader(await c.Runs.DownloadArtifactAsync(run.Id, "notes/text.txt"));
                    Assert.Equal($"{name}-{i}", await reader.ReadToEndAsync());
                });

                var dataset = await client.Datasets.CreateAsync(new CreateDataset { Project = "titanic", Name = $"crash-{name}-{i}" }, stop);
                Acknowledged("dataset", c => c.Datasets.GetAsync(dataset.Id));
                await client.Datasets.UploadAsync(dataset.Id, new MemoryStream(System.Text.Encoding.UTF8.GetBytes($"a,b\n1,{i}\n2,x\n")), "csv", "x.csv", stop);
                Acknowledged("dataset version", async c => Assert.Equal(2, (await c.Datasets.SampleAsync(dataset.Id)).Rows.Count));

                var id = 1_000_000L + Math.Abs(HashCode.Combine(name, i)) % 1_000_000;
                await client.FeatureViews.PushAsync("titanic.passenger_features", new TableData
                {
                    Columns = [new("passenger_id", "int64"), new("event_timestamp", "timestamp"), new("age", "float64")],
                    Rows = [[id, "1912-04-10T12:00:00Z", 33.0]],
                }, stop);
                Acknowledged("feature row online", async c => Assert.Equal("present", Assert.Single((await c.FeatureViews.OnlineAsync(new OnlineFeaturesRequest
                {
                    Features = ["titanic.passenger_features:age"],
                    Entities = new Dictionary<string, IReadOnlyList<object>> { ["passenger_id"] = [id] },
                })).Statuses)));
                Acknowledged("feature row offline", async c => Assert.Equal(33.0, Convert.ToDouble(Assert.Single((await c.FeatureViews.HistoricalAsync(new HistoricalFeaturesRequest
                {
                    Features = ["titanic.passenger_features:age"],
                    EntityRows = new TableData { Columns = [new("passenger_id", "int64"), new("event_timestamp", "timestamp")], Rows = [[id, "1912-04-15T00:00:00Z"]] },
                })).Table.Rows)[^1])));

                var token = await client.Identity.CreateTokenAsync(new CreateToken { Name = $"crash {name} {i}" }, stop);
                Acknowledged("token", async c =>
                {
                    using var other = DowelClient.Connect(c.Address, token.Secret);
                    Assert.Equal("admin", (await other.Identity.MeAsync()).User.Name);
                });
            }
        }
        catch (Exception e) when (e is HttpRequestException or IOException or OperationCanceledException or DowelException { Problem.Status: 0 or >= 500 })
        {
            // The server died under this request: it was not acknowledged.
        }
    }
}
