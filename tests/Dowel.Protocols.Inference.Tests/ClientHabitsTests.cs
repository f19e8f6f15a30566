using System.Text.Json.Nodes;
using Dowel.Protocols.Inference.OpenInference.Grpc.Wire;
using Google.Protobuf;
using GrpcClient = Dowel.Protocols.Inference.OpenInference.Grpc.Wire.GRPCInferenceService.GRPCInferenceServiceClient;
using Input = Dowel.Protocols.Inference.OpenInference.Grpc.Wire.ModelInferRequest.Types.InferInputTensor;

namespace Dowel.Protocols.Inference.Tests;

/// <summary>Habits of the clients of KServe and MLServer, as their own code has them.</summary>
public sealed class ClientHabitsTests
{
    [Fact]
    public async Task KServes_client_reads_errors_of_just_this_type()
    {
        await using var echo = await EchoHost.StartAsync();
        using var answer = await echo.Alice.PostAsync("/v2/models/nothing/infer", new StringContent("{}"));
        Assert.Equal("application/json", answer.Content.Headers.ContentType!.ToString());
        Assert.Contains("'nothing'", (string?)JsonNode.Parse(await answer.Content.ReadAsStringAsync())!["error"]);
    }

    [Fact]
    public async Task MLServers_codecs_call_the_only_input_by_a_name_of_theirs()
    {
        await using var echo = await EchoHost.StartAsync();
        await echo.CreateAsync("matrix", "matrix");
        using var channel = echo.Channel();
        const string Body = """{"id":null,"parameters":{"content_type":"np","headers":null},"inputs":[{"name":"input-1","shape":[1,3],"datatype":"FP64","parameters":{"content_type":"np","headers":null},"data":[1.0,2.0,3.0]}]}""";
        var answer = JsonNode.Parse(await (await echo.Alice.PostAsync("/v2/models/matrix/infer", new StringContent(Body))).Content.ReadAsStringAsync())!;
        Assert.Equal("x", (string?)answer["outputs"]![0]!["name"]);
        var grpc = await new GrpcClient(channel).ModelInferAsync(new() { ModelName = "matrix", Inputs = { new Input { Name = "input-1", Datatype = "FP64", Shape = { 1, 3 }, Contents = new() { Fp64Contents = { 1, 2, 3 } } } } });
        Assert.Equal("x", grpc.Outputs[0].Name);
        Assert.Contains("'x'", await (await echo.Alice.PostAsync("/v2/models/matrix/infer", new StringContent(Body.Replace("input-1", "input-2")))).Content.ReadAsStringAsync());
    }

    [Fact]
    public async Task MLServers_client_sends_contents_without_anything_in_them_beside_raw_ones()
    {
        await using var echo = await EchoHost.StartAsync();
        using var channel = echo.Channel();
        var answer = await new GrpcClient(channel).ModelInferAsync(new() { ModelName = "echo", Inputs = { new Input { Name = "INT16", Datatype = "INT16", Shape = { 1 }, Contents = new() } }, RawInputContents = { ByteString.CopyFrom(7, 0) } });
        Assert.Equal(new byte[] { 7, 0 }, Assert.Single(answer.RawOutputContents).ToByteArray());
    }

    [Fact]
    public async Task MLServers_client_makes_text_of_what_is_said_to_be_text()
    {
        await using var echo = await EchoHost.StartAsync();
        using var channel = echo.Channel();
        var client = new GrpcClient(channel);
        ModelInferRequest Request(string? contentType)
        {
            var request = new ModelInferRequest { ModelName = "echo", Inputs = { new Input { Name = "BYTES", Datatype = "BYTES", Shape = { 1 }, Contents = new() { BytesContents = { ByteString.CopyFromUtf8("a") } } } } };
            if (contentType is not null) request.Parameters["content_type"] = new InferParameter { StringParam = contentType };
            return request;
        }
        Assert.Equal("str", (await client.ModelInferAsync(Request("pd"))).Outputs[0].Parameters["content_type"].StringParam);
        Assert.Empty((await client.ModelInferAsync(Request(null))).Outputs[0].Parameters);
    }
}
