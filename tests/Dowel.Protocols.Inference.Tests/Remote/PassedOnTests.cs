using System.Net;
using System.Text.Json;
using System.Text.Json.Nodes;
using Dowel.Contracts;

namespace Dowel.Protocols.Inference.Tests.Remote;

/// <summary>What tensors do not hold reaches a server that speaks its caller's protocol, and comes back.</summary>
public sealed class PassedOnTests
{
    [Theory]
    [InlineData("""{"strData":"hello"}""", """{"strData":"HELLO"}""")]
    [InlineData("""{"binData":"/wCAgQ=="}""", """{"binData":"gYAA/w=="}""")]
    [InlineData("""{"jsonData":{"a":{"b":[1,"x"]}}}""", """{"jsonData":{"n":1,"list":[1,[2]],"deep":{"k":null}}}""")]
    [InlineData("""{"jsonData":["a"]}""", """{"jsonData":7}""")]
    [InlineData("""{"data":{"names":[],"tensor":{"shape":[1,2],"values":[1.0,2.0]}}}""", """{"data":{"names":["t:0","t:1"],"tensor":{"shape":[1,2],"values":[1.0,2.0]}}}""")]
    [InlineData("""{"data":{"names":["q"],"ndarray":[[1]]}}""", """{"strData":"text for numbers"}""")]
    public async Task Messages_of_Seldon_go_on_and_come_back_as_they_are(string request, string answer)
    {
        await using var server = await ModelServer.StartAsync(new Dictionary<string, object> { ["POST /api/v1.0/predictions"] = answer });
        await using var host = await RemoteHost.StartAsync();
        await DeployAsync(host, server, "seldon");
        var (status, body) = await PostAsync(host, "/seldon/alice/there/api/v1.0/predictions", request);
        Assert.Equal(HttpStatusCode.OK, status);
        Assert.Equal(request, Assert.Single(server.Requests, r => r.Line.StartsWith("POST")).Body);
        Assert.True(body.Remove("meta"));
        Assert.Equal(answer, body.ToJsonString(new JsonSerializerOptions { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping }));
    }

    [Fact]
    public async Task Tags_of_Seldon_keep_their_types()
    {
        await using var server = await ModelServer.StartAsync(new Dictionary<string, object> { ["POST /api/v1.0/predictions"] = """{"data":{"names":["a"],"ndarray":[[1]]},"meta":{"tags":{"who":"me","n":3,"deep":{"x":[true]}}}}""" });
        await using var host = await RemoteHost.StartAsync();
        await DeployAsync(host, server, "seldon");
        var (_, body) = await PostAsync(host, "/seldon/alice/there/api/v1.0/predictions", """{"data":{"ndarray":[[1]]},"meta":{"puid":"mine","tags":{"mine":1}}}""");
        Assert.Equal("""{"data":{"ndarray":[[1]]},"meta":{"tags":{"mine":1}}}""", server.Requests.Last().Body);
        Assert.Equal("""{"mine":1,"who":"me","n":3,"deep":{"x":[true]}}""", body["meta"]!["tags"]!.ToJsonString());
        Assert.Equal("""{"there":""}""", body["meta"]!["requestPath"]!.ToJsonString());
        var (_, other) = await PostAsync(host, "/v2/models/there/infer", """{"inputs":[{"name":"x","datatype":"INT64","shape":[1,1],"data":[1]}]}""");
        Assert.Equal("3", (string?)other["parameters"]!["n"]);
    }

    [Fact]
    public async Task Parameters_of_MLServer_go_on_and_come_back()
    {
        await using var server = await ModelServer.StartAsync(new Dictionary<string, object>
        {
            ["GET /v2/models/m"] = """{"name":"m","inputs":[],"outputs":[]}""",
            ["GET /v2"] = """{"name":"mlserver","extensions":[]}""",
            ["POST /v2/models/m/infer"] = """{"model_name":"m","parameters":{"content_type":"pd","headers":null},"outputs":[{"name":"k","datatype":"BYTES","shape":[1,1],"parameters":{"content_type":"str","headers":null},"data":["DataFrame"]},{"name":"l","datatype":"INT64","shape":[1],"parameters":{"headers":null},"data":[1]}]}""",
        });
        await using var host = await RemoteHost.StartAsync();
        await DeployAsync(host, server, "oip", "m");
        var (_, body) = await PostAsync(host, "/v2/models/there/infer", """
            {"id":null,"parameters":{"content_type":"pd","headers":null,"binary_data_output":false},"inputs":[{"name":"a","shape":[1,1],"datatype":"FP64","parameters":{"content_type":"np","headers":null},"data":[1.5]},{"name":"b","shape":[1,1],"datatype":"BYTES","data":["x"]}]}
            """);
        var sent = JsonNode.Parse(server.Requests.Last().Body)!;
        Assert.Equal("""{"content_type":"pd"}""", sent["parameters"]!.ToJsonString());
        Assert.Equal("""{"content_type":"np"}""", sent["inputs"]![0]!["parameters"]!.ToJsonString());
        Assert.Null(sent["inputs"]![1]!["parameters"]);
        Assert.Equal("pd", (string?)body["parameters"]!["content_type"]);
        Assert.Equal("""{"content_type":"str"}""", body["outputs"]![0]!["parameters"]!.ToJsonString());
        // What means nothing leaves no trace.
        Assert.Null(body["outputs"]![1]!["parameters"]);
    }

    [Fact]
    public async Task Columns_of_callers_who_cannot_say_so_are_a_table_to_MLServer()
    {
        await using var server = await ModelServer.StartAsync(new Dictionary<string, object>
        {
            ["GET /v2/models/m"] = """{"name":"m","inputs":[],"outputs":[]}""",
            ["GET /v2"] = """{"name":"mlserver","extensions":[]}""",
            ["POST /v2/models/m/infer"] = """{"model_name":"m","outputs":[{"name":"predict","datatype":"INT64","shape":[1,1],"data":[0]}]}""",
        });
        await using var host = await RemoteHost.StartAsync();
        await DeployAsync(host, server, "oip", "m");
        await PostAsync(host, "/serving-endpoints/there/invocations", """{"dataframe_split":{"columns":["a","b"],"data":[[1,2]]}}""");
        Assert.Equal("""{"content_type":"pd"}""", JsonNode.Parse(server.Requests.Last().Body)!["parameters"]!.ToJsonString());
        await PostAsync(host, "/v2/models/there/infer", """{"inputs":[{"name":"a","shape":[1],"datatype":"FP64","data":[1]},{"name":"b","shape":[1],"datatype":"FP64","data":[2]}]}""");
        Assert.Null(JsonNode.Parse(server.Requests.Last().Body)!["parameters"]);
    }

    private static Task DeployAsync(EchoHost host, ModelServer server, string protocol, string? model = null)
        => host.DeployAsync("there", new RemoteSpec { Url = server.Address.ToString(), Protocol = protocol, ModelName = model });

    private static async Task<(HttpStatusCode, JsonObject)> PostAsync(EchoHost host, string path, string body)
    {
        var answer = await host.Alice.PostAsync(path, new StringContent(body));
        return (answer.StatusCode, JsonNode.Parse(await answer.Content.ReadAsStringAsync())!.AsObject());
    }
}
