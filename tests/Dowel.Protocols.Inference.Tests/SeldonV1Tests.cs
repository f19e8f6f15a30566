using System.Net.Http.Json;
using System.Text.Json;
using Dowel.Contracts;
using Dowel.Kernel.Access;
using Dowel.Kernel.Ports;
using Dowel.Kernel.Results;
using Microsoft.Extensions.DependencyInjection;

namespace Dowel.Protocols.Inference.Tests;

/// <summary>Seldon's first protocol, by the bytes on the wire.</summary>
public class SeldonV1Tests
{
    [Theory]
    [InlineData("pair", """{"data":{"names":["b","a"],"ndarray":[[2,1],[4,3]]}}""", """{"names":["a","b"],"ndarray":[[1,2],[3,4]]}""")]
    [InlineData("pair", """{"data":{"ndarray":[[1,2]]}}""", """{"names":["a","b"],"ndarray":[[1,2]]}""")]
    [InlineData("pair", """{"data":{"names":["a","b"],"tensor":{"shape":[2,2],"values":[1,2,3,"NaN"]}}}""", """{"names":["a","b"],"tensor":{"shape":[2,2],"values":[1,2,3,"NaN"]}}""")]
    [InlineData("matrix", """{"data":{"names":["p","q","r"],"tensor":{"shape":[1,3],"values":[1,2,3]}}}""", """{"names":["x:0","x:1","x:2"],"tensor":{"shape":[1,3],"values":[1,2,3]}}""")]
    [InlineData("matrix", """{"data":{"ndarray":[[1,2,3],[4,5,null]]}}""", """{"names":["x:0","x:1","x:2"],"ndarray":[[1,2,3],[4,5,null]]}""")]
    [InlineData("matrix", """{"data":{"tftensor":{"dtype":"DT_FLOAT","tensorShape":{"dim":[{"size":"1"},{"size":3}]},"floatVal":[1,2,3.5]}}}""", """{"names":["x:0","x:1","x:2"],"tftensor":{"dtype":"DT_DOUBLE","tensorShape":{"dim":[{"size":"1"},{"size":"3"}]},"doubleVal":[1,2,3.5]}}""")]
    [InlineData("matrix", """{"data":{"tftensor":{"dtype":"DT_INT32","tensorShape":{"dim":[{"size":1},{"size":3}]},"tensorContent":"AQAAAAIAAAADAAAA"}}}""", """{"names":["x:0","x:1","x:2"],"tftensor":{"dtype":"DT_DOUBLE","tensorShape":{"dim":[{"size":"1"},{"size":"3"}]},"doubleVal":[1,2,3]}}""")]
    [InlineData("table", """{"data":{"names":["age","sex","fare"],"ndarray":[[30,"male",7.25],[4,null,null]]}}""", """{"names":["age","fare","sex"],"ndarray":[[30,7.25,"male"],[4,null,null]]}""")]
    public async Task Maps_columns_by_their_names_and_answers_in_the_form_of_the_request(string model, string body, string data)
    {
        await using var echo = await EchoHost.StartAsync();
        await echo.CreateAsync("e", model);
        var (status, answer) = await PostAsync(echo.Alice, "predictions", body);
        Assert.True(status == 200, answer.GetRawText());
        Assert.Equal(data, answer.GetProperty("data").GetRawText());
        var record = Assert.Single(echo.Log.Records);
        Assert.Equal("seldon-v1", record.Protocol);
        Assert.Equal($$$"""{"puid":"pred_{{{record.Id:n}}}","tags":{},"requestPath":{"e":"{{{model}}}:1"}}""", answer.GetProperty("meta").GetRawText());
    }

    [Theory]
    [InlineData("text", """{"strData":"hällo","meta":{"puid":"theirs","tags":{"a":[1],"b":"c"}}}""", "strData", "\"hällo\"", """{"a":[1],"b":"c"}""")]
    [InlineData("text", """{"binData":"aMOkbGxv"}""", "binData", "\"aMOkbGxv\"", "{}")]
    [InlineData("text", """{"jsonData":["a","b"]}""", "jsonData", """{"text":["a","b"]}""", "{}")]
    [InlineData("pair", """{"jsonData":{"a":1,"b":[2.5]}}""", "jsonData", """{"a":[1],"b":[2.5]}""", "{}")]
    [InlineData("pair", """{"jsonData":[{"a":1,"b":2},{"a":3,"b":4}]}""", "jsonData", """{"a":[1,3],"b":[2,4]}""", "{}")]
    public async Task Takes_the_other_payloads_and_repeats_tags(string model, string body, string payload, string expected, string tags)
    {
        await using var echo = await EchoHost.StartAsync();
        await echo.CreateAsync("e", model);
        var (status, answer) = await PostAsync(echo.Alice, "predictions", body);
        Assert.True(status == 200, answer.GetRawText());
        Assert.Equal(expected, answer.GetProperty(payload).GetRawText());
        Assert.Equal(tags, answer.GetProperty("meta").GetProperty("tags").GetRawText());
        Assert.StartsWith("pred_", answer.GetProperty("meta").GetProperty("puid").GetString());
    }

