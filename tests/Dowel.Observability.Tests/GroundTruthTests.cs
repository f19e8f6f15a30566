using System.Net.Http.Json;
using System.Text;
using Dowel.Contracts;
using Dowel.Observability.Log;
using Dowel.Testing;
using Microsoft.Extensions.DependencyInjection;
using static Dowel.Observability.Tests.Samples;

namespace Dowel.Observability.Tests;

public sealed class GroundTruthTests
{
    private static async Task<GroundTruthResult> SendAsync(RoomHost host, params GroundTruthItem[] items)
        => await RoomHost.ReadAsync<GroundTruthResult>(await host.AdminClient.PostAsJsonAsync("/api/v1/endpoints/e/ground-truth", new SendGroundTruth(items), DowelJson.Options));

    [Fact]
    public async Task The_last_word_counts_whatever_happens_in_between()
    {
        await using var host = await StartAsync();
        await host.EndpointAsync("admin", "e");
        var id = (await host.AdminClient.LogAsync("e", new LoggedPrediction { Outputs = Fields(("y", [1L, 2L])) })).Ids[0];
        async Task<IReadOnlyList<object?>?> Truth() => (await host.AdminClient.GetAsync<Prediction>($"/api/v1/predictions/{id}")).GroundTruth;

        Assert.Null(await Truth());
        Assert.Equal(1, (await SendAsync(host, new GroundTruthItem(id, [1L, "x'\"ü\0"]))).Accepted);
        Assert.Equal([1L, "x'\"ü\0"], await Truth());
        await SendAsync(host, new GroundTruthItem(id, [2L, 2L]), new GroundTruthItem(id, [3L, null]));
        Assert.Equal([3L, null], await Truth());
        await host.RestartAsync();
        Assert.Equal([3L, null], await Truth());
        await host.Services.GetRequiredService<PredictionLog>().Truth.CompactAsync();
        await SendAsync(host, new GroundTruthItem(id, [4.5, true]));
        Assert.Equal([4.5, true], await Truth());
        Assert.Equal([4.5, true], Assert.Single((await host.AdminClient.GetAsync<Page<Prediction>>("/api/v1/endpoints/e/predictions")).Items).GroundTruth);
        // Sent again it is accepted again and nothing changes.
        Assert.Equal(1, (await SendAsync(host, new GroundTruthItem(id, [4.5, true]))).Accepted);
        Assert.Equal([4.5, true], await Truth());
    }

    [Fact]
    public async Task Unknown_ids_are_named_and_the_others_are_kept()
    {
        await using var host = await StartAsync();
        var endpoint = await host.EndpointAsync("admin", "e");
        var record = Record(endpoint, 1);
        host.Sink().Append(in record);
        GroundTruthItem[] unknown = [.. Enumerable.Range(0, 150).Select(i => new GroundTruthItem(i % 2 == 0 ? $"pred_{Guid.NewGuid():n}" : $"' OR {i}", [1L]))];
        var result = await SendAsync(host, [.. unknown, new($"pred_{record.Id:n}", [1L])]);
        Assert.Equal((1, 100), (result.Accepted, result.Unknown.Count));
        Assert.Equal("' OR 1", result.Unknown[1]);

        var trail = Assert.Single((await host.AdminClient.GetAsync<Page<AuditRecord>>("/api/v1/audit?action=endpoint.ground_truth")).Items);
        Assert.Equal("e", trail.Resource);
        Assert.True((await host.AdminClient.GetAsync<AuditVerification>("/api/v1/audit/verify")).Ok);
    }

    [Fact]
    public async Task A_count_that_does_not_fit_keeps_nothing()
    {
        await using var host = await StartAsync();
        await host.EndpointAsync("admin", "e");
        var ids = (await host.AdminClient.LogAsync("e", new LoggedPrediction { Outputs = Fields(("y", [1L])) }, new LoggedPrediction { Outputs = Fields(("y", [1L, 2L])) })).Ids;
        var response = await host.AdminClient.PostAsJsonAsync("/api/v1/endpoints/e/ground-truth", new SendGroundTruth([new(ids[0], [1L]), new(ids[1], [1L])]), DowelJson.Options);
        var problem = await RoomHost.ProblemAsync(response, ErrorCodes.Invalid);
        Assert.Equal("items[1].values", Assert.Single(problem.Fields!).Field);
        Assert.All((await host.AdminClient.GetAsync<Page<Prediction>>("/api/v1/endpoints/e/predictions")).Items, p => Assert.Null(p.GroundTruth));
    }

    [Fact]
    public async Task Texts_without_end_are_refused()
    {
        await using var host = await StartAsync();
        await host.EndpointAsync("admin", "e");
        var id = (await host.AdminClient.LogAsync("e", new LoggedPrediction { Outputs = Fields(("y", [.. Enumerable.Repeat((object?)1L, 200)])) })).Ids[0];
        foreach (var (length, field) in new[] { (10_001, "items[0].values"), (10_000, "items[0].values") })
        {
            var response = await host.AdminClient.PostAsJsonAsync("/api/v1/endpoints/e/ground-truth", new SendGroundTruth([new(id, [.. Enumerable.Repeat((object?)new string('x', length), 200)])]), DowelJson.Options);
            Assert.Equal(field, Assert.Single((await RoomHost.ProblemAsync(response, ErrorCodes.Invalid)).Fields!).Field);
        }
    }

    [Theory]
    [InlineData("""{"items":[]}""", "items")]
    [InlineData("{}", "items")]
    [InlineData("""{"items":[null]}""", "items[0].values")]
    [InlineData("""{"items":[{"predictionId":"x"}]}""", "items[0].values")]
    [InlineData("""{"items":[{"predictionId":"x","values":[[1]]}]}""", "items[0].values")]
    [InlineData("""{"items":[{"predictionId":"x","values":[{"a":1}]}]}""", "items[0].values")]
    public async Task A_wrong_body_is_refused_with_the_field(string body, string field)
    {
        await using var host = await StartAsync();
        await host.EndpointAsync("admin", "e");
        var response = await host.AdminClient.PostAsync("/api/v1/endpoints/e/ground-truth", new StringContent(body, Encoding.UTF8, "application/json"));
        Assert.Equal(field, Assert.Single((await RoomHost.ProblemAsync(response, ErrorCodes.Invalid)).Fields!).Field);
    }
}
