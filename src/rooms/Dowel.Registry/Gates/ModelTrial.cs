using Dowel.Contracts;
using Dowel.Kernel.Access;
using Dowel.Kernel.Ports;
using Dowel.Kernel.Tensors;
using Dowel.Registry.Versions;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Dowel.Registry.Gates;

/// <summary>What came of loading and trying a model. A problem is a sentence for people; null is none.</summary>
internal sealed record TrialReport
{
    public string? LoadProblem { get; init; }
    public double LoadMs { get; init; }
    public ModelSignature? Signature { get; init; }
    public string? ExampleProblem { get; init; }
    public int ExampleRows { get; init; }
    public string? LatencyProblem { get; init; }
    public double MedianMs { get; init; }

    /// <summary>What came of each batch that was asked for, in order.</summary>
    public IReadOnlyList<BatchReport> Batches { get; init; } = [];
}

/// <summary>The outputs of one batch, or why there are none.</summary>
internal sealed record BatchReport(IReadOnlyList<Tensor>? Outputs, string? Problem);

/// <summary>
/// Loads a model and tries it on its example. The model is not trusted: each step runs on a thread of its own within one time limit for all of them, and whatever it throws becomes a problem in the report.
/// A step that hangs past the limit is left behind (code in this process cannot be stopped); its model is disposed when it ends.
/// </summary>
internal sealed partial class ModelTrial(IEnumerable<IModelRuntime> runtimes, IEnumerable<ICodePolicy> policies, TimeProvider time, IOptions<RegistryOptions> options, ILogger<ModelTrial> logger) : IDisposable
{
    public const int LatencyRuns = 20;
    private const int WarmUpRuns = 3;
    private readonly SemaphoreSlim _slots = new(options.Value.GatesAtOnce);
    private readonly TimeSpan _limit = TimeSpan.FromSeconds(options.Value.GateSeconds);

    /// <param name="actor">Who asks.</param>
    /// <param name="version">The version.</param>
    /// <param name="open">Brings its files here.</param>
    /// <param name="measureLatency">Whether to time single predictions.</param>
    /// <param name="batches">Inputs to predict besides the version's example.</param>
    /// <param name="cancellationToken">Cancels it.</param>
    public async Task<TrialReport> RunAsync(
        Actor actor, ModelVersion version, Func<CancellationToken, Task<ModelArtifact>> open, bool measureLatency, IReadOnlyList<IReadOnlyDictionary<string, object?[]>> batches, CancellationToken cancellationToken)
    {
        if (runtimes.FirstOrDefault(r => r.Flavor == version.Flavor) is not { } runtime)
            return Unloaded($"this server has no runtime for the flavor '{version.Flavor}'; it has {(runtimes.Any() ? string.Join(", ", runtimes.Select(r => $"'{r.Flavor}'").Order()) : "none")}");
        if (runtime.RunsCode && policies.Select(p => p.Check(actor)).FirstOrDefault(f => f is not null) is { } forbidden) return Unloaded(forbidden.Detail);
        if (!await _slots.WaitAsync(_limit, cancellationToken)) return Unloaded($"too many models are being tried at once; no turn came within {_limit.TotalSeconds:0} s");
        var trial = new Trial(this, time.GetTimestamp(), cancellationToken);
        try
        {
            var report = await RunAsync(trial, runtime, version, open, measureLatency);
            if (report.LoadProblem is { } problem) return report with { Batches = [.. batches.Select(_ => new BatchReport(null, $"not tried, because the model did not load: {problem}"))] };
            var wanted = version.Signature ?? report.Signature!;
            var done = new List<BatchReport>();
            foreach (var batch in batches) done.Add(await trial.PredictAsync(wanted, batch));
            return report with { Batches = done };
        }
        finally
        {
            trial.End();
            _slots.Release();
        }
    }

