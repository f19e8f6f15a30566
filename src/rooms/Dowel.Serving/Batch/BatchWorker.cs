using System.Collections.Concurrent;
using System.Threading.Channels;
using Dowel.Contracts;
using Dowel.Kernel.Hosting;
using DuckDB.NET.Data;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Dowel.Serving.Batch;

/// <summary>Does the runs that wait, a few at a time; at start those first that were under way.</summary>
internal sealed partial class BatchWorker(BatchStore store, BatchRunner runner, IOptions<ServingOptions> options, IOptions<DowelOptions> dowel, TimeProvider time, ILogger<BatchWorker> logger) : BackgroundService
{
    // As long as working files of a run that did not succeed are kept for it to be resumed.
    private static readonly TimeSpan FilesKept = TimeSpan.FromDays(30);
    private readonly Channel<string> _queue = Channel.CreateUnbounded<string>();
    private readonly ConcurrentDictionary<string, Active> _active = new();

    /// <summary>Has a run done when its turn comes.</summary>
    public void Enqueue(string id) => _queue.Writer.TryWrite(id);

    /// <summary>Stops a run that is under way. What it is to be stands in the database already.</summary>
    public void Stop(string id)
    {
        if (_active.TryGetValue(id, out var active)) active.Stop();
    }

    /// <summary>How far a run is that is under way here.</summary>
    public BatchProgress? ProgressOf(string id) => _active.GetValueOrDefault(id)?.Progress;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        try
        {
            await RemoveFilesAsync(stoppingToken);
            foreach (var id in await store.OpenAsync(stoppingToken)) Enqueue(id);
            var parallel = new ParallelOptions { MaxDegreeOfParallelism = options.Value.Batch.MaxRuns, CancellationToken = stoppingToken };
            await Parallel.ForEachAsync(_queue.Reader.ReadAllAsync(stoppingToken), parallel, (id, ct) => RunAsync(id, ct));
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
        }
    }

    private async ValueTask RunAsync(string id, CancellationToken stopping)
    {
        // One that was cancelled and resumed at once may still be coming to its end.
        while (_active.ContainsKey(id)) await Task.Delay(TimeSpan.FromMilliseconds(20), stopping);
        if (await store.StartAsync(id, stopping) is not { } row) return;
        using var active = new Active(new BatchProgress(row.RowCount, row.PlanOf.Settings.MaxFailedShare, time), stopping);
        active.Progress.Begin(row.Done, row.Failed);
        _active[id] = active;
        try
        {
            // Cancelled between the start and here, where nobody could be told.
            if ((await store.FindAsync(id, stopping))?.StateOf == BatchState.Running) await RunAsync(row, active, stopping);
        }
        finally
        {
            _active.TryRemove(id, out _);
        }
    }

    private async Task RunAsync(BatchRow row, Active active, CancellationToken stopping)
    {
        LogBegun(row.Id, row.Endpoint ?? $"{row.Model}/{row.Version}", row.Input, row.InputVersion);
        try
        {
            var result = await runner.RunAsync(row, active.Progress, active.Token);
            await store.EndAsync(row.Id, BatchState.Succeeded, null, result, stopping);
            runner.FolderOf(row.Id).Delete();
            LogEnded(row.Id, active.Progress.Done, active.Progress.Failed);
        }
        catch (OperationCanceledException) when (active.Token.IsCancellationRequested)
        {
            // Cancelled, or the server stops: then it goes on at the next start.
        }
        catch (BatchStoppedException e)
        {
            LogStopped(row.Id, e.Message);
            await store.EndAsync(row.Id, BatchState.Failed, e.Message, null, stopping);
        }
        catch (DuckDBException e)
        {
            LogFault(e, row.Id);
            await store.EndAsync(row.Id, BatchState.Failed, $"The data could not be read or written: {e.Message.Replace(dowel.Value.DataDir, "…", StringComparison.Ordinal)}", null, stopping);
        }
        catch (Exception e)
        {
            LogFault(e, row.Id);
            await store.EndAsync(row.Id, BatchState.Failed, "The server failed; its log has the reason.", null, stopping);
        }
    }

    private async Task RemoveFilesAsync(CancellationToken cancellationToken)
    {
        var kept = (await store.ResumableAsync(FilesKept, cancellationToken)).ToHashSet();
        foreach (var folder in Directory.EnumerateDirectories(dowel.Value.Folder("batch")))
            if (!kept.Contains(Path.GetFileName(folder))) Directory.Delete(folder, recursive: true);
    }

    [LoggerMessage(6400, LogLevel.Information, "Batch run {Run} of {Model} over {Input} version {Version} began")]
    private partial void LogBegun(string run, string model, string input, int version);

    [LoggerMessage(6401, LogLevel.Information, "Batch run {Run} succeeded: {Rows} rows, of which {Failed} failed")]
    private partial void LogEnded(string run, long rows, long failed);

    [LoggerMessage(6402, LogLevel.Warning, "Batch run {Run} failed: {Reason}")]
    private partial void LogStopped(string run, string reason);

    [LoggerMessage(6403, LogLevel.Error, "Batch run {Run} failed")]
    private partial void LogFault(Exception e, string run);

    private sealed class Active(BatchProgress progress, CancellationToken stopping) : IDisposable
    {
        private readonly CancellationTokenSource _stop = CancellationTokenSource.CreateLinkedTokenSource(stopping);

        public BatchProgress Progress { get; } = progress;
        public CancellationToken Token => _stop.Token;

        public void Stop()
        {
            try
            {
                _stop.Cancel();
            }
            catch (ObjectDisposedException)
            {
                // It ended a moment ago.
            }
        }

        public void Dispose() => _stop.Dispose();
    }
}
