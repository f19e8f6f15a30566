using System.Net.Http.Json;
using System.Text.Json;
using Dowel.Contracts;
using Dowel.Testing;
using static Dowel.Observability.Tests.Reference;
using static Dowel.Observability.Tests.Samples;

namespace Dowel.Observability.Tests;

public sealed class QualityTests
{
    private static async Task<LiveQuality> RunAsync(RoomHost host, Dictionary<string, object?[]> outputs, object?[] truth, string query = "")
    {
        var name = $"e{Guid.NewGuid():n}";
        await host.EndpointAsync("admin", name);
        // In records of different numbers of rows.
        List<LoggedPrediction> items = [];
        List<object?[]> truths = [];
        for (int at = 0, size = 1; at < truth.Length; at += size, size = (size % 7) + 1)
        {
            var end = Math.Min(truth.Length, at + size);
            items.Add(new LoggedPrediction { Outputs = outputs.ToDictionary(o => o.Key, o => o.Value[at..end]) });
            truths.Add(truth[at..end]);
        }
        var ids = (await host.AdminClient.LogAsync(name, [.. items])).Ids;
        var response = await host.AdminClient.PostAsJsonAsync($"/api/v1/endpoints/{name}/ground-truth", new SendGroundTruth([.. ids.Zip(truths, (i, t) => new GroundTruthItem(i, t))]), DowelJson.Options);
        Assert.Equal(ids.Count, (await RoomHost.ReadAsync<GroundTruthResult>(response)).Accepted);
        return await host.AdminClient.GetAsync<LiveQuality>($"/api/v1/endpoints/{name}/quality{query}");
    }

    private static object?[] Boxed<T>(IEnumerable<T> values) => [.. values.Select(v => (object?)v)];

    private static void Same(string figures, LiveQuality quality, params string[] but)
    {
        var expected = Figures.GetProperty(figures);
        foreach (var metric in expected.EnumerateObject().Where(m => m.Name != "confusion" && !but.Contains(m.Name))) Near(metric.Value.GetDouble(), quality.Metrics[metric.Name], 1e-12, metric.Name);
        Assert.Equal(expected.EnumerateObject().Count(m => m.Name != "confusion") - but.Length, quality.Metrics.Count);
        if (expected.TryGetProperty("confusion", out var confusion)) Assert.Equal(confusion.Deserialize<long[][]>()!, quality.Confusion);
    }

    [Fact]
    public async Task Binary_figures_are_those_of_scikit_learn_however_the_classes_are_written()
    {
        await using var host = await StartAsync();
        double[] u = Uniform(101, 400), v = Uniform(102, 400);
        double[] probability = [.. u.Select(x => Math.Floor(x * 20) / 20)];
        bool[] truth = [.. v.Zip(probability, (x, p) => x < 0.15 + (0.7 * p))];
        var score = Boxed(probability.Select(p => (p * 20) - 10));
        var bools = Boxed(probability.Select(p => p >= 0.5));
        var whole = Boxed(probability.Select(p => p >= 0.5 ? 1L : 0L));
        var texts = Boxed(probability.Select(p => p >= 0.5 ? "yes" : "no"));

        // The output of truth values is the label; the score is no probability.
        var quality = await RunAsync(host, Fields(("Score", score), ("Probability", Boxed(probability)), ("PredictedLabel", bools)), Boxed(truth.Select(t => t ? 1L : 0L)));
        Assert.Equal(("PredictedLabel", "classification", 400, 400), (quality.Output, quality.Task, quality.Labeled, quality.Predicted));
        Assert.Equal(["0", "1"], quality.Classes);
        Same("binary", quality);

        Same("binary", await RunAsync(host, Fields(("label", whole), ("probability", Boxed(probability))), Boxed(truth)));
        quality = await RunAsync(host, Fields(("p", Boxed(probability))), Boxed(truth));
        Assert.Equal(["false", "true"], quality.Classes);
        Same("binary", quality);
        quality = await RunAsync(host, Fields(("other", whole), ("label", texts), ("probability", Boxed(probability))), Boxed(truth.Select(t => t ? "yes" : "no")));
        Assert.Equal("label", quality.Output);
        Same("binary", quality);
        Same("binary", await RunAsync(host, Fields(("label", whole), ("scores", Boxed(probability.Select(p => new object?[] { 1 - p, p })))), Boxed(truth.Select(t => t ? 1L : 0L))));
        // The probability of whatever was answered is none of the positive class.
        Same("binary", await RunAsync(host, Fields(("label", whole), ("confidence", Boxed(probability.Select(p => Math.Max(p, 1 - p))))), Boxed(truth)), "log_loss", "auc");
        // Asked for by name.
        quality = await RunAsync(host, Fields(("label", whole), ("wrong", Boxed(probability.Select(_ => 0L)))), Boxed(truth), "?output=wrong");
        Assert.Equal(("wrong", 0.0), (quality.Output, quality.Metrics["recall"]));
        Assert.Equal(0, quality.Metrics["precision"]);
    }