    private async Task<TrialReport> RunAsync(Trial trial, IModelRuntime runtime, ModelVersion version, Func<CancellationToken, Task<ModelArtifact>> open, bool measureLatency)
    {
        var begin = time.GetTimestamp();
        var (signature, problem) = await trial.StepAsync(async ct =>
        {
            var model = await runtime.LoadAsync(await open(ct), ModelHost.Trial, ct);
            trial.Loaded(model);
            return model.Signature ?? throw new ModelException("the runtime gave no signature");
        });
        if (signature is null) return Unloaded(problem!);
        var report = new TrialReport { Signature = signature, LoadMs = time.GetElapsedTime(begin).TotalMilliseconds };
        if (version.InputExample is not { } example) return report with { ExampleProblem = "the version has no input example", LatencyProblem = "the version has no input example" };

        var wanted = version.Signature ?? signature;
        var (rows, exampleProblem) = await trial.StepAsync(async ct =>
        {
            var inputs = ExampleTensors.Build(wanted, example).Value;
            var outputs = (await trial.Model.PredictAsync(inputs, ct)).Tensors;
            OutputCheck.Require(wanted, outputs, inputs[0].Rows);
            return (object)inputs[0].Rows;
        });
        report = report with { ExampleProblem = exampleProblem, ExampleRows = rows as int? ?? 0 };
        if (!measureLatency) return report;
        if (exampleProblem is not null) return report with { LatencyProblem = $"not measured, because the input example fails: {exampleProblem}" };

        var (median, latencyProblem) = await trial.StepAsync(async ct =>
        {
            // A model of a fixed batch size cannot take one row alone.
            var inputs = ExampleTensors.Build(wanted, example, wanted.Inputs.Any(i => i.Shape[0] > 0) ? null : 1).Value;
            var times = new List<double>();
            for (var i = 0; i < WarmUpRuns + LatencyRuns; i++)
            {
                ct.ThrowIfCancellationRequested();
                var from = time.GetTimestamp();
                await trial.Model.PredictAsync(inputs, ct);
                if (i >= WarmUpRuns) times.Add(time.GetElapsedTime(from).TotalMilliseconds);
            }
            times.Sort();
            return (object)((times[(LatencyRuns / 2) - 1] + times[LatencyRuns / 2]) / 2);
        });
        return report with { LatencyProblem = latencyProblem, MedianMs = median as double? ?? 0 };
    }

    private static TrialReport Unloaded(string problem) => new()
    {
        LoadProblem = problem,
        ExampleProblem = "not tried, because the model did not load",
        LatencyProblem = "not measured, because the model did not load",
    };

    /// <summary>One model's trial: its deadline, its loaded model, and the step that may still be running.</summary>
    private sealed class Trial(ModelTrial owner, long begin, CancellationToken cancellationToken)
    {
        private readonly Lock _lock = new();
        private readonly CancellationTokenSource _stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        private ILoadedModel? _model;
        private Task _step = Task.CompletedTask;

        public ILoadedModel Model => _model!;

        public void Loaded(ILoadedModel model)
        {
            lock (_lock) _model = model;
        }

        public async Task<(T? Value, string? Problem)> StepAsync<T>(Func<CancellationToken, Task<T>> step) where T : class
        {
            var left = owner._limit - owner.TimeSince(begin);
            if (left <= TimeSpan.Zero) return (null, TooLong);
            // A thread of its own: a model that blocks must not take one from the pool that answers requests.
            var task = Task.Factory.StartNew(() => step(_stop.Token), CancellationToken.None, TaskCreationOptions.LongRunning | TaskCreationOptions.DenyChildAttach, TaskScheduler.Default).Unwrap();
            _step = task;
            try
            {
                return (await task.WaitAsync(left, owner.Clock, cancellationToken), null);
            }
            catch (TimeoutException) when (!task.IsCompleted)
            {
                await _stop.CancelAsync();
                owner.LogLeftBehind(owner._limit.TotalSeconds);
                return (null, TooLong);
            }
            catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
            {
                throw;
            }
            catch (Exception e)
            {
                return (null, Text(e));
            }
        }

        public async Task<BatchReport> PredictAsync(ModelSignature wanted, IReadOnlyDictionary<string, object?[]> batch)
        {
            if (!ExampleTensors.Build(wanted, batch).TryGet(out var inputs, out var failure)) return new BatchReport(null, failure.Detail.Replace("inputExample.", "", StringComparison.Ordinal));
            var (outputs, problem) = await StepAsync(async ct =>
            {
                var found = (await Model.PredictAsync(inputs, ct)).Tensors;
                OutputCheck.Require(wanted, found, inputs[0].Rows);
                return found;
            });
            return new BatchReport(outputs, problem);
        }

        /// <summary>Disposes of the model once nothing runs in it any more; nobody waits for that.</summary>
        public void End() => _ = Task.Run(async () =>
        {
            try
            {
                await _step;
            }
            catch
            {
                // Reported already, or nobody's any more.
            }
            try
            {
                ILoadedModel? model;
                lock (_lock) model = _model;
                if (model is not null) await model.DisposeAsync();
            }
            catch (Exception e)
            {
                owner.LogNotDisposed(e);
            }
            _stop.Dispose();
        }, CancellationToken.None);

        private string TooLong => $"it did not finish within {owner._limit.TotalSeconds:0} s";

        private static string Text(Exception e)
        {
            var text = e is ModelException or Kernel.Results.FailureException ? e.Message : $"{e.GetType().Name}: {e.Message}";
            return text.Length > 500 ? text[..500] + "…" : text;
        }
    }

    public void Dispose() => _slots.Dispose();

    private TimeProvider Clock => time;

    private TimeSpan TimeSince(long begin) => time.GetElapsedTime(begin);

    [LoggerMessage(5100, LogLevel.Warning, "A model in its gate did not end within {Seconds} s; its thread is left behind")]
    private partial void LogLeftBehind(double seconds);

    [LoggerMessage(5101, LogLevel.Warning, "A model could not be disposed after its gate")]
    private partial void LogNotDisposed(Exception e);
}
