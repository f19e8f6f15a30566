using Dowel.Contracts;
using Dowel.Kernel.Access;
using Dowel.Kernel.Audit;
using Dowel.Kernel.Ports;
using Dowel.Kernel.Relational;
using Dowel.Kernel.Resources;
using Dowel.Kernel.Results;
using Dowel.Kernel.Tensors;
using Dowel.Serving.Deployments;
using Dowel.Serving.Endpoints;
using Dowel.Serving.Graphs;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Dowel.Serving.Gateway;

/// <inheritdoc cref="IGateway"/>
internal sealed partial class InferenceGateway(EndpointTable table, EndpointSupervisor supervisor, IResourceService resources, IProjectAccess projects, IAuditTrail audit, IPredictionSink sink, ServingMetrics metrics,
    IOptions<ServingOptions> options, TimeProvider time, ILogger<InferenceGateway> logger) : IGateway
{
    private const int MostAttempts = 3;
    private const int DeepestGraph = 5;
    private const int MostSteps = 1000;
    private readonly int _maxRows = options.Value.MaxRows;

    public ValueTask<Result<IEndpointHandle>> OpenAsync(Actor actor, string endpoint, string? version, Permission permission, CancellationToken cancellationToken)
    {
        if (table.Find(endpoint) is not { } live) return ValueTask.FromResult<Result<IEndpointHandle>>(Failure.NotFound("endpoint", endpoint));
        var checking = resources.CachedPermissionAsync(actor, live.Id, cancellationToken);
        // Most requests need to wait for nothing.
        if (checking.IsCompletedSuccessfully && live.Ingress is null && (permission < Permission.Use || !live.Deployments.Any(d => d.State == DeploymentState.Idle)))
            return ValueTask.FromResult(Open(actor, live, version, checking.Result, permission));
        return AwaitedAsync();

        async ValueTask<Result<IEndpointHandle>> AwaitedAsync()
        {
            var opened = Open(actor, live, version, await checking, permission);
            if (permission < Permission.Use || !opened.TryGet(out var handle, out _)) return opened;
            if (!await AdmitsAsync(live, actor, cancellationToken))
            {
                audit.Denied(new AuditEntry { Actor = actor, Action = "endpoint.ingress", ResourceId = live.Id, Resource = live.Name });
                return new Failure(ErrorCodes.Forbidden, $"The endpoint's ingress policy does not let you call '{live.Name}' from {(actor.Remote.Length > 0 ? actor.Remote : "where you are")}.") { Remedy = "Ask an owner of the endpoint to admit you." };
            }
            // The protocol reads the body by the model's signature, so the model comes first.
            return (await AwakeAsync((Handle)handle, cancellationToken)).Map<IEndpointHandle>(h => h);
        }
    }

    private async ValueTask<bool> AdmitsAsync(LiveEndpoint live, Actor actor, CancellationToken cancellationToken)
        => live.Ingress is not { } ingress || await ingress.AllowsAsync(actor, (a, p) => projects.IsMemberAsync(a, p, cancellationToken));

    /// <summary>The handle itself, or, where its model was let go of, one with the model started again.</summary>
    private async ValueTask<Result<Handle>> AwakeAsync(Handle handle, CancellationToken cancellationToken)
        => handle.Active is not { State: DeploymentState.Idle } idle
            ? handle
            : (await supervisor.WakeAsync(handle.Live.Id, idle, cancellationToken)).Map(woken => handle with { Live = table.FindById(handle.Live.Id) ?? handle.Live, Active = woken });

    private Result<IEndpointHandle> Open(Actor actor, LiveEndpoint live, string? version, Permission given, Permission needed)
    {
        if (given < needed)
        {
            audit.Denied(new AuditEntry { Actor = actor, Action = $"endpoint.{(needed == Permission.Use ? "predict" : "read")}", ResourceId = live.Id, Resource = live.Name });
            return new Failure(ErrorCodes.Forbidden, $"You may not call the endpoint '{live.Name}'.");
        }
        var chosen = live.Choose(version);
        return version is not null && chosen is null ? Failure.NotFound("model version", $"{live.Name}/{version}") : new Handle(live, chosen) { Wanted = version };
    }

    public async ValueTask<Result<InferenceAnswer>> InferAsync(IEndpointHandle endpoint, InferenceRequest request, CancellationToken cancellationToken)
    {
        var handle = (Handle)endpoint;
        var record = NewRecord();
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
        => Log((Handle)endpoint, request, NewRecord(), failure);

    private async ValueTask<Result<InferenceAnswer>> RunAsync(Handle handle, InferenceRequest request, RecordBuilder record, CancellationToken cancellationToken)
    {
        if (handle.Live.Limiter is not { } limiter) return await AnswerAsync(handle, request, record, cancellationToken);
        if (!limiter.Acquire(handle.Name, request.Actor.UserId).TryGet(out var lease, out var refused)) return refused;
        using (lease) return await AnswerAsync(handle, request, record, cancellationToken);
    }

    private async ValueTask<Result<InferenceAnswer>> AnswerAsync(Handle handle, InferenceRequest request, RecordBuilder record, CancellationToken cancellationToken)
    {
        for (var attempt = 0; ; attempt++)
        {
            try
            {
                return await AttemptAsync(handle, request, record, cancellationToken);
            }
            // The request came between two deployments; the new one is there already.
            catch (RetiredException) when (attempt < MostAttempts)
            {
                if (!(await ReopenAsync(handle, cancellationToken)).TryGet(out var again, out var failure)) return failure;
                handle = again;
            }
            catch (RetiredException)
            {
                return new Failure(ErrorCodes.NotReady, $"The endpoint '{handle.Name}' is being changed.") { RetryAfterSeconds = 1 };
            }
            catch (ModelUnavailableException e)
            {
                LogModelUnavailable(handle.Name, record.Loaded?.Label ?? "", e.Message);
                if (!request.IsIdempotent || attempt > 0) return new Failure(ErrorCodes.NotReady, e.Message) { RetryAfterSeconds = 1 };
                await RestAsync(record.Loaded!, cancellationToken);
            }
            catch (ModelRefusedException e)
            {
                return new Failure(ErrorCodes.Invalid, e.Message);
            }
            catch (ModelException e)
            {
                LogModelFailed(e, handle.Name, record.Loaded?.Label ?? "");
                return new Failure(ErrorCodes.ModelFailed, e.Message);
            }
            catch (TimeoutException)
            {
                return new Failure(ErrorCodes.ModelFailed with { Status = 504 }, $"The model did not answer within {record.Loaded!.Timeout.TotalSeconds:0.###} s.");
            }
        }
    }

    // The caller was let in already.
    private async ValueTask<Result<Handle>> ReopenAsync(Handle handle, CancellationToken cancellationToken)
    {
        if (table.FindById(handle.Live.Id) is not { } live) return Failure.NotFound("endpoint", handle.Name);
        return await AwakeAsync(handle with { Live = live, Active = live.Choose(handle.Wanted) ?? live.Choose() }, cancellationToken);
    }

    private async ValueTask<Result<InferenceAnswer>> AttemptAsync(Handle handle, InferenceRequest request, RecordBuilder record, CancellationToken cancellationToken)
    {
        if (handle.Active?.Loaded is not { } loaded)
            return new Failure(ErrorCodes.NotReady, $"The endpoint '{handle.Name}' is {handle.Live.State.ToString().ToLowerInvariant()}.");
        if (handle.Active.Row.Runtime == "observed")
            return new Failure(ErrorCodes.Conflict, $"The model of '{handle.Name}' runs elsewhere and cannot be asked here; its predictions are sent to Dowel to be watched.");
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

        (record.Loaded, record.Deployment) = (loaded, handle.Active.Row.Name);
        var modelStarted = time.GetTimestamp();
        try
        {
            var output = loaded.Graph is { } graph
                ? await RunGraphAsync(graph, loaded.Timeout, handle, request, inputs, cancellationToken)
                : await loaded.PredictAsync(inputs, modelStarted, cancellationToken);
            record.Outputs = output.Tensors;
            if (output.Metrics is { Count: > 0 } measured) metrics.Record(handle.Name, measured);
            return new InferenceAnswer(PredictionId(record.Id), loaded.Artifact.Name, loaded.Version, output.Tensors, output.Tags);
        }
        finally
        {
            record.ModelTime = time.GetElapsedTime(modelStarted);
        }
    }

    private async ValueTask<ModelOutput> RunGraphAsync(GraphModel graph, TimeSpan timeout, Handle handle, InferenceRequest request, IReadOnlyList<Tensor> inputs, CancellationToken cancellationToken)
    {
        var within = new GraphCall(handle.Within?.Budget ?? new GraphModel.Budget(MostSteps), (handle.Within?.Depth ?? 0) + 1);
        var deadline = Deadline.Begin(timeout, cancellationToken);
        try
        {
            return await graph.RunAsync(inputs, (endpoint, id, tensors, ct) => StepAsync(within, request, endpoint, id, tensors, ct), within.Budget, deadline.Token);
        }
        catch (OperationCanceledException) when (deadline.HasPassed)
        {
            throw new TimeoutException();
        }
        finally
        {
            deadline.End();
        }
    }

    // The graph's callers need no permission on the endpoints in it: who deployed it had one. Their limits and ingress rules hold.
    private async ValueTask<InferenceAnswer> StepAsync(GraphCall within, InferenceRequest request, string endpoint, string id, IReadOnlyList<Tensor> inputs, CancellationToken cancellationToken)
    {
        if (within.Depth > DeepestGraph) throw new ModelException($"Graphs call each other more than {DeepestGraph} deep.");
        if (table.FindById(id) is not { } live) throw new ModelException($"The graph's endpoint '{endpoint}' does not exist any more.");
        if (!await AdmitsAsync(live, request.Actor, cancellationToken)) throw new ModelException($"The ingress policy of the graph's endpoint '{endpoint}' does not let you call it.");
        if (!(await AwakeAsync(new Handle(live, live.Choose()) { Within = within }, cancellationToken)).TryGet(out var handle, out var asleep)) throw new ModelUnavailableException($"{endpoint}: {asleep.Detail}");
        var answer = await InferAsync(handle, request with { Protocol = "graph", Inputs = inputs, StartedAt = time.GetTimestamp() }, cancellationToken);
        if (answer.TryGet(out var answered, out var failure)) return answered;
        var message = $"{endpoint}: {failure.Detail}";
        throw failure.Code.Status switch
        {
            400 or 413 or 422 => new ModelRefusedException(message),
            429 or >= 503 => new ModelUnavailableException(message),
            _ => new ModelException(message),
        };
    }

    // Another replica, or the same one once it is up again.
    private async Task RestAsync(LoadedDeployment loaded, CancellationToken cancellationToken)
    {
        for (var begun = time.GetTimestamp(); loaded.Replicas.Available == 0 && time.GetElapsedTime(begun) < loaded.Timeout;) await Task.Delay(20, cancellationToken);
    }

    private void Log(Handle handle, InferenceRequest request, RecordBuilder record, Failure? failure)
    {
        if (!request.IsLogged) return;
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
            Deployment = record.Deployment,
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

    // Every request meets it until the model is up again, and each is in the prediction log; a trace says nothing more.
    [LoggerMessage(6101, LogLevel.Debug, "Endpoint {Endpoint}: {Model} cannot answer now: {Reason}")]
    private partial void LogModelUnavailable(string endpoint, string model, string reason);

    private sealed class RecordBuilder
    {
        public Guid Id;
        public int Rows;
        public LoadedDeployment? Loaded;
        public string Deployment = "";
        public IReadOnlyList<Tensor>? Features;
        public IReadOnlyList<Tensor>? Outputs;
        public TimeSpan FeaturesTime;
        public TimeSpan ModelTime;
    }

    private RecordBuilder NewRecord() => new() { Id = Ids.Version7(time.GetUtcNow().ToUnixTimeMilliseconds()) };

    /// <summary>The graphs that a step is called by: what they may still run together, and how many they are within each other.</summary>
    private sealed record GraphCall(GraphModel.Budget Budget, int Depth);

    private sealed record Handle(LiveEndpoint Live, LiveDeployment? Active) : IEndpointHandle
    {
        /// <summary>The version that the caller asked for; null for any.</summary>
        public string? Wanted { get; init; }
        /// <summary>The graphs that call it; null for a caller's own request.</summary>
        public GraphCall? Within { get; init; }
        public string Name => Live.Name;
        public string Project => Live.Project;
        public bool IsReady => Active is not null;
        public string Version => Active?.Version ?? "";
        public string Platform => Active?.Row.Runtime ?? "";
        public ModelSignature? Signature => Active?.Signature;
    }
}