    [Fact]
    public async Task Several_classes_are_averaged()
    {
        await using var host = await StartAsync();
        double[] u = Uniform(103, 300), v = Uniform(104, 300);
        string[] names = ["bird", "cat", "dog"];
        string[] truth = [.. u.Select(x => names[(int)Math.Floor(x * 3)])];
        string[] given = [.. v.Select((x, i) => x < 0.6 ? truth[i] : names[(int)Math.Floor(x * 3)])];
        var quality = await RunAsync(host, Fields(("animal", Boxed(given))), Boxed(truth));
        Assert.Equal(names, quality.Classes);
        Same("multi", quality);
    }

    [Fact]
    public async Task Numbers_are_a_regression()
    {
        await using var host = await StartAsync();
        double[] u = Uniform(105, 250), v = Uniform(106, 250);
        var truth = Boxed(u.Select(x => x * 10));
        var given = Boxed(u.Zip(v, (x, y) => (x * 10) + ((y - 0.5) * 3)));
        var quality = await RunAsync(host, Fields(("id", Boxed(Enumerable.Range(0, 250).Select(i => (long)i))), ("price", given)), truth);
        Assert.Equal(("price", "regression"), (quality.Output, quality.Task));
        Assert.Empty(quality.Classes);
        Same("regression", quality);
    }

    [Fact]
    public async Task Nothing_known_is_no_failure()
    {
        await using var host = await StartAsync();
        var endpoint = await host.EndpointAsync("admin", "e");
        var quality = await host.AdminClient.GetAsync<LiveQuality>("/api/v1/endpoints/e/quality");
        Assert.Equal((0, 0, 0), (quality.Labeled, quality.Predicted, quality.Metrics.Count));
        for (var i = 0; i < 10; i++) host.Sink().Append(Record(endpoint, i));
        quality = await host.AdminClient.GetAsync<LiveQuality>("/api/v1/endpoints/e/quality");
        // The refused one is not counted.
        Assert.Equal((0, 9), (quality.Labeled, quality.Predicted));
        await RoomHost.ProblemAsync(await host.AdminClient.GetAsync("/api/v1/endpoints/e/quality?output=nothing"), ErrorCodes.Invalid);
        var missing = await RunAsync(host, Fields(("y", [1L, 0L, 1L])), [null, 1L, null]);
        Assert.Equal((1, 3), (missing.Labeled, missing.Predicted));
        Assert.Equal(0, missing.Metrics["accuracy"]);
    }

    [Fact]
    public async Task Only_the_time_asked_for_counts()
    {
        await using var host = await StartAsync();
        await host.EndpointAsync("admin", "e");
        var ids = (await host.AdminClient.LogAsync("e",
            new LoggedPrediction { At = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero), Outputs = Fields(("y", [true])) },
            new LoggedPrediction { At = new(2026, 2, 1, 0, 0, 0, TimeSpan.Zero), Outputs = Fields(("y", [true])) })).Ids;
        await host.AdminClient.PostAsJsonAsync("/api/v1/endpoints/e/ground-truth", new SendGroundTruth([new(ids[0], [false]), new(ids[1], [true])]), DowelJson.Options);
        Assert.Equal(0.5, (await host.AdminClient.GetAsync<LiveQuality>("/api/v1/endpoints/e/quality")).Metrics["accuracy"]);
        Assert.Equal(1, (await host.AdminClient.GetAsync<LiveQuality>("/api/v1/endpoints/e/quality?from=2026-01-15T00:00:00Z")).Metrics["accuracy"]);
        Assert.Equal(0, (await host.AdminClient.GetAsync<LiveQuality>("/api/v1/endpoints/e/quality?to=2026-01-15T00:00:00Z")).Metrics["accuracy"]);
    }
}