    [Theory]
    [InlineData("[]", "expected an object")]
    [InlineData("{}", "exactly one of")]
    [InlineData("""{"strData":"a","binData":"b"}""", "exactly one of")]
    [InlineData("""{"data":{"names":["a","b"]}}""", "exactly one of")]
    [InlineData("""{"data":{"names":[1],"ndarray":[[1]]}}""", "data.names")]
    [InlineData("""{"data":{"names":["a"],"ndarray":[[1,2]]}}""", "data.ndarray[0]")]
    [InlineData("""{"data":{"ndarray":[1,2]}}""", "data.ndarray[0]")]
    [InlineData("""{"data":{"ndarray":[[1,"x"]]}}""", "FP64")]
    [InlineData("""{"data":{"names":["a","z"],"ndarray":[[1,2]]}}""", "'z'")]
    [InlineData("""{"data":{"tensor":{"shape":[1,3],"values":[1,2]}}}""", "data.tensor.values")]
    [InlineData("""{"data":{"tensor":{"shape":[-1],"values":[1]}}}""", "data.tensor.shape[0]")]
    [InlineData("""{"data":{"tensor":{"shape":[1,2],"values":[1,"two"]}}}""", "data.tensor.values[1]")]
    [InlineData("""{"data":{"tftensor":{"dtype":"DT_COMPLEX64"}}}""", "data.tftensor.dtype")]
    [InlineData("""{"data":{"tftensor":{"dtype":"DT_FLOAT","tensorShape":{"dim":[{"size":"4611686018427387904"},{"size":"4"}]},"floatVal":[1]}}}""", "data.tftensor")]
    [InlineData("""{"binData":"%%%"}""", "binData")]
    [InlineData("""{"binData":"/w=="}""", "UTF-8")]
    [InlineData("""{"strData":"\ud800"}""", "JSON")]
    [InlineData("""{"strData":"a","meta":{"tags":3}}""", "meta.tags")]
    [InlineData("nonsense", "JSON")]
    public async Task Refuses_in_seldons_form_and_names_the_field(string body, string says)
    {
        await using var echo = await EchoHost.StartAsync();
        await echo.CreateAsync("e", "pair");
        var (status, answer) = await PostAsync(echo.Alice, "predictions", body);
        var said = answer.GetProperty("status");
        Assert.Equal((400, "FAILURE", "MICROSERVICE_BAD_DATA"), (status, said.GetProperty("status").GetString(), said.GetProperty("reason").GetString()));
        Assert.Contains(says, said.GetProperty("info").GetString());
    }

    [Fact]
    public async Task Feedback_becomes_ground_truth_of_the_prediction()
    {
        var truth = new KeptTruth();
        await using var echo = await EchoHost.StartAsync(configure: s => s.AddSingleton<IGroundTruth>(truth));
        await echo.CreateAsync("e", "pair");
        var (_, answer) = await PostAsync(echo.Alice, "predictions", """{"data":{"ndarray":[[1,2],[3,4]]}}""");
        var puid = answer.GetProperty("meta").GetProperty("puid").GetString()!;
        var (status, said) = await PostAsync(echo.Alice, "feedback", """{"request":{"data":{"ndarray":[[1,2],[3,4]]}},"response":ANSWER,"reward":1,"truth":{"data":{"names":["y"],"ndarray":[[1],[0.5]]}}}""".Replace("PUID", puid).Replace("ANSWER", answer.GetRawText()));
        Assert.Equal((200, puid), (status, said.GetProperty("meta").GetProperty("puid").GetString()));
        var (actor, endpoint, item) = Assert.Single(truth.Sent);
        Assert.Equal(("alice", "e", puid), (actor, endpoint, item.PredictionId));
        Assert.Equal([1L, 0.5], item.Values);
        Assert.Equal(200, (await PostAsync(echo.Alice, "feedback", """{"request":{"meta":{"puid":"PUID"}},"truth":{"data":{"tensor":{"shape":[2,1],"values":[1,0]}}}}""".Replace("PUID", puid).Replace("ANSWER", answer.GetRawText()))).Status);
        Assert.Equal([1L, 0L], truth.Sent[^1].Item.Values);
        Assert.Equal(200, (await PostAsync(echo.Alice, "feedback", """{"response":{"meta":{"puid":"PUID"}},"truth":{"strData":"cat"}}""".Replace("PUID", puid).Replace("ANSWER", answer.GetRawText()))).Status);
        Assert.Equal(["cat"], truth.Sent[^1].Item.Values);

        Assert.Equal(404, (await PostAsync(echo.Alice, "feedback", """{"response":{"meta":{"puid":"unknown"}},"truth":{"strData":"cat"}}""")).Status);
        foreach (var (body, says) in new[]
        {
            ("""{"truth":{"strData":"cat"}}""", "response.meta.puid"), ("""{"response":{"meta":{"puid":"p"}},"reward":1}""", "truth"), ("""{"response":{"meta":{"puid":"p"}},"truth":{"data":{"ndarray":[[1,2]]}}}""", "one value for each row"), ("""{"response":{"meta":{"puid":3}},"truth":{"strData":"cat"}}""", "response.meta.puid"),
        })
        {
            (status, said) = await PostAsync(echo.Alice, "feedback", body);
            Assert.Equal(400, status);
            Assert.Contains(says, said.GetProperty("status").GetProperty("info").GetString());
        }
    }

