using System.Net.Http.Json;
using System.Text;
using Dowel.Contracts;
using Dowel.Testing;
using static Dowel.Observability.Tests.Samples;

namespace Dowel.Observability.Tests;

public sealed class ExternalTests
{
    [Fact]
    public async Task Predictions_of_a_model_elsewhere_are_logged_with_their_types()
    {
        await using var host = await StartAsync();
        await host.CreateUserAsync("alice");
        await host.EndpointAsync("alice", "elsewhere");
        var http = host.HttpFor("alice");
        var at = TimeProvider.System.GetUtcNow().AddDays(-3);
        var result = await http.LogAsync("elsewhere",
            new LoggedPrediction
            {
                Id = "pred_0123456789abcdef0123456789abcdef", At = at, Caller = "web shop", Model = "churn/3", LatencyMs = 12.5,
                Inputs = Fields(("age", [1L, null, "NaN"]), ("name", ["ü", null, "NaN"]), ("vector", [new object?[] { 1L, 2L }, new object?[] { 3L, 4.5 }, new object?[] { null, 6L }])),
                Outputs = Fields(("churn", [true, false, true])),
            },
            new LoggedPrediction { Status = 503, Error = "down" });
        Assert.Equal((2, 0, 2), (result.Accepted, result.Known, result.Ids.Count));
        Assert.Equal("pred_0123456789abcdef0123456789abcdef", result.Ids[0]);
        var one = await http.GetAsync<Prediction>($"/api/v1/predictions/{result.Ids[0]}");
        Assert.Equal(("web shop", "churn/3", "logged", 200, 3, 12.5), (one.Caller, one.Model, one.Protocol, one.Status, one.Rows, one.LatencyMs));
        Assert.True((one.At - at).Duration() < TimeSpan.FromMilliseconds(1));
        Assert.Equal([1L, "NaN", "NaN"], one.Inputs["age"]);
        Assert.Equal(["ü", null, "NaN"], one.Inputs["name"]);
        Assert.Equal([3L, 4.5], (object?[])one.Inputs["vector"][1]!);
        Assert.Equal([true, false, true], one.Outputs["churn"]);
        var failed = await http.GetAsync<Prediction>($"/api/v1/predictions/{result.Ids[1]}");
        Assert.Equal(("alice", 503, "down", 0), (failed.Caller, failed.Status, failed.Error, failed.Rows));
        var trail = await host.AdminClient.GetAsync<Page<AuditRecord>>("/api/v1/audit?action=endpoint.log");
        Assert.Equal("endpoint.log_predictions", Assert.Single(trail.Items).Action);
    }

    [Fact]
    public async Task A_batch_that_is_sent_again_is_logged_once()
    {
        await using var host = await StartAsync();
        await host.EndpointAsync("admin", "e");
        LoggedPrediction[] batch = [.. Enumerable.Range(0, 50).Select(i => new LoggedPrediction { Id = $"pred_{Guid.NewGuid():n}", Inputs = Fields(("x", [(long)i])) })];
        var results = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => host.AdminClient.LogAsync("e", batch)));
        Assert.Equal(50, results.Sum(r => r.Accepted));
        Assert.Equal(150, results.Sum(r => r.Known));
        Assert.Equal(50, (await host.AdminClient.GetAsync<Page<Prediction>>("/api/v1/endpoints/e/predictions?limit=1000")).Items.Count);
    }

    [Theory]
    [InlineData("""{"items":[]}""", "items")]
    [InlineData("""{"items":null}""", "items")]
    [InlineData("{}", "items")]
    [InlineData("""{"items":[null]}""", "items[0]")]
    [InlineData("""{"items":[{}]}""", "items[0].outputs")]
    [InlineData("""{"items":[{"id":"7","inputs":{"x":[1]}}]}""", "items[0].id")]
    [InlineData("""{"items":[{"status":600,"inputs":{"x":[1]}}]}""", "items[0].status")]
    [InlineData("""{"items":[{"latencyMs":-1,"inputs":{"x":[1]}}]}""", "items[0].latencyMs")]
    [InlineData("""{"items":[{"latencyMs":"NaN","inputs":{"x":[1]}}]}""", "items[0].latencyMs")]
    [InlineData("""{"items":[{"at":"1960-01-01T00:00:00Z","inputs":{"x":[1]}}]}""", "items[0].at")]
    [InlineData("""{"items":[{"at":"2999-01-01T00:00:00Z","inputs":{"x":[1]}}]}""", "items[0].at")]
    [InlineData("""{"items":[{"inputs":{"x":[1]}},{"inputs":{"x":[1],"y":[1,2]}}]}""", "items[1].inputs.y")]
    [InlineData("""{"items":[{"inputs":{"x":[1]},"outputs":{"y":[1,2]}}]}""", "items[0].outputs.y")]
    [InlineData("""{"items":[{"inputs":{"x":[1,"one"]}}]}""", "items[0].inputs.x")]
    [InlineData("""{"items":[{"inputs":{"x":[{"a":1}]}}]}""", "items[0].inputs.x")]
    [InlineData("""{"items":[{"inputs":{"x":[[1],[1,2]]}}]}""", "items[0].inputs.x")]
    [InlineData("""{"items":[{"inputs":{"x":[[1],2]}}]}""", "items[0].inputs.x")]
    [InlineData("""{"items":[{"inputs":{"x":null}}]}""", "items[0].inputs.x")]
    [InlineData("""{"items":[{"inputs":{"a\u0000b":[1]}}]}""", "items[0].inputs")]
    [InlineData("""{"items":[{"id":"pred_0123456789abcdef0123456789abcdef","inputs":{"x":[1]}},{"id":"pred_0123456789ABCDEF0123456789abcdef","inputs":{"x":[1]}}]}""", "items[1].id")]
    public async Task A_wrong_batch_is_refused_whole_with_the_field(string body, string field)
    {
        await using var host = await StartAsync();
        await host.EndpointAsync("admin", "e");
        var response = await host.AdminClient.PostAsync("/api/v1/endpoints/e/predictions", new StringContent(body, Encoding.UTF8, "application/json"));
        var problem = await RoomHost.ProblemAsync(response, ErrorCodes.Invalid);
        Assert.Equal(field, Assert.Single(problem.Fields!).Field);
        Assert.Empty((await host.AdminClient.GetAsync<Page<Prediction>>("/api/v1/endpoints/e/predictions")).Items);
    }

    [Fact]
    public async Task Ten_thousand_at_once_are_enough()
    {
        await using var host = await StartAsync();
        await host.EndpointAsync("admin", "e");
        LoggedPrediction[] Batch(int n) => [.. Enumerable.Range(0, n).Select(i => new LoggedPrediction { Inputs = Fields(("x", [(long)i])) })];
        Assert.Equal(10_000, (await host.AdminClient.LogAsync("e", Batch(10_000))).Accepted);
        await RoomHost.ProblemAsync(await host.AdminClient.PostAsJsonAsync("/api/v1/endpoints/e/predictions", new LogPredictions(Batch(10_001)), DowelJson.Options), ErrorCodes.Invalid);
        Assert.Equal(10_000, (await host.AdminClient.GetAsync<EndpointTraffic>("/api/v1/endpoints/e/traffic")).Total.Requests);
    }
}
