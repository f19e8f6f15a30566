using System.Net;
using System.Net.Http.Json;
using Dowel.Contracts;
using Dowel.Kernel.Ports;
using Dowel.Kernel.Relational;
using Dowel.Kernel.Tensors;
using Dowel.Observability.Log;
using Dowel.Testing;
using Microsoft.Extensions.DependencyInjection;
using static Dowel.Observability.Tests.Samples;

namespace Dowel.Observability.Tests;

public sealed class PredictionTests
{
    [Fact]
    public async Task What_went_into_the_sink_comes_out_of_the_list_newest_first()
    {
        await using var host = await StartAsync();
        await host.CreateUserAsync("alice");
        var endpoint = await host.EndpointAsync("alice", "titanic");
        var http = host.HttpFor("alice");
        List<PredictionRecord> records = [.. Enumerable.Range(0, 25).Select(i => Record(endpoint, i, 1_700_000_000_000_000 + (i / 2)))];
        foreach (var record in records) host.Sink().Append(in record);

        var page = await http.GetAsync<Page<Prediction>>("/api/v1/endpoints/titanic/predictions");
        Assert.Equal(25, page.Items.Count);
        Assert.Null(page.NextCursor);
        Assert.Equal(page.Items.OrderByDescending(p => p.At).ThenByDescending(p => p.Id).Select(p => p.Id), page.Items.Select(p => p.Id));
        Assert.Equal(records.Select(r => $"pred_{r.Id:n}").ToHashSet(), page.Items.Select(p => p.Id).ToHashSet());

        var one = await http.GetAsync<Prediction>($"/api/v1/predictions/pred_{records[14].Id:n}");
        Assert.Equal(Instants.FromMicros(1_700_000_000_000_007), one.At);
        Assert.Equal(("titanic", "bob", "titanic/1", "v1", "oip-rest", 200, 1), (one.Endpoint, one.Caller, one.Model, one.Deployment, one.Protocol, one.Status, one.Rows));
        Assert.Equal((1.014, 0.01, 0.02), (one.LatencyMs, one.FeaturesMs, one.ModelMs));
        Assert.Equal([14L], one.Inputs["passenger_id"]);
        Assert.Equal(["NaN"], one.Features["age"]);
        Assert.Equal(["male"], one.Features["sex"]);
        Assert.Equal([0.25], one.Outputs["probability"]);
        Assert.Null(one.GroundTruth);
        Assert.Null(one.Error);
    }

    [Theory]
    [InlineData("caller=alice", "0 3 6 9 12 15 18 21 24")]
    [InlineData("outcome=error", "9 19")]
    [InlineData("outcome=ok&caller=alice", "0 3 6 12 15 18 21 24")]
    [InlineData("from=2023-11-14T22:13:25Z&to=2023-11-14T22:13:28Z", "5 6 7")]
    [InlineData("caller=' OR 1=1 --", "")]
    public async Task Filters_are_combined(string query, string expected)
    {
        await using var host = await StartAsync();
        await host.CreateUserAsync("alice");
        var endpoint = await host.EndpointAsync("alice", "titanic");
        for (var i = 0; i < 25; i++) host.Sink().Append(Record(endpoint, i, 1_700_000_000_000_000 + (i * 1_000_000L)));
        var page = await host.HttpFor("alice").GetAsync<Page<Prediction>>($"/api/v1/endpoints/titanic/predictions?{query}");
        Assert.Equal(expected, string.Join(' ', page.Items.Reverse().Select(p => p.Inputs["passenger_id"][0])));
    }

    [Theory]
    [InlineData("limit=0", "limit")]
    [InlineData("limit=1001", "limit")]
    [InlineData("outcome=maybe", "outcome")]
    [InlineData("cursor=xx", "cursor")]
    [InlineData("cursor=WzEsMl0", "cursor")]
    [InlineData("from=2024-01-02T00:00:00Z&to=2024-01-01T00:00:00Z", "to")]
    public async Task A_wrong_filter_is_named(string query, string field)
    {
        await using var host = await StartAsync();
        await host.EndpointAsync("admin", "e");
        var problem = await RoomHost.ProblemAsync(await host.AdminClient.GetAsync($"/api/v1/endpoints/e/predictions?{query}"), ErrorCodes.Invalid);
        Assert.Equal(field, Assert.Single(problem.Fields!).Field);
    }

