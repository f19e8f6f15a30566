using CsCheck;
using Dowel.Protocols.Inference.OpenInference.Grpc.Wire;
using Google.Protobuf;
using Grpc.Core;
using Grpc.Health.V1;
using Grpc.Reflection.V1Alpha;
using GrpcClient = Dowel.Protocols.Inference.OpenInference.Grpc.Wire.GRPCInferenceService.GRPCInferenceServiceClient;
using Input = Dowel.Protocols.Inference.OpenInference.Grpc.Wire.ModelInferRequest.Types.InferInputTensor;

namespace Dowel.Protocols.Inference.Tests;

/// <summary>The Open Inference Protocol over gRPC.</summary>
public class OipGrpcTests
{
    [Fact]
    public async Task Describes_itself_as_the_protocol_says()
    {
        await using var echo = await EchoHost.StartAsync();
        using var nobody = echo.Channel(null);
        using var channel = echo.Channel();
        Assert.True((await new GrpcClient(nobody).ServerLiveAsync(new())).Live);
        Assert.True((await new GrpcClient(nobody).ServerReadyAsync(new())).Ready);
        var client = new GrpcClient(channel);
        var server = await client.ServerMetadataAsync(new());
        Assert.Equal("dowel", server.Name);
        Assert.Contains("model_repository", server.Extensions);
        Assert.True((await client.ModelReadyAsync(new() { Name = "echo", Version = "1" })).Ready);
        var model = await client.ModelMetadataAsync(new() { Name = "echo" });
        Assert.Equal(("echo", "1"), (model.Name, Assert.Single(model.Versions)));
        Assert.Equal(EchoHost.Types, model.Inputs.Select(i => i.Datatype));
        Assert.Equal([-1, -1], model.Outputs[0].Shape);
        Assert.Equal(HealthCheckResponse.Types.ServingStatus.Serving, (await new Health.HealthClient(nobody).CheckAsync(new())).Status);
        Assert.Equal(HealthCheckResponse.Types.ServingStatus.Serving, (await new Health.HealthClient(nobody).CheckAsync(new() { Service = "inference.GRPCInferenceService" })).Status);
        using var reflection = new ServerReflection.ServerReflectionClient(nobody).ServerReflectionInfo();
        await reflection.RequestStream.WriteAsync(new() { ListServices = "" });
        Assert.True(await reflection.ResponseStream.MoveNext(CancellationToken.None));
        Assert.Contains("inference.GRPCInferenceService", reflection.ResponseStream.Current.ListServicesResponse.Service.Select(s => s.Name));
        await reflection.RequestStream.CompleteAsync();
    }

    [Fact]
    public async Task Answers_in_the_form_of_the_request_and_logs_it()
    {
        await using var echo = await EchoHost.StartAsync();
        using var channel = echo.Channel();
        var client = new GrpcClient(channel);
        var answer = await client.ModelInferAsync(new()
        {
            ModelName = "echo",
            Id = "mine",
            Parameters = { ["priority"] = new InferParameter { Int64Param = 1 } },
            Inputs = { new Input { Name = "FP32", Datatype = "FP32", Shape = { 2 }, Contents = new() { Fp32Contents = { 1, 2.5f } } }, new Input { Name = "BYTES", Datatype = "BYTES", Shape = { 2 }, Contents = new() { BytesContents = { ByteString.CopyFromUtf8("ä"), ByteString.Empty } } } },
            Outputs = { new ModelInferRequest.Types.InferRequestedOutputTensor { Name = "FP32" } },
        });
        Assert.Equal(("echo", "1", "mine"), (answer.ModelName, answer.ModelVersion, answer.Id));
        Assert.Empty(answer.RawOutputContents);
        Assert.Equal([1, 2.5f], Assert.Single(answer.Outputs).Contents.Fp32Contents);
        var record = Assert.Single(echo.Log.Records);
        Assert.Equal(("oip-grpc", "alice", 200, $"pred_{record.Id:n}"), (record.Protocol, record.Caller, record.Status, answer.Parameters["prediction_id"].StringParam));
        Assert.Equal("ä", record.Inputs![1][0]);

        var raw = await client.ModelInferAsync(new() { ModelName = "echo", Inputs = { new Input { Name = "INT16", Datatype = "INT16", Shape = { 1, 2 } } }, RawInputContents = { ByteString.CopyFrom(1, 0, 0xFF, 0xFF) } });
        Assert.Equal(new byte[] { 1, 0, 0xFF, 0xFF }, Assert.Single(raw.RawOutputContents).ToByteArray());
        Assert.Null(raw.Outputs[0].Contents);
        Assert.Equal([1, 2], raw.Outputs[0].Shape);
    }

