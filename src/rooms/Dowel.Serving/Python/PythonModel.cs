using Dowel.Contracts;
using Dowel.Kernel.Ports;
using Dowel.Kernel.Tensors;
using Microsoft.Extensions.Logging;

namespace Dowel.Serving.Python;

/// <summary>A model in a worker that is started again when it dies.</summary>
internal sealed class PythonModel : ILoadedModel
{
    private static readonly TimeSpan FirstPause = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan Healthy = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan StuckGrace = TimeSpan.FromSeconds(5);

    private readonly WorkerPlan _plan;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _watch;
    private volatile WorkerProcess? _worker;

    private PythonModel(WorkerPlan plan, WorkerProcess worker, TimeProvider time, ILogger logger)
    {
        (_plan, _worker, _time, _logger) = (plan, worker, time, logger);
        Signature = worker.Signature;
        _watch = WatchAsync(worker);
    }

    public ModelSignature Signature { get; }

    public bool IsAvailable => _worker is not null;

    /// <summary>The worker's process id; null while there is none.</summary>
    public int? ProcessId => _worker?.Id;

    public static async Task<PythonModel> StartAsync(WorkerPlan plan, TimeProvider time, ILogger logger, CancellationToken cancellationToken)
        => new(plan, await WorkerProcess.StartAsync(plan, time, cancellationToken), time, logger);

    public async ValueTask<ModelOutput> PredictAsync(IReadOnlyList<Tensor> inputs, CancellationToken cancellationToken)
    {
        ObjectDisposedException.ThrowIf(_stop.IsCancellationRequested, this);
        if (_worker is not { } worker) throw new ModelUnavailableException("The model's worker ended and is being started again; the deployment's log says why.");
        var output = await worker.PredictAsync(inputs, cancellationToken);
        var rows = inputs.Count == 0 ? 1 : inputs[0].Rows;
        foreach (var tensor in output.Tensors)
            if (tensor.Rows != rows) throw new ModelException($"The output '{tensor.Name}' has {tensor.Rows} rows for {rows} rows of input.");
        return output;
    }

    /// <summary>Starts the worker again whenever it ends: at once it would burn the machine on a model that always dies, so with pauses that double.</summary>
    private async Task WatchAsync(WorkerProcess first)
    {
        var pause = FirstPause;
        for (var worker = first; ;)
        {
            var began = _time.GetTimestamp();
            string why;
            await using (_time.CreateTimer(_ => EndStuck(worker), null, FirstPause, FirstPause))
            {
                why = await worker.EndedAsync();
            }
            _worker = null;
            await worker.DisposeAsync();
            if (_stop.IsCancellationRequested) return;
            _logger.WorkerEnded(_plan.Host.Name, why);
            _plan.Host.Log.Write($"The worker ended ({why}).");
            if (_time.GetElapsedTime(began) >= Healthy) pause = FirstPause;
            try
            {
                worker = await RestartAsync();
            }
            catch (OperationCanceledException)
            {
                return;
            }
            _worker = worker;
            // Whoever let go of the model meanwhile saw no worker.
            if (_stop.IsCancellationRequested) worker.HangUp();
        }

        async Task<WorkerProcess> RestartAsync()
        {
            while (true)
            {
                _plan.Host.Log.Write($"It starts again in {pause.TotalSeconds:0} s.");
                await Task.Delay(pause, _time, _stop.Token);
                pause = pause * 2 < LongestPause ? pause * 2 : LongestPause;
                try
                {
                    return await WorkerProcess.StartAsync(_plan, _time, _stop.Token);
                }
                catch (Exception e) when (e is not OperationCanceledException)
                {
                    _plan.Host.Log.Write($"The worker could not be started: {e.Message}");
                }
            }
        }
    }

    private void EndStuck(WorkerProcess worker)
    {
        if (worker.IsStuck(StuckGrace)) worker.Kill("it hung in a request that was given up");
    }

    public async ValueTask DisposeAsync()
    {
        if (_stop.IsCancellationRequested) return;
        await _stop.CancelAsync();
        if (_worker is { } worker) worker.HangUp();
        await _watch;
    }
}
