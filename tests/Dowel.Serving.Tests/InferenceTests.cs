using System.Net;
using System.Net.Http.Json;
using System.Text;
using Dowel.Contracts;
using Dowel.Kernel.Tensors;
using Dowel.Testing;
using static Dowel.Serving.Tests.ServingHost;

namespace Dowel.Serving.Tests;

public class InferenceTests
{
    [Fact]
    public async Task Answers_in_the_protocols_form_and_logs_who_asked_what_and_what_came_back()
    {
        await using var serving = await StartAsync();
        await serving.CreateAsync("doubler");
        var (status, answer) = await InferAsync(serving.Alice, "doubler", X(1, 2.5f).Replace("{\"inputs\"", "{\"id\":\"mine\",\"inputs\""));
        Assert.Equal(200, status);
        Assert.Equal("doubler", answer.GetProperty("model_name").GetString());
        Assert.Equal("1", answer.GetProperty("model_version").GetString());
        Assert.Equal("mine", answer.GetProperty("id").GetString());
        Assert.Equal("y", answer.GetProperty("outputs")[0].GetProperty("name").GetString());
        Assert.Equal("FP32", answer.GetProperty("outputs")[0].GetProperty("datatype").GetString());
        Assert.Equal([1002f, 1005f], Y(answer));

        var record = Assert.Single(serving.Log.Records);
        Assert.Equal(answer.GetProperty("parameters").GetProperty("prediction_id").GetString(), $"pred_{record.Id:n}");
        Assert.Equal(("alice", "doubler", "double/1", "oip-rest", 200, 2), (record.Caller, record.Endpoint, record.Model, record.Protocol, record.Status, record.Rows));
        Assert.Equal(2.5f, record.Inputs![0][1]);
        Assert.Equal(1005f, record.Outputs![0][1]);
        Assert.True(record.LatencyMicros > 0);
    }

    [Fact]
    public async Task Joins_features_by_the_entity_key_alone_and_lets_the_caller_override_one()
    {
        await using var serving = await StartAsync();
        var endpoint = await serving.CreateAsync("joined", new FeatureJoin { View = "ten" });
        Assert.Equal(["key"], endpoint.Signature!.Inputs.Select(i => i.Name));
        var (_, answer) = await InferAsync(serving.Alice, "joined", Key(3, 4));
        Assert.Equal([1060f, 1080f], Y(answer));
        var record = serving.Log.Records.Single();
        Assert.Equal(30.0, record.Features![0][0]);
        (_, answer) = await InferAsync(serving.Alice, "joined", """{"inputs":[{"name":"key","shape":[1],"datatype":"INT64","data":[3]},{"name":"x","shape":[1],"datatype":"FP32","data":[1]}]}""");
        Assert.Equal([1002f], Y(answer));
    }

    [Fact]
    public async Task An_unknown_entity_is_answered_by_the_endpoints_policy()
    {
        await using var serving = await StartAsync();
        await serving.CreateAsync("joined", new FeatureJoin { View = "ten" });
        var (status, answer) = await InferAsync(serving.Alice, "joined", Key(999));
        Assert.Equal(422, status);
        Assert.Contains("999", answer.GetProperty("error").GetString());
        await RoomHost.ReadAsync<Endpoint>(await serving.Alice.PatchAsJsonAsync("/api/v1/endpoints/joined",
            new PatchEndpoint { Features = new FeatureJoin { View = "ten", OnMissing = MissingFeaturesPolicy.Defaults } }, DowelJson.Options));
        (status, answer) = await InferAsync(serving.Alice, "joined", Key(999));
        Assert.Equal(200, status);
        Assert.Equal([1000f], Y(answer));
        Assert.Equal(["422", "200"], serving.Log.Records.Select(r => $"{r.Status}"));
    }

    [Theory]
    [InlineData("not json", 400, "JSON")]
    [InlineData("", 400, "JSON")]
    [InlineData("""{"id":"\ud800","inputs":[{"name":"x","shape":[1],"datatype":"FP32","data":[1]}]}""", 400, "JSON")]
    [InlineData("""{"inputs":[{"name":"\udc00","shape":[1],"datatype":"FP32","data":[1]}]}""", 400, "JSON")]
    [InlineData("""{"inputs":[{"name":"x","shape":[1],"datatype":"FP32","data":["\ud800"]}]}""", 400, "JSON")]
    [InlineData("""{"inputs":[{"name":"x","shape":[3,4611686018427387904],"datatype":"FP32","data":[1]}]}""", 400, "inputs[0].shape")]
    [InlineData("""{"inputs":[]}""", 400, "'x' (FP32)")]
    [InlineData("""{"inputs":[{"name":"z","shape":[1],"datatype":"FP32","data":[1]}]}""", 400, "inputs[0].name")]
    [InlineData("""{"inputs":[{"name":"x","shape":[1],"datatype":"BYTES","data":["1"]}]}""", 400, "FP32")]
    [InlineData("""{"inputs":[{"name":"x","shape":[0],"datatype":"FP32","data":[]}]}""", 400, "at least one row")]
    [InlineData("""{"inputs":[{"name":"x","shape":[1,3],"datatype":"FP32","data":[1,2,3]}]}""", 400, "[1, 3]")]
    [InlineData("""{"inputs":[{"name":"x","shape":[1],"datatype":"FP32","data":[1]},{"name":"x","shape":[1],"datatype":"FP32","data":[1]}]}""", 400, "each input once")]
    [InlineData("""{"inputs":[{"name":"x","shape":[1],"datatype":"FP32","data":[1]}],"outputs":[{"name":"q"}]}""", 400, "outputs")]
    [InlineData("""{"inputs":[{"name":"x","shape":[1],"datatype":"FP32","data":[666]}]}""", 500, "666")]
    public async Task Refuses_in_the_protocols_own_error_form(string body, int expected, string says)
    {
        await using var serving = await StartAsync();
        await serving.CreateAsync("doubler");
        var (status, answer) = await InferAsync(serving.Alice, "doubler", body);
        Assert.Equal(expected, status);
        Assert.Contains(says, answer.GetProperty("error").GetString());
    }