    [Fact]
    public async Task Refuses_with_the_status_that_says_why()
    {
        await using var echo = await EchoHost.StartAsync();
        await echo.CreateAsync("stopped", "table");
        using var stranger = await echo.Host.CreateUserAsync("stranger");
        using var channel = echo.Channel();
        var client = new GrpcClient(channel);
        async Task RefusedAsync(StatusCode code, string says, ModelInferRequest request, string? user = "alice")
        {
            using var asked = echo.Channel(user);
            var e = await Assert.ThrowsAsync<RpcException>(async () => await new GrpcClient(asked).ModelInferAsync(request));
            Assert.Equal(code, e.StatusCode);
            Assert.Contains(says, e.Status.Detail);
        }

        Input X(string type, params long[] shape) => new() { Name = "FP32", Datatype = type, Shape = { shape }, Contents = new() { Fp32Contents = { 1 } } };
        await RefusedAsync(StatusCode.Unauthenticated, "Sign in", new() { ModelName = "echo" }, null);
        await RefusedAsync(StatusCode.PermissionDenied, "echo", new() { ModelName = "echo" }, "stranger");
        await RefusedAsync(StatusCode.NotFound, "nothing", new() { ModelName = "nothing" });
        await RefusedAsync(StatusCode.NotFound, "echo/9", new() { ModelName = "echo", ModelVersion = "9" });
        await RefusedAsync(StatusCode.InvalidArgument, "inputs", new() { ModelName = "echo" });
        await RefusedAsync(StatusCode.InvalidArgument, "inputs[0].datatype", new() { ModelName = "echo", Inputs = { X("FP33", 1) } });
        await RefusedAsync(StatusCode.InvalidArgument, "inputs[0].shape[0]", new() { ModelName = "echo", Inputs = { X("FP32", -1) } });
        await RefusedAsync(StatusCode.InvalidArgument, "inputs[0].shape", new() { ModelName = "echo", Inputs = { X("FP32", 4, 1L << 62) } });
        await RefusedAsync(StatusCode.InvalidArgument, "inputs[0].contents.fp32_contents", new() { ModelName = "echo", Inputs = { X("FP32", 2) } });
        await RefusedAsync(StatusCode.InvalidArgument, "raw_input_contents", new() { ModelName = "echo", Inputs = { X("FP16", 1) } });
        await RefusedAsync(StatusCode.InvalidArgument, "inputs[0].contents", new() { ModelName = "echo", Inputs = { X("FP32", 1) }, RawInputContents = { ByteString.CopyFrom(1, 2, 3, 4) } });
        await RefusedAsync(StatusCode.InvalidArgument, "raw_input_contents", new() { ModelName = "echo", Inputs = { X("FP32", 1) }, RawInputContents = { ByteString.Empty, ByteString.Empty } });
        await RefusedAsync(StatusCode.InvalidArgument, "inputs[0].contents.int_contents", new() { ModelName = "echo", Inputs = { new Input { Name = "INT8", Datatype = "INT8", Shape = { 1 }, Contents = new() { IntContents = { 128 } } } } });
        await RefusedAsync(StatusCode.InvalidArgument, "UTF-8", new() { ModelName = "echo", Inputs = { new Input { Name = "BYTES", Datatype = "BYTES", Shape = { 1 }, Contents = new() { BytesContents = { ByteString.CopyFrom(0xFF) } } } } });
        await RefusedAsync(StatusCode.InvalidArgument, "outputs[0].name", new() { ModelName = "echo", Inputs = { X("FP32", 1) }, Outputs = { new ModelInferRequest.Types.InferRequestedOutputTensor { Name = "q" } } });
        await client.RepositoryModelUnloadAsync(new() { ModelName = "stopped" });
        await RefusedAsync(StatusCode.Unavailable, "stopped", new() { ModelName = "stopped" });
        using var strange = echo.Channel("stranger");
        Assert.Equal(StatusCode.PermissionDenied, (await Assert.ThrowsAsync<RpcException>(async () => await new GrpcClient(strange).RepositoryModelLoadAsync(new() { ModelName = "stopped" }))).StatusCode);
        Assert.Equal([("echo", "READY"), ("stopped", "UNAVAILABLE")], (await client.RepositoryIndexAsync(new())).Models.Select(m => (m.Name, m.State)));
        Assert.Empty((await new GrpcClient(strange).RepositoryIndexAsync(new())).Models);
        await client.RepositoryModelLoadAsync(new() { ModelName = "stopped" });
        Assert.Equal(["echo", "stopped"], (await client.RepositoryIndexAsync(new() { Ready = true })).Models.Select(m => m.Name));
        Assert.Equal(StatusCode.InvalidArgument, (await Assert.ThrowsAsync<RpcException>(async () => await client.RepositoryModelLoadAsync(new() { ModelName = "echo", Parameters = { ["file:1/model"] = new() } }))).StatusCode);
    }

