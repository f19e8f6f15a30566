using System.Net;
using System.Text.Json.Nodes;
using Dowel.Contracts;
using Dowel.Protocols.Inference.OpenInference.Grpc.Wire;
using Grpc.Core;
using Microsoft.AspNetCore.Http;

namespace Dowel.Protocols.Inference.Tests.Remote;

/// <summary>What a server elsewhere refuses of an input is the caller's error in the caller's protocol, and nobody's fault.</summary>
public sealed class RefusedTests
{
    private const string Said = "The model server refused the request (422): x has 3 columns, and 2 are wanted";

    [Fact]
    public async Task Callers_learn_in_their_own_protocol_what_the_server_says_of_their_input()
    {
        await using var server = await ModelServer.StartAsync(new Dictionary<string, object>
        {
            ["GET /v2/models/m"] = """{"name":"m","inputs":[],"outputs":[]}""",
            ["GET /v2"] = """{"name":"mlserver","extensions":[]}""",
            ["POST /v2/models/m/infer"] = (RequestDelegate)(async c =>
            {
                c.Response.StatusCode = 422;
                await c.Response.WriteAsync("""{"error":"x has 3 columns, and 2 are wanted"}""");
            }),
        });
        await using var host = await RemoteHost.StartAsync();
        await host.DeployAsync("there", new RemoteSpec { Url = server.Address.ToString(), Protocol = "oip", ModelName = "m" });

        const string oip = """{"inputs":[{"name":"x","datatype":"INT64","shape":[1,1],"data":[1]}]}""";
        await ExpectAsync("/v2/models/there/infer", oip, b => (string?)b["error"]);
        await ExpectAsync("/seldon/alice/there/api/v1.0/predictions", """{"data":{"ndarray":[[1]]}}""", b => (string?)b["status"]!["info"]);
        await ExpectAsync("/serving-endpoints/there/invocations", """{"inputs":[[1]]}""", b => (string?)b["message"]);
        using var channel = host.Channel();
        var asked = new ModelInferRequest { ModelName = "there", Inputs = { new ModelInferRequest.Types.InferInputTensor { Name = "x", Datatype = "INT64", Shape = { 1 }, Contents = new InferTensorContents { Int64Contents = { 1 } } } } };
        var refused = await Assert.ThrowsAsync<RpcException>(async () => await new GRPCInferenceService.GRPCInferenceServiceClient(channel).ModelInferAsync(asked));
        Assert.Equal(StatusCode.InvalidArgument, refused.StatusCode);
        Assert.Contains(Said, refused.Status.Detail);
        Assert.Equal([400, 400, 400, 400], host.Log.Records.Select(r => r.Status));

        // More than the circuit breaker waits for; it does not open.
        for (var i = 0; i < 30; i++) await ExpectAsync("/v2/models/there/infer", oip, b => (string?)b["error"]);

        async Task ExpectAsync(string path, string body, Func<JsonNode, string?> message)
        {
            using var answer = await host.Alice.PostAsync(path, new StringContent(body));
            Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
            Assert.Contains(Said, message(JsonNode.Parse(await answer.Content.ReadAsStringAsync())!));
        }
    }
}