    [Fact]
    public async Task Paging_sees_each_record_once_while_others_are_appended()
    {
        await using var host = await StartAsync();
        var endpoint = await host.EndpointAsync("admin", "e");
        var sink = host.Sink();
        var before = Enumerable.Range(0, 500).Select(i => Record(endpoint, i, 1_700_000_000_000_000 + (i / 10))).ToList();
        foreach (var record in before) sink.Append(in record);
        using var stop = new CancellationTokenSource();
        var writer = Task.Run(async () =>
        {
            for (var i = 500; !stop.IsCancellationRequested; i++)
            {
                sink.Append(Record(endpoint, i));
                if (i % 100 == 0) await host.Services.GetRequiredService<PredictionLog>().Records.CompactAsync();
                else await Task.Delay(1);
            }
        });
        List<string> seen = [];
        string? cursor = null;
        do
        {
            var page = await host.AdminClient.GetAsync<Page<Prediction>>($"/api/v1/endpoints/e/predictions?limit=37&cursor={cursor}");
            seen.AddRange(page.Items.Select(p => p.Id));
            cursor = page.NextCursor;
        }
        while (cursor is not null);
        await stop.CancelAsync();
        await writer;
        Assert.Equal(seen.Count, seen.Distinct().Count());
        Assert.Subset(seen.ToHashSet(), before.Select(r => $"pred_{r.Id:n}").ToHashSet());
    }

    [Fact]
    public async Task A_restart_and_a_compaction_change_nothing()
    {
        await using var host = await StartAsync();
        var endpoint = await host.EndpointAsync("admin", "e");
        for (var i = 0; i < 20; i++) host.Sink().Append(Record(endpoint, i));
        var before = await Raw();
        await host.RestartAsync();
        Assert.Equal(before, await Raw());
        await host.Services.GetRequiredService<PredictionLog>().Records.CompactAsync();
        Assert.NotEmpty(Directory.GetFiles(Path.Combine(host.DataDir, "observability", "predictions"), "*.parquet"));
        Assert.Equal(before, await Raw());
        host.Sink().Append(Record(endpoint, 20));
        await host.RestartAsync();
        Assert.Equal(21, (await host.AdminClient.GetAsync<Page<Prediction>>("/api/v1/endpoints/e/predictions")).Items.Count);

        async Task<string> Raw() => await (await host.AdminClient.GetAsync("/api/v1/endpoints/e/predictions?limit=1000")).Content.ReadAsStringAsync();
    }

    [Fact]
    public async Task Strangers_learn_nothing_and_readers_of_another_endpoint_neither()
    {
        await using var host = await StartAsync();
        await host.CreateUserAsync("alice");
        await host.CreateUserAsync("bob");
        var hers = await host.EndpointAsync("alice", "hers");
        var his = await host.EndpointAsync("bob", "his");
        var record = Record(hers, 1);
        host.Sink().Append(in record);
        host.Sink().Append(Record(his, 2));
        var bob = host.HttpFor("bob");
        foreach (var path in new[] { "/api/v1/endpoints/hers/predictions", "/api/v1/endpoints/hers/traffic", "/api/v1/endpoints/hers/quality", "/api/v1/endpoints/hers/drift", $"/api/v1/predictions/pred_{record.Id:n}" })
        {
            Assert.Contains((await bob.GetAsync(path)).StatusCode, new[] { HttpStatusCode.Forbidden, HttpStatusCode.NotFound });
            Assert.Equal(HttpStatusCode.Unauthorized, (await host.HttpFor(null).GetAsync(path)).StatusCode);
            Assert.Equal(HttpStatusCode.OK, (await host.HttpFor("alice").GetAsync(path)).StatusCode);
        }
        foreach (var (path, body) in new (string, object)[] { ("predictions", new LogPredictions([new()])), ("ground-truth", new SendGroundTruth([new($"pred_{record.Id:n}", [1L])])), ("drift", new DriftRequest()) })
            Assert.Contains((await bob.PostAsJsonAsync($"/api/v1/endpoints/hers/{path}", body, DowelJson.Options)).StatusCode, new[] { HttpStatusCode.Forbidden, HttpStatusCode.NotFound });

        Assert.Equal(2L, Assert.Single((await bob.GetAsync<Page<Prediction>>("/api/v1/endpoints/his/predictions")).Items).Inputs["passenger_id"][0]);
        // By way of his own endpoint he cannot reach her prediction.
        var result = await RoomHost.ReadAsync<GroundTruthResult>(await bob.PostAsJsonAsync("/api/v1/endpoints/his/ground-truth", new SendGroundTruth([new($"pred_{record.Id:n}", [1L])]), DowelJson.Options));
        Assert.Equal((0, 1), (result.Accepted, result.Unknown.Count));
        var taken = await bob.PostAsJsonAsync("/api/v1/endpoints/his/predictions", new LogPredictions([new() { Id = $"pred_{record.Id:n}", Inputs = Fields(("x", [1L])) }]), DowelJson.Options);
        await RoomHost.ProblemAsync(taken, ErrorCodes.Invalid);
    }