    [Fact]
    public async Task A_caller_who_gives_up_is_in_the_log_too()
    {
        await using var serving = await StartAsync();
        await serving.CreateAsync("doubler");
        for (var i = 0; i < 20 && serving.Log.Records.IsEmpty; i++)
        {
            using var stop = new CancellationTokenSource(TimeSpan.FromMilliseconds(50));
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => serving.Alice.PostAsync("/v2/models/doubler/infer", new StringContent(X(1000)), stop.Token));
            await Task.Delay(200);
        }
        Assert.True(serving.Log.Records.TryPeek(out var record));
        Assert.Equal((499, "alice", 1, 1000f), (record.Status, record.Caller, record.Rows, ((Tensor<float>)record.Inputs![0]).Values[0]));
        Assert.Equal(0, record.Outputs?.Count ?? 0);
    }

    [Fact]
    public async Task Needs_neither_a_content_type_nor_a_content_length_but_a_body_within_the_limit()
    {
        await using var serving = await StartAsync(settings: new Dictionary<string, string?> { ["Dowel:MaxBodyBytes"] = "10000" });
        await serving.CreateAsync("doubler");
        using var chunked = new StreamContent(new MemoryStream(Encoding.UTF8.GetBytes(X(2))));
        var request = new HttpRequestMessage(HttpMethod.Post, "/v2/models/doubler/infer") { Content = chunked, Headers = { TransferEncodingChunked = true } };
        Assert.Equal(HttpStatusCode.OK, (await serving.Alice.SendAsync(request)).StatusCode);
        var (status, answer) = await InferAsync(serving.Alice, "doubler", X([.. Enumerable.Repeat(1f, 10_000)]));
        Assert.Equal(413, status);
        Assert.Contains("10000 bytes", answer.GetProperty("error").GetString());
    }

    [Fact]
    public async Task Nobody_and_strangers_are_refused_and_unknown_endpoints_are_not_found()
    {
        await using var serving = await StartAsync();
        await serving.CreateAsync("doubler");
        var stranger = await serving.Host.CreateUserAsync("stranger");
        Assert.Equal(401, (await InferAsync(serving.Host.HttpFor(null), "doubler", X(1))).Status);
        Assert.Equal(403, (await InferAsync(stranger, "doubler", X(1))).Status);
        Assert.Equal(403, (int)(await stranger.GetAsync("/v2/models/doubler")).StatusCode);
        Assert.Equal(404, (await InferAsync(serving.Alice, "nothing", X(1))).Status);
        Assert.Equal(404, (await InferAsync(serving.Alice, "doubler/versions/9", X(1))).Status);
        Assert.Empty((await RoomHost.ReadAsync<Page<Endpoint>>(await stranger.GetAsync("/api/v1/endpoints"))).Items);
        Assert.Empty(serving.Log.Records);
    }

    [Fact]
    public async Task Sharing_takes_effect_at_once_and_so_does_taking_it_back()
    {
        await using var serving = await StartAsync();
        var endpoint = await serving.CreateAsync("doubler");
        var sam = await serving.Host.CreateUserAsync("sam");
        async Task ShareAsync(Sharing sharing) => await RoomHost.ReadAsync<Sharing>(await serving.Alice.PutAsJsonAsync($"/api/v1/resources/{endpoint.Id}/sharing", sharing, DowelJson.Options));
        Assert.Equal(403, (await InferAsync(sam, "doubler", X(1))).Status);
        await ShareAsync(new Sharing { Visibility = Visibility.Shared, People = [new Share("sam", Permission.Read)] });
        Assert.Equal(403, (await InferAsync(sam, "doubler", X(1))).Status);
        Assert.Equal(200, (int)(await sam.GetAsync("/v2/models/doubler")).StatusCode);
        await ShareAsync(new Sharing { Visibility = Visibility.Shared, People = [new Share("sam", Permission.Use)] });
        Assert.Equal(200, (await InferAsync(sam, "doubler", X(1))).Status);
        Assert.Single((await RoomHost.ReadAsync<Page<Endpoint>>(await sam.GetAsync("/api/v1/endpoints"))).Items);
        await ShareAsync(new Sharing { Visibility = Visibility.Private });
        Assert.Equal(403, (await InferAsync(sam, "doubler", X(1))).Status);
    }

    [Fact]
    public async Task Describes_itself_as_the_protocol_says()
    {
        await using var serving = await StartAsync();
        await serving.CreateAsync("doubler");
        Assert.Equal("dowel", (await serving.Alice.GetFromJsonAsync<System.Text.Json.JsonElement>("/v2")).GetProperty("name").GetString());
        var metadata = await serving.Alice.GetFromJsonAsync<System.Text.Json.JsonElement>("/v2/models/doubler");
        Assert.Equal("x", metadata.GetProperty("inputs")[0].GetProperty("name").GetString());
        Assert.Equal("1", metadata.GetProperty("versions")[0].GetString());
        Assert.Equal(HttpStatusCode.OK, (await serving.Alice.GetAsync("/v2/models/doubler/ready")).StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await serving.Host.HttpFor(null).GetAsync("/v2/health/live")).StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await serving.Host.HttpFor(null).GetAsync("/v2/health/ready")).StatusCode);
    }
}
