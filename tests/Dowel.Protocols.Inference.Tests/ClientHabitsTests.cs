using System.Text.Json.Nodes;
using Dowel.Protocols.Inference.OpenInference.Grpc.Wire;
using Google.Protobuf;
using Grpc.Core;
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
    public async Task A_stream_of_MLServers_client_is_answered_in_its_form()
    {
        await using var echo = await EchoHost.StartAsync();
        using var channel = echo.Channel();
        // As the stub of MLServer's own proto has it: the answers are bare.
        var method = new Method<ModelInferRequest, ModelInferResponse>(MethodType.DuplexStreaming, "inference.GRPCInferenceService", "ModelStreamInfer",
            Marshallers.Create(m => m.ToByteArray(), ModelInferRequest.Parser.ParseFrom), Marshallers.Create(m => m.ToByteArray(), ModelInferResponse.Parser.ParseFrom));
        using var call = channel.CreateCallInvoker().AsyncDuplexStreamingCall(method, null, new CallOptions());
        for (var i = 0; i < 3; i++)
        {
            await call.RequestStream.WriteAsync(Request(i, "INT64"));
            Assert.True(await call.ResponseStream.MoveNext(CancellationToken.None));
            Assert.Equal(("echo", $"{i}", i), (call.ResponseStream.Current.ModelName, call.ResponseStream.Current.Id, call.ResponseStream.Current.Outputs[0].Contents.Int64Contents[0]));
        }
        await call.RequestStream.WriteAsync(Request(3, "NOTHING"));
        Assert.Equal(StatusCode.InvalidArgument, (await Assert.ThrowsAsync<RpcException>(() => call.ResponseStream.MoveNext(CancellationToken.None))).StatusCode);

        static ModelInferRequest Request(int i, string input) => new()
        {
            ModelName = "echo",
            Id = $"{i}",
            Inputs = { new Input { Name = input, Datatype = "INT64", Shape = { 1 }, Contents = new() { Int64Contents = { i } }, Parameters = { ["content_type"] = new InferParameter { StringParam = "np" } } } },
        };
    }
}
