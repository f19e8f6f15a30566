using Dowel.Contracts;
using Dowel.Kernel.Access;
using Dowel.Kernel.Results;
using Dowel.Protocols.Inference.OpenInference.Grpc.Wire;
using Dowel.Protocols.Inference.OpenInference.Rest;
using Dowel.Serving.Gateway;
using Google.Protobuf;
using Grpc.Core;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Logging;

namespace Dowel.Protocols.Inference.OpenInference.Grpc;

/// <summary>The Open Inference Protocol v2 over gRPC: parse, call the gateway, encode.</summary>
internal sealed partial class OpenInferenceGrpcService(IGateway gateway, IModelRepository repository, HealthCheckService health, ILogger<OpenInferenceGrpcService> logger) : GRPCInferenceService.GRPCInferenceServiceBase
{
    private const string Protocol = "oip-grpc";

    public override Task<ServerLiveResponse> ServerLive(ServerLiveRequest request, ServerCallContext context)
        => RunAsync(context, () => Task.FromResult(new ServerLiveResponse { Live = true }));

    public override Task<ServerReadyResponse> ServerReady(ServerReadyRequest request, ServerCallContext context)
        => RunAsync(context, async () => new ServerReadyResponse { Ready = await OipServer.IsReadyAsync(health, context.CancellationToken) });

    public override Task<ServerMetadataResponse> ServerMetadata(ServerMetadataRequest request, ServerCallContext context)
        => RunAsync(context, () => Task.FromResult(new ServerMetadataResponse { Name = OipServer.Name, Version = OipServer.Version, Extensions = { OipServer.Extensions } }));

    public override Task<ModelReadyResponse> ModelReady(ModelReadyRequest request, ServerCallContext context)
        => RunAsync(context, async () => new ModelReadyResponse { Ready = (await OpenAsync(context, request.Name, request.Version, Permission.Read)).Value.IsReady });

    public override Task<ModelMetadataResponse> ModelMetadata(ModelMetadataRequest request, ServerCallContext context) => RunAsync(context, async () =>
    {
        var endpoint = (await OpenAsync(context, request.Name, request.Version, Permission.Read)).Value;
        var metadata = new ModelMetadataResponse { Name = endpoint.Name, Platform = endpoint.Platform };
        if (endpoint.Version.Length > 0) metadata.Versions.Add(endpoint.Version);
        static ModelMetadataResponse.Types.TensorMetadata Describe(TensorSpec t) => new() { Name = t.Name, Datatype = t.Datatype, Shape = { t.Shape.Select(s => (long)s) } };
        metadata.Inputs.AddRange(endpoint.Signature?.Inputs.Select(Describe) ?? []);
        metadata.Outputs.AddRange(endpoint.Signature?.Outputs.Select(Describe) ?? []);
        return metadata;
    });

    public override Task<ModelInferResponse> ModelInfer(ModelInferRequest request, ServerCallContext context)
        => RunAsync(context, async () => (await InferAsync(request, context)).Value);

    public override Task ModelStreamInfer(IAsyncStreamReader<ModelInferRequest> requestStream, IServerStreamWriter<ModelStreamInferResponse> responseStream, ServerCallContext context) => RunAsync(context, async () =>
    {
        // One after the other, so that answers keep their order and a caller who does not read them cannot pile them up here.
        while (await NextAsync(requestStream, context.CancellationToken))
        {
            var request = requestStream.Current;
            var answered = await InferAsync(request, context);
            // The two servers gave the call two forms. MLServer's is the bare answer; its clients have no place for an error but the end of the stream.
            if (GrpcParameters.IsOfMLServer(request))
            {
                await responseStream.WriteAsync(Bare(answered.Value), context.CancellationToken);
                continue;
            }
            var response = answered.TryGet(out var answer, out var failure)
                ? new ModelStreamInferResponse { InferResponse = answer }
                : new ModelStreamInferResponse { ErrorMessage = failure.Detail, InferResponse = new() { Id = request.Id, ModelName = request.ModelName } };
            // Every answer here is its request's last one; clients that wait for that word asked for it.
            if (request.Parameters.TryGetValue("triton_enable_empty_final_response", out var wanted) && wanted.BoolParam)
                response.InferResponse.Parameters["triton_final_response"] = new InferParameter { BoolParam = true };
            await responseStream.WriteAsync(response, context.CancellationToken);
        }
        return true;
    });

    public override Task<RepositoryIndexResponse> RepositoryIndex(RepositoryIndexRequest request, ServerCallContext context) => RunAsync(context, async () =>
    {
        var models = await repository.ListAsync(ActorOf(context), context.CancellationToken);
        var index = new RepositoryIndexResponse();
        index.Models.AddRange(models.Where(m => !request.Ready || m.State is DeploymentState.Ready or DeploymentState.Idle)
            .Select(m => new RepositoryIndexResponse.Types.ModelIndex { Name = m.Name, Version = m.Version, State = OipServer.StateOf(m.State), Reason = m.Reason }));
        return index;
    });

