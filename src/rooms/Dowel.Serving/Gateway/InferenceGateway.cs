using Dowel.Contracts;
using Dowel.Kernel.Access;
using Dowel.Kernel.Audit;
using Dowel.Kernel.Ports;
using Dowel.Kernel.Relational;
using Dowel.Kernel.Resources;
using Dowel.Kernel.Results;
using Dowel.Kernel.Tensors;
using Dowel.Serving.Endpoints;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Dowel.Serving.Gateway;

/// <inheritdoc cref="IGateway"/>
internal sealed partial class InferenceGateway(EndpointTable table, IResourceService resources, IAuditTrail audit, IPredictionSink sink, ServingMetrics metrics,
    IOptions<ServingOptions> options, TimeProvider time, ILogger<InferenceGateway> logger) : IGateway
{
    private readonly int _maxRows = options.Value.MaxRows;
    private readonly TimeSpan _timeout = TimeSpan.FromSeconds(options.Value.TimeoutSeconds);

    public ValueTask<Result<IEndpointHandle>> OpenAsync(Actor actor, string endpoint, string? version, Permission permission, CancellationToken cancellationToken)
    {
        if (table.Find(endpoint) is not { } live) return ValueTask.FromResult<Result<IEndpointHandle>>(Failure.NotFound("endpoint", endpoint));
        var checking = resources.CachedPermissionAsync(actor, live.Id, cancellationToken);
        return checking.IsCompletedSuccessfully ? ValueTask.FromResult(Open(actor, live, version, checking.Result, permission)) : AwaitedAsync();

        async ValueTask<Result<IEndpointHandle>> AwaitedAsync() => Open(actor, live, version, await checking, permission);
    }

    private Result<IEndpointHandle> Open(Actor actor, LiveEndpoint live, string? version, Permission given, Permission needed)
    {
        if (given < needed)
        {
            audit.Denied(new AuditEntry { Actor = actor, Action = $"endpoint.{(needed == Permission.Use ? "predict" : "read")}", ResourceId = live.Id, Resource = live.Name });
            return new Failure(ErrorCodes.Forbidden, $"You may not call the endpoint '{live.Name}'.");
        }
        var active = live.Active;
        if (version is not null && active?.Loaded!.Version != version) return Failure.NotFound("model version", $"{live.Name}/{version}");
        return Result.Ok<IEndpointHandle>(new Handle(live, active));
    }

    public async ValueTask<Result<InferenceAnswer>> InferAsync(IEndpointHandle endpoint, InferenceRequest request, CancellationToken cancellationToken)
    {
        var handle = (Handle)endpoint;
        var record = new RecordBuilder { Id = Guid.CreateVersion7() };
        try
        {
            var result = await RunAsync(handle, request, record, cancellationToken);
            Log(handle, request, record, result.Failure);
            return result;
        }
        catch (OperationCanceledException)
        {
            // 499, as proxies write it: nobody is there to read an answer, but it was asked.
            Log(handle, request, record, new Failure(ErrorCodes.ModelFailed with { Status = 499 }, "The caller gave up before the answer."));
            throw;
        }
    }

    public void LogRefused(IEndpointHandle endpoint, InferenceRequest request, Failure failure)
        => Log((Handle)endpoint, request, new RecordBuilder { Id = Guid.CreateVersion7() }, failure);

    private async ValueTask<Result<InferenceAnswer>> RunAsync(Handle handle, InferenceRequest request, RecordBuilder record, CancellationToken cancellationToken)
    {
        if (handle.Active?.Loaded is not { } loaded)
            return new Failure(ErrorCodes.NotReady, $"The endpoint '{handle.Name}' is {handle.Live.State.ToString().ToLowerInvariant()}.");
        if (loaded.Inputs.Check(request.Inputs, _maxRows) is { } wrong) return wrong;
        record.Rows = request.Inputs[0].Rows;

        if (loaded.Inputs.Features is { } plan)
        {
            var joinStarted = time.GetTimestamp();
            var policy = handle.Live.Row.OnMissing == "defaults" ? MissingFeaturesPolicy.Defaults : MissingFeaturesPolicy.Error;
            var joined = await plan.ReadAsync(loaded.Inputs.Keys(request.Inputs), policy, cancellationToken);
            record.FeaturesTime = time.GetElapsedTime(joinStarted);
            if (!joined.TryGet(out var features, out var missing)) return missing;
            record.Features = features;
        }
        if (!loaded.Inputs.Fill(request.Inputs, record.Features).TryGet(out var inputs, out var unfit)) return unfit;

        record.Loaded = loaded;
        var replica = loaded.Take();
        var modelStarted = time.GetTimestamp();
        try
        {
            var predicting = replica.Model.PredictAsync(inputs, cancellationToken);
            var outputs = predicting.IsCompleted ? await predicting : await predicting.AsTask().WaitAsync(_timeout, time, cancellationToken);
            record.Outputs = outputs;
            return new InferenceAnswer(PredictionId(record.Id), loaded.Artifact.Name, loaded.Version, outputs);
        }
        catch (ModelException e)
        {
            LogModelFailed(e, handle.Name, loaded.Label);
            return new Failure(ErrorCodes.ModelFailed, e.Message);
        }
        catch (TimeoutException)
        {
            return new Failure(ErrorCodes.ModelFailed with { Status = 504 }, $"The model did not answer within {_timeout.TotalSeconds:0} s.");
        }
        finally
        {
            replica.Release();
            record.ModelTime = time.GetElapsedTime(modelStarted);
        }
    }

    private void Log(Handle handle, InferenceRequest request, RecordBuilder record, Failure? failure)
    {
        var elapsed = time.GetElapsedTime(request.StartedAt);
        var status = failure?.Code.Status ?? 200;
        sink.Append(new PredictionRecord
        {
            Id = record.Id,
            AtMicros = time.NowMicros(),
            EndpointId = handle.Live.Id,
            Endpoint = handle.Name,
            CallerId = request.Actor.UserId,
            Caller = request.Actor.UserName,
            Model = record.Loaded?.Label ?? "",
            Deployment = record.Loaded is null ? "" : handle.Active?.Row.Name ?? "",
            Protocol = request.Protocol,
            Status = status,
            Error = failure?.Detail,
            Rows = record.Rows,
            LatencyMicros = Micros(elapsed),
            FeaturesMicros = Micros(record.FeaturesTime),
            ModelMicros = Micros(record.ModelTime),
            Inputs = request.Inputs.Count > 0 ? request.Inputs : null,
            Features = record.Features,
            Outputs = record.Outputs,
        });
        metrics.Record(handle.Name, status, elapsed);
    }

    private static string PredictionId(Guid id) => $"pred_{id:n}";

    private static int Micros(TimeSpan time) => (int)Math.Min(int.MaxValue, time.Ticks / TimeSpan.TicksPerMicrosecond);

    [LoggerMessage(6100, LogLevel.Warning, "Endpoint {Endpoint}: {Model} could not answer")]
    private partial void LogModelFailed(Exception e, string endpoint, string model);

    private sealed class RecordBuilder
    {
        public Guid Id;
        public int Rows;
        public LoadedDeployment? Loaded;
        public IReadOnlyList<Tensor>? Features;
        public IReadOnlyList<Tensor>? Outputs;
        public TimeSpan FeaturesTime;
        public TimeSpan ModelTime;
    }

    private sealed class Handle(LiveEndpoint live, LiveDeployment? active) : IEndpointHandle
    {
        public LiveEndpoint Live { get; } = live;
        public LiveDeployment? Active { get; } = active;
        public string Name => Live.Name;
        public string Project => Live.Project;
        public bool IsReady => Active is not null;
        public string Version => Active?.Loaded?.Version ?? "";
        public string Platform => Active?.Row.Runtime ?? "";
        public ModelSignature? Signature => Active?.Loaded?.Inputs.CallerSignature;
    }
}