    [Fact]
    public async Task Where_predictions_are_not_kept_feedback_says_so()
    {
        await using var echo = await EchoHost.StartAsync();
        var (status, said) = await PostAsync(echo.Alice, "feedback", """{"response":{"meta":{"puid":"p"}},"truth":{"strData":"cat"}}""", "echo");
        Assert.Equal(404, status);
        Assert.Contains("Rooms__Observability=true", said.GetProperty("status").GetProperty("info").GetString());
    }

    [Fact]
    public async Task Says_who_may_not_and_knows_the_endpoint_in_its_own_project_alone()
    {
        await using var echo = await EchoHost.StartAsync();
        using var stranger = await echo.Host.CreateUserAsync("stranger");
        Assert.Equal(401, (await PostAsync(echo.Host.HttpFor(null), "predictions", "{}", "echo")).Status);
        Assert.Equal(403, (await PostAsync(stranger, "predictions", "{}", "echo")).Status);
        Assert.Equal(403, (await PostAsync(stranger, "feedback", "{}", "echo")).Status);
        Assert.Equal(404, (await PostAsync(echo.Alice, "predictions", "{}", "echo", "elsewhere")).Status);
        Assert.Equal(404, (await PostAsync(echo.Alice, "feedback", "{}", "echo", "elsewhere")).Status);
    }

    [Fact]
    public async Task Whatever_the_bytes_the_server_answers_or_refuses_and_never_fails()
    {
        await using var echo = await EchoHost.StartAsync();
        await echo.CreateAsync("e", "pair");
        foreach (var start in new[] { "{\"data\":{\"ndarray\":", "{\"data\":{\"tensor\":{\"values\":[1,2],\"shape\":", "{\"data\":{\"tftensor\":{\"dtype\":\"DT_FLOAT\",\"tensorShape\":{\"dim\":[{\"size\":", "{\"jsonData\":" })
            await Fuzz.RunAsync(echo.Alice, "/seldon/alice/e/api/v1.0/predictions", System.Text.Encoding.UTF8.GetBytes(start));
        await Fuzz.RunAsync(echo.Alice, "/seldon/alice/e/api/v1.0/feedback", "{\"response\":{\"meta\":{\"puid\":\"p\"}},\"truth\":{\"data\":{\"ndarray\":"u8.ToArray());
        Assert.DoesNotContain(echo.Log.Records, r => r.Status >= 500);
    }

    private static async Task<(int Status, JsonElement Answer)> PostAsync(HttpClient http, string call, string body, string endpoint = "e", string project = "alice")
    {
        using var response = await http.PostAsync($"/seldon/{project}/{endpoint}/api/v1.0/{call}", new StringContent(body));
        return ((int)response.StatusCode, await response.Content.ReadFromJsonAsync<JsonElement>());
    }

    private sealed class KeptTruth : IGroundTruth
    {
        public List<(string Actor, string Endpoint, GroundTruthItem Item)> Sent { get; } = [];

        public Task<Result<GroundTruthResult>> SendAsync(Actor actor, string endpoint, SendGroundTruth truth, CancellationToken cancellationToken)
        {
            var known = truth.Items[0].PredictionId.StartsWith("pred_", StringComparison.Ordinal);
            if (known) Sent.Add((actor.UserName, endpoint, truth.Items[0]));
            return Task.FromResult<Result<GroundTruthResult>>(new GroundTruthResult(known ? 1 : 0, known ? [] : [truth.Items[0].PredictionId]));
        }
    }
}