    [Theory]
    [InlineData("pred_00000000000000000000000000000000")]
    [InlineData("pred_1")]
    [InlineData("' OR 1=1")]
    [InlineData("PRED_00000000000000000000000000000000")]
    public async Task An_unknown_id_is_not_found(string id)
    {
        await using var host = await StartAsync();
        await RoomHost.ProblemAsync(await host.AdminClient.GetAsync($"/api/v1/predictions/{Uri.EscapeDataString(id)}"), ErrorCodes.NotFound);
    }

    [Fact]
    public async Task Hostile_names_and_values_come_back_as_they_were()
    {
        await using var host = await StartAsync();
        var endpoint = await host.EndpointAsync("admin", "e");
        const string name = "a'; DROP TABLE predictions; --\"\\ \u0001 ü 😀 \u2028</script>";
        var record = Record(endpoint, 0) with
        {
            Error = "nul \0 and 'quotes' \"too\"", Caller = "caller \0 ü", Status = 200,
            Inputs = [Tensor.Of(name, [double.NaN]), Tensor.Of(name, [double.PositiveInfinity]), Tensor.Of("", ["\0 \ud800 lone"]), Tensor.Of("{\"x\":1}", ["}]"])],
        };
        host.Sink().Append(in record);
        var wide = Record(endpoint, 1) with { Inputs = [.. Enumerable.Range(0, 10_000).Select(i => Tensor.Of($"c{i}", [(float)i]))] };
        host.Sink().Append(in wide);
        var huge = Record(endpoint, 2) with { Outputs = [Tensor.Of("text", [new string('x', 3_000_000)])] };
        host.Sink().Append(in huge);
        for (var pass = 0; pass < 2; pass++)
        {
            var one = await host.AdminClient.GetAsync<Prediction>($"/api/v1/predictions/pred_{record.Id:n}");
            Assert.Equal(["NaN"], one.Inputs[name]);
            Assert.Equal(["Infinity"], one.Inputs[name + " (2)"]);
            Assert.Equal(["\0 \uFFFD lone"], one.Inputs[""]);
            Assert.Equal(["}]"], one.Inputs["{\"x\":1}"]);
            Assert.Equal("nul \uFFFD and 'quotes' \"too\"", one.Error);
            Assert.Equal(10_000, (await host.AdminClient.GetAsync<Prediction>($"/api/v1/predictions/pred_{wide.Id:n}")).Inputs.Count);
            var text = (string)(await host.AdminClient.GetAsync<Prediction>($"/api/v1/predictions/pred_{huge.Id:n}")).Outputs["text"][0]!;
            Assert.EndsWith(TensorCodec.Truncated, text);
            Assert.InRange(text.Length, 100_000, 1_048_576);
            Assert.Equal(3, (await host.AdminClient.GetAsync<Page<Prediction>>("/api/v1/endpoints/e/predictions")).Items.Count);
            await host.Services.GetRequiredService<PredictionLog>().Records.CompactAsync();
        }
    }

    [Fact]
    public async Task A_page_of_huge_records_ends_early_and_goes_on()
    {
        await using var host = await StartAsync();
        var endpoint = await host.EndpointAsync("admin", "e");
        for (var i = 0; i < 40; i++) host.Sink().Append(Record(endpoint, i) with { Inputs = [Tensor.Of("text", [new string('x', 1_100_000)])] });
        var first = await host.AdminClient.GetAsync<Page<Prediction>>("/api/v1/endpoints/e/predictions?limit=1000");
        Assert.InRange(first.Items.Count, 20, 39);
        Assert.NotNull(first.NextCursor);
        var second = await host.AdminClient.GetAsync<Page<Prediction>>($"/api/v1/endpoints/e/predictions?limit=1000&cursor={first.NextCursor}");
        Assert.Equal(40, first.Items.Concat(second.Items).Select(p => p.Id).Distinct().Count());
        Assert.Null(second.NextCursor);
    }

    [Fact]
    public async Task Many_threads_may_append_at_once()
    {
        await using var host = await StartAsync();
        var endpoint = await host.EndpointAsync("admin", "e");
        var sink = host.Sink();
        await Task.WhenAll(Enumerable.Range(0, 8).Select(t => Task.Run(() =>
        {
            for (var i = 0; i < 250; i++) sink.Append(Record(endpoint, (t * 250) + i));
        })));
        var traffic = await host.AdminClient.GetAsync<EndpointTraffic>("/api/v1/endpoints/e/traffic");
        Assert.Equal(2000, traffic.Total.Requests);
        Assert.Equal(200, traffic.Total.Errors);
    }
}