    [Fact]
    public async Task A_wrong_token_is_refused_as_grpc_refuses()
    {
        await using var echo = await EchoHost.StartAsync();
        using var channel = echo.Channel(null);
        var e = await Assert.ThrowsAsync<RpcException>(async () => await new GrpcClient(channel).ServerMetadataAsync(new(), new Metadata { { "authorization", "Bearer dwl_nonsense" } }));
        Assert.Equal(StatusCode.Unauthenticated, e.StatusCode);
    }

    [Fact]
    public async Task A_stream_answers_each_request_and_goes_on_after_one_that_failed()
    {
        await using var echo = await EchoHost.StartAsync();
        using var channel = echo.Channel();
        using var call = new GrpcClient(channel).ModelStreamInfer();
        for (var i = 0; i < 50; i++)
            await call.RequestStream.WriteAsync(new() { ModelName = i % 10 == 7 ? "nothing" : "echo", Id = $"{i}", Parameters = { ["triton_enable_empty_final_response"] = new() { BoolParam = true } }, Inputs = { new Input { Name = "INT64", Datatype = "INT64", Shape = { 1 }, Contents = new() { Int64Contents = { i } } } } });
        await call.RequestStream.CompleteAsync();
        for (var i = 0; i < 50; i++)
        {
            Assert.True(await call.ResponseStream.MoveNext(CancellationToken.None));
            var answer = call.ResponseStream.Current;
            Assert.Equal($"{i}", answer.InferResponse.Id);
            Assert.True(answer.InferResponse.Parameters["triton_final_response"].BoolParam);
            if (i % 10 == 7) Assert.Contains("nothing", answer.ErrorMessage);
            else Assert.Equal(("", (long)i), (answer.ErrorMessage, answer.InferResponse.Outputs[0].Contents.Int64Contents[0]));
        }
        Assert.False(await call.ResponseStream.MoveNext(CancellationToken.None));
    }

    [Theory, InlineData(true), InlineData(false)]
    public async Task Deadlines_and_cancellation_reach_the_model(bool byDeadline)
    {
        await using var echo = await EchoHost.StartAsync();
        await echo.CreateAsync("slow", "slow");
        using var channel = echo.Channel();
        using var cancel = new CancellationTokenSource();
        for (var seconds = 1; byDeadline; seconds *= 2)
        {
            var late = await Assert.ThrowsAsync<RpcException>(async () => await new GrpcClient(channel).ModelInferAsync(Slow(), deadline: TimeProvider.System.GetUtcNow().UtcDateTime.AddSeconds(seconds)));
            Assert.Equal(StatusCode.DeadlineExceeded, late.StatusCode);
            // On a busy machine a deadline may pass before the call comes to the model; a longer one then.
            if (!echo.Runtime.Called.Task.IsCompleted && seconds < 60) continue;
            await echo.Runtime.Cancelled.Task.WaitAsync(TimeSpan.FromSeconds(30));
            return;
        }
        var call = new GrpcClient(channel).ModelInferAsync(Slow(), cancellationToken: cancel.Token);
        await echo.Runtime.Called.Task.WaitAsync(TimeSpan.FromSeconds(60));
        await cancel.CancelAsync();
        Assert.Equal(StatusCode.Cancelled, (await Assert.ThrowsAsync<RpcException>(async () => await call)).StatusCode);
        await echo.Runtime.Cancelled.Task.WaitAsync(TimeSpan.FromSeconds(30));
    }

