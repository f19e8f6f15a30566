using System.Globalization;
using Dowel.Contracts;
using Dowel.Kernel.Ports;
using Dowel.Kernel.Tensors;
using Dowel.Serving.Endpoints;
using Dowel.Serving.Graphs;
using Dowel.Serving.Models;

namespace Dowel.Serving.Deployments;

/// <summary>What answers for a deployment: its replicas, how its inputs are filled, and what stands before the replicas.</summary>
internal sealed class LoadedDeployment : IAsyncDisposable
{
    private readonly Batcher? _batcher;
    private readonly Breaker? _breaker;
    private long _lastUsed;
    private int _scaling;

    public LoadedDeployment(ModelArtifact artifact, InputPlan inputs, ReplicaSet replicas, DeploymentSettings settings, bool isShared, TimeSpan timeout, TimeProvider time)
    {
        Timeout = timeout;
        Graph = replicas.First as GraphModel;
        (Artifact, Inputs, Replicas, Settings, IsShared) = (artifact, inputs, replicas, settings, isShared);
        Version = artifact.Version == 0 ? "" : artifact.Version.ToString(CultureInfo.InvariantCulture);
        Label = Version.Length > 0 ? $"{artifact.Name}/{Version}" : artifact.Name;
        _lastUsed = time.GetTimestamp();
        Meter = settings.Scaling is null ? null : new LoadMeter(time);
        // In process a model fails by its input alone, which says nothing of the next one.
        _breaker = isShared ? null : Breaker.Create(settings.Breaker ?? new BreakerSettings(), time);
        _batcher = settings.Batching is { } batching ? new Batcher(batching, RunAsync, () => isShared ? Environment.ProcessorCount : Math.Max(1, replicas.Count), timeout, time) : null;
    }

    public ModelArtifact Artifact { get; }
    public InputPlan Inputs { get; }
    public ReplicaSet Replicas { get; }
    public DeploymentSettings Settings { get; }
    /// <summary>How long a request may take.</summary>
    public TimeSpan Timeout { get; }
    /// <summary>The graph that it is; null for others.</summary>
    public GraphModel? Graph { get; }
    /// <summary>Whether its one loaded model serves all replicas.</summary>
    public bool IsShared { get; }
    /// <summary>"name/version", as the log shows it.</summary>
    public string Label { get; }
    public string Version { get; }
    /// <summary>Its load; measured for those that scale by it.</summary>
    public LoadMeter? Meter { get; }
    /// <summary>When it was asked last, by <see cref="TimeProvider.GetTimestamp"/>.</summary>
    public long LastUsed => Volatile.Read(ref _lastUsed);

    /// <summary>Answers by the replica with the fewest requests under way, in a batch where that is wished.</summary>
    /// <exception cref="RetiredException">It was replaced; ask the endpoint again.</exception>
    /// <exception cref="ModelException">As of <see cref="ILoadedModel.PredictAsync"/>.</exception>
    /// <exception cref="TimeoutException">The model took longer than it may.</exception>
    public ValueTask<ModelOutput> PredictAsync(IReadOnlyList<Tensor> inputs, long now, CancellationToken cancellationToken)
    {
        Volatile.Write(ref _lastUsed, now);
        if (Meter is null) return AskAsync(inputs, cancellationToken);
        return MeasuredAsync(inputs, Meter, cancellationToken);
    }