    public override Task<RepositoryModelLoadResponse> RepositoryModelLoad(RepositoryModelLoadRequest request, ServerCallContext context) => RunAsync(context, async () =>
    {
        if (request.Parameters.Keys.FirstOrDefault(OipRepositoryEndpoints.OverridesModel) is { } parameter) throw new FailureException(OipRepositoryEndpoints.NoOverride(parameter));
        _ = (await repository.LoadAsync(ActorOf(context), request.ModelName, context.CancellationToken)).Value;
        return new RepositoryModelLoadResponse();
    });

    public override Task<RepositoryModelUnloadResponse> RepositoryModelUnload(RepositoryModelUnloadRequest request, ServerCallContext context) => RunAsync(context, async () =>
    {
        _ = (await repository.UnloadAsync(ActorOf(context), request.ModelName, context.CancellationToken)).Value;
        return new RepositoryModelUnloadResponse();
    });

    /// <summary>An answer in the place of Triton's message around it: what that does not know of it goes out as it is. Its version has the number of Triton's answer, so it is left away.</summary>
    private static ModelStreamInferResponse Bare(ModelInferResponse answer)
    {
        answer.ModelVersion = "";
        return ModelStreamInferResponse.Parser.ParseFrom(answer.ToByteString());
    }

    private static async Task<bool> NextAsync(IAsyncStreamReader<ModelInferRequest> requests, CancellationToken cancellationToken)
    {
        try
        {
            return await requests.MoveNext(cancellationToken);
        }
        // Bytes that are no message; which exception says so depends on where they stop being one.
        catch (Exception e) when (e is RpcException { StatusCode: StatusCode.Internal } or not (RpcException or OperationCanceledException))
        {
            throw new RpcException(new Status(StatusCode.InvalidArgument, "A message of the stream could not be read."));
        }
    }

    private async ValueTask<Result<ModelInferResponse>> InferAsync(ModelInferRequest message, ServerCallContext context)
    {
        var startedAt = TimeProvider.System.GetTimestamp();
        var opened = await OpenAsync(context, message.ModelName, message.ModelVersion, Permission.Use);
        if (!opened.TryGet(out var endpoint, out var failure)) return failure;
        var request = new InferenceRequest(ActorOf(context), Protocol, [], startedAt, context.RequestHeaders.Get("idempotency-key") is not null);
        try
        {
            request = request with { Inputs = GrpcTensors.Read(message) };
            if (endpoint.Platform is "docker" or "remote") GrpcParameters.Keep(message, request.Inputs);
            request = request with { Inputs = OipNames.Settle(request.Inputs, endpoint.Signature) };
        }
        catch (FailureException e)
        {
            gateway.LogRefused(endpoint, request, e.Failure);
            return e.Failure;
        }
        var answered = await gateway.InferAsync(endpoint, request, context.CancellationToken);
        if (!answered.TryGet(out var answer, out failure)) return failure;
        if (!GrpcTensors.Select(answer.Outputs, message.Outputs).TryGet(out var outputs, out failure)) return failure;
        var response = new ModelInferResponse { ModelName = endpoint.Name, ModelVersion = answer.Version, Id = message.Id.Length > 0 ? message.Id : answer.PredictionId };
        response.Parameters["prediction_id"] = new InferParameter { StringParam = answer.PredictionId };
        foreach (var (name, value) in answer.Tags ?? new Dictionary<string, string>())
            if (name != "prediction_id") response.Parameters[name] = new InferParameter { StringParam = value };
        GrpcTensors.Write(response, outputs, message.RawInputContents.Count > 0);
        return response;
    }

    private ValueTask<Result<IEndpointHandle>> OpenAsync(ServerCallContext context, string endpoint, string version, Permission permission)
        => gateway.OpenAsync(ActorOf(context), endpoint, version.Length > 0 ? version : null, permission, context.CancellationToken);

    private static Actor ActorOf(ServerCallContext context) => context.GetHttpContext().Actor();

    private async Task<T> RunAsync<T>(ServerCallContext context, Func<Task<T>> run)
    {
        GrpcMessages.MarkRead(context.GetHttpContext());
        // Answers are packed for callers who pack.
        if (!context.RequestHeaders.Any(h => h is { Key: "grpc-encoding", Value: not "identity" })) context.WriteOptions = new WriteOptions(WriteFlags.NoCompress);
        try
        {
            return await run();
        }
        catch (FailureException e)
        {
            throw new RpcException(GrpcErrors.Of(e.Failure));
        }
        catch (OperationCanceledException) when (context.CancellationToken.IsCancellationRequested)
        {
            throw new RpcException(TimeProvider.System.GetUtcNow().UtcDateTime >= context.Deadline ? new Status(StatusCode.DeadlineExceeded, "The deadline of the call has passed.") : new Status(StatusCode.Cancelled, "The call was cancelled."));
        }
        catch (Exception e) when (e is not RpcException && !context.CancellationToken.IsCancellationRequested)
        {
            LogFault(e, context.Method);
            throw new RpcException(GrpcErrors.Of(new Failure(ErrorCodes.Fault, "Something went wrong in the server; it was logged.")));
        }
    }

    [LoggerMessage(6200, LogLevel.Error, "{Method} failed")]
    private partial void LogFault(Exception e, string method);
}