    private static ModelInferRequest Slow() => new() { ModelName = "slow", Inputs = { new Input { Name = "INT64", Datatype = "INT64", Shape = { 1 }, Contents = new() { Int64Contents = { 1 } } } } };

    [Theory, InlineData("gzip"), InlineData("deflate")]
    public async Task Unpacks_messages_up_to_the_limit_and_packs_the_answer(string encoding)
    {
        await using var echo = await EchoHost.StartAsync(new Dictionary<string, string?> { ["Dowel:MaxBodyBytes"] = "1000000" });
        using var channel = echo.Channel(configure: o => o.CompressionProviders = [new OpenInference.Grpc.BoundedCompression(encoding, long.MaxValue)]);
        var headers = new Metadata { { "grpc-internal-encoding-request", encoding } };
        ModelInferRequest Of(int rows) => new() { ModelName = "echo", Inputs = { new Input { Name = "FP64", Datatype = "FP64", Shape = { rows } } }, RawInputContents = { ByteString.CopyFrom(new byte[8 * rows]) } };
        Assert.Equal(8 * 5000, (await new GrpcClient(channel).ModelInferAsync(Of(5000), headers)).RawOutputContents[0].Length);
        var e = await Assert.ThrowsAsync<RpcException>(async () => await new GrpcClient(channel).ModelInferAsync(Of(10_000_000), headers));
        Assert.Equal(StatusCode.ResourceExhausted, e.StatusCode);
        using var plain = echo.Channel();
        e = await Assert.ThrowsAsync<RpcException>(async () => await new GrpcClient(plain).ModelInferAsync(Of(200_000)));
        Assert.Equal(StatusCode.ResourceExhausted, e.StatusCode);
    }

    [Fact]
    public async Task Whatever_the_bytes_the_server_answers_or_refuses_and_never_fails()
    {
        await using var echo = await EchoHost.StartAsync();
        using var http = new HttpClient { BaseAddress = echo.GrpcAddress };
        var good = new ModelInferRequest { ModelName = "echo", Inputs = { new Input { Name = "INT64", Datatype = "INT64", Shape = { 1 } } }, RawInputContents = { ByteString.CopyFrom(new byte[8]) } }.ToByteArray();
        var bytes = Gen.Byte.Array[0, 200];
        var broken = Gen.Select(Gen.Int[0, good.Length - 1], Gen.Byte, (at, b) => { var copy = good.ToArray(); copy[at] = b; return copy; });
        var messages = Gen.Select(Gen.OneOf(bytes, broken), Gen.Bool, Gen.Int[0, 9]);
        foreach (var method in new[] { "ModelInfer", "ModelStreamInfer", "ModelMetadata", "RepositoryModelLoad" })
            foreach (var (message, framed, flag) in Enumerable.Range(0, 150).Select(_ => messages.Single()))
            {
                byte[] frame = [(byte)(flag == 0 ? 1 : 0), 0, 0, 0, (byte)message.Length];
                using var request = new HttpRequestMessage(HttpMethod.Post, $"/inference.GRPCInferenceService/{method}") { Version = new(2, 0), VersionPolicy = HttpVersionPolicy.RequestVersionExact, Content = new ByteArrayContent(framed ? [.. frame, .. message] : message) };
                request.Content.Headers.ContentType = new("application/grpc");
                request.Headers.Authorization = new("Bearer", echo.Host.TokenOf("alice"));
                if (flag < 2) request.Headers.Add("grpc-encoding", "gzip");
                using var response = await http.SendAsync(request).WaitAsync(TimeSpan.FromSeconds(30));
                await response.Content.ReadAsByteArrayAsync();
                var status = response.TrailingHeaders.Concat(response.Headers).First(h => h.Key == "grpc-status").Value.Single();
                Assert.True(status is not ("2" or "13"), $"{method}: {status} at {framed} {flag} {Convert.ToBase64String(message)}");
            }
        Assert.DoesNotContain(echo.Log.Records, r => r.Status >= 500);
    }
}