    /// <summary>Hands a request on as it is to the replica with the fewest requests under way.</summary>
    /// <param name="now">When, by <see cref="TimeProvider.GetTimestamp"/>.</param>
    /// <param name="forward">Hands it on, keeping to the given time; tells the status of an answer that has begun, and gives the one that the caller got.</param>
    /// <exception cref="RetiredException">It was replaced; ask the endpoint again.</exception>
    /// <exception cref="ModelUnavailableException">None can answer.</exception>
    /// <exception cref="ModelRefusedException">There is no server to hand anything on to.</exception>
    public async Task<int> HandOnAsync(long now, Func<IForwardingModel, TimeSpan, Action<int>, Task<int>> forward)
    {
        Volatile.Write(ref _lastUsed, now);
        var begun = Meter?.Begin() ?? 0;
        try
        {
            if (_breaker is null) return await HandOnAsync(forward, static _ => { });
            // An answer that lasts, such as a websocket, says at its beginning how the server is.
            var began = new TaskCompletionSource<int>(TaskCreationOptions.RunContinuationsAsynchronously);
            Task<int>? whole = null;
            await _breaker.RunAsync(async (f, _) => await await Task.WhenAny(began.Task, whole = HandOnAsync(f, status => began.TrySetResult(status))), forward, CancellationToken.None);
            return await whole!;
        }
        finally
        {
            Meter?.End(begun);
        }
    }

    private async Task<int> HandOnAsync(Func<IForwardingModel, TimeSpan, Action<int>, Task<int>> forward, Action<int> began)
    {
        var replica = Replicas.Take();
        try
        {
            return replica.Model is IForwardingModel model
                ? await forward(model, Timeout, began)
                : throw new ModelRefusedException("The endpoint runs no model server of its own, so there is nothing to hand the request on to. Call it over one of the inference protocols.");
        }
        finally
        {
            replica.Release();
        }
    }

    /// <summary>False while replicas are still being started or let go of.</summary>
    public bool TryBeginScaling() => Interlocked.Exchange(ref _scaling, 1) == 0;

    public void EndScaling() => Volatile.Write(ref _scaling, 0);

    private async ValueTask<ModelOutput> MeasuredAsync(IReadOnlyList<Tensor> inputs, LoadMeter meter, CancellationToken cancellationToken)
    {
        var begun = meter.Begin();
        try
        {
            return await AskAsync(inputs, cancellationToken);
        }
        finally
        {
            meter.End(begun);
        }
    }

    private ValueTask<ModelOutput> AskAsync(IReadOnlyList<Tensor> inputs, CancellationToken cancellationToken)
        => _batcher is null ? RunAsync(inputs, cancellationToken) : _batcher.RunAsync(inputs, cancellationToken);

    private ValueTask<ModelOutput> RunAsync(IReadOnlyList<Tensor> inputs, CancellationToken cancellationToken)
        => _breaker is null ? OnReplicaAsync(inputs, cancellationToken) : _breaker.RunAsync(OnReplicaAsync, inputs, cancellationToken);

    private ValueTask<ModelOutput> OnReplicaAsync(IReadOnlyList<Tensor> inputs, CancellationToken cancellationToken)
    {
        var replica = Replicas.Take();
        var deadline = Deadline.Begin(Timeout, cancellationToken);
        // Taken first: once the model has ended, the deadline may serve another request.
        var token = deadline.Token;
        var running = RunAsync(replica, deadline, inputs);
        return running.IsCompleted ? running : GiveUpAsync(running.AsTask(), token, cancellationToken);
    }

    // The replica counts as busy until its model has really ended, also when nobody waits any more.
    private static async ValueTask<ModelOutput> RunAsync(Replica replica, Deadline deadline, IReadOnlyList<Tensor> inputs)
    {
        try
        {
            return await replica.Model.PredictAsync(inputs, deadline.Token);
        }
        catch (OperationCanceledException) when (deadline.HasPassed)
        {
            throw new TimeoutException();
        }
        finally
        {
            replica.Release();
            deadline.End();
        }
    }

    private static async ValueTask<ModelOutput> GiveUpAsync(Task<ModelOutput> running, CancellationToken deadline, CancellationToken cancellationToken)
    {
        try
        {
            return await running.WaitAsync(deadline);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested && deadline.IsCancellationRequested)
        {
            throw new TimeoutException();
        }
    }

    /// <summary>Takes no more requests, waits for those under way, then lets go of the models.</summary>
    public ValueTask DisposeAsync() => Replicas.DisposeAsync();
}

/// <summary>A deployment was replaced while a request was on its way to it.</summary>
internal sealed class RetiredException() : Exception("The deployment was replaced.");
