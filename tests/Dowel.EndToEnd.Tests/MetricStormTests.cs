using System.Collections.Concurrent;
using System.Net.Http.Json;
using System.Text.Json;

namespace Dowel.EndToEnd.Tests;

/// <summary>A storm of MLflow's log-batch, and the server is killed in it, again and again: every batch that was acknowledged is there, and there once.</summary>
public class MetricStormTests(ITestOutputHelper output)
{
    private const int Kills = 6;
    private const int Clients = 8;
    private const int Points = 50;

    [Fact]
    public async Task Every_acknowledged_batch_is_there_once_after_kill_9()
    {
        var random = new Random(9);
        await using var server = new ServerProcess();
        await server.StartAsync("--Dowel:SingleUser=true");
        using var http = new HttpClient { BaseAddress = new Uri(server.Address, "/api/2.0/mlflow/") };
        var experiment = (await PostAsync(http, "experiments/create", new { name = "storm" })).GetProperty("experiment_id").GetString();
        var runs = new List<string>();
        for (var i = 0; i < Clients; i++) runs.Add((await PostAsync(http, "runs/create", new { experiment_id = experiment })).GetProperty("run").GetProperty("info").GetProperty("run_id").GetString()!);

        // By run: the batches that were acknowledged, and those sent without an answer, of which each may be there or not, but whole.
        var acknowledged = runs.ToDictionary(r => r, _ => new ConcurrentBag<int>());
        var unanswered = runs.ToDictionary(r => r, _ => new ConcurrentBag<int>());
        var next = 0;
        for (var kill = 1; kill <= Kills; kill++)
        {
            using var stop = new CancellationTokenSource();
            var storm = Task.WhenAll(runs.Select(async run =>
            {
                while (!stop.IsCancellationRequested)
                {
                    var batch = Interlocked.Increment(ref next);
                    try
                    {
                        await PostAsync(http, "runs/log-batch", Batch(run, batch));
                        acknowledged[run].Add(batch);
                    }
                    catch (HttpRequestException)
                    {
                        unanswered[run].Add(batch);
                        return;
                    }
                }
            }));
            await Task.Delay(random.Next(200, 2000));
            await server.KillAsync();
            await stop.CancelAsync();
            await storm;
            await server.StartAsync("--Dowel:SingleUser=true");
            // A client sends again what it got no answer to.
            foreach (var run in runs)
                while (unanswered[run].TryTake(out var batch))
                {
                    await PostAsync(http, "runs/log-batch", Batch(run, batch));
                    acknowledged[run].Add(batch);
                }
        }

        var all = 0;
        foreach (var run in runs)
        {
            for (var metric = 0; metric < 2; metric++)
            {
                var history = (await http.GetFromJsonAsync<JsonElement>($"metrics/get-history?run_id={run}&metric_key=m{metric}")).GetProperty("metrics").EnumerateArray().Select(m => m.GetProperty("step").GetInt64()).ToList();
                Assert.Equal(acknowledged[run].SelectMany(b => Enumerable.Range(0, Points / 2).Select(i => (long)b * Points + i)).Order(), history);
            }
            var read = (await http.GetFromJsonAsync<JsonElement>($"runs/get?run_id={run}")).GetProperty("run").GetProperty("data");
            Assert.Equal(acknowledged[run].Max(), int.Parse(read.GetProperty("tags").EnumerateArray().Single(t => t.GetProperty("key").GetString() == "last").GetProperty("value").GetString()!));
            Assert.Equal((long)acknowledged[run].Max() * Points + Points / 2 - 1, read.GetProperty("metrics")[0].GetProperty("step").GetInt64());
            all += acknowledged[run].Count;
        }
        output.WriteLine($"{Kills} kills, {all} batches acknowledged, all there once");
        Assert.True(all > Kills * Clients * 3, $"only {all} batches were acknowledged");
    }

    private static object Batch(string run, int batch) => new
    {
        run_id = run,
        metrics = Enumerable.Range(0, Points).Select(i => new { key = $"m{i % 2}", value = batch + (i / 100.0), timestamp = 1_700_000_000_000 + batch, step = ((long)batch * Points) + (i / 2) }),
        tags = new[] { new { key = "last", value = $"{batch}" } },
    };

    private static async Task<JsonElement> PostAsync(HttpClient http, string path, object body)
    {
        using var response = await http.PostAsJsonAsync(path, body);
        var text = await response.Content.ReadAsStringAsync();
        Assert.True(response.IsSuccessStatusCode, $"{path}: {(int)response.StatusCode} {text}");
        return JsonDocument.Parse(text).RootElement;
    }
}
