using System.Text.Json;
using Dowel.Contracts;
using Dowel.Kernel.Hosting;
using Dowel.Kernel.Results;
using Dowel.Tables.Ingest;
using Dowel.Tables.Profiles;
using Dowel.Tables.Queries;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Dowel.Tables.Workers;

/// <summary>
/// Does what strangers have a hand in - their SQL, their files - in processes of their own, one piece of work at a time in each, so that one that takes too much
/// or crashes takes nothing but its process with it. A process starts when work finds none free, stays for a while, and is replaced when it ends.
/// Callers bound how much they ask for at once.
/// </summary>
public sealed class TableWorkers : IDisposable
{
    private static readonly TimeSpan KeepFor = TimeSpan.FromMinutes(2);

    private readonly IOptions<DowelOptions> _options;
    private readonly TimeProvider _time;
    private readonly ILogger<TableWorkers> _logger;
    private readonly Lock _gate = new();
    private readonly List<(TableWorker Worker, DateTimeOffset Since)> _idle = [];
    private readonly ITimer _sweep;
    private bool _disposed;

    /// <summary>Starts no process yet.</summary>
    public TableWorkers(IOptions<DowelOptions> options, TimeProvider time, ILogger<TableWorkers> logger)
    {
        (_options, _time, _logger) = (options, time, logger);
        _sweep = time.CreateTimer(_ => Sweep(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <summary>Runs one query.</summary>
    /// <param name="tables">The tables it may see: as <c>schema.name</c>, and as <c>name</c> where that is unambiguous.</param>
    /// <param name="sql">One SELECT (or VALUES, FROM, DESCRIBE, SUMMARIZE) statement in DuckDB's dialect.</param>
    /// <param name="limits">What it may use; null for the defaults.</param>
    /// <param name="ct">Stops it.</param>
    /// <returns>The rows, or why it was refused, failed or stopped.</returns>
    public async Task<Result<QueryResult>> QueryAsync(IReadOnlyList<QueryTable> tables, string sql, QueryLimits? limits = null, CancellationToken ct = default)
    {
        if (SandboxedQuery.Check(sql) is { } failure) return failure;
        var request = new QueryRequest([.. tables], sql, limits ?? QueryLimits.Default);
        var work = new WorkLimits(request.Limits.Timeout, request.Limits.MemoryMegabytes, SandboxedQuery.TooLong(request.Limits), SandboxedQuery.TooMuchMemory(request.Limits), SandboxedQuery.Died());
        return await RunAsync(FrameKind.Query, JsonSerializer.SerializeToUtf8Bytes(request, WorkerJson.Default.QueryRequest), work, output => WorkerAnswer.ReadRowsAsync(output, request), ct);
    }

    /// <summary>
    /// Makes one Parquet file of a file in a format that people have: reads it whole, infers the types from all of its rows, and writes the target, whole or not at all.
    /// Fails, naming the line where there is one, when the file is empty, not UTF-8, ragged, not of the format, nested too deeply, too wide, or has a column name twice.
    /// </summary>
    /// <param name="sourcePath">The file to read. Its extension says nothing.</param>
    /// <param name="format">Its format.</param>
    /// <param name="targetPath">The Parquet file to write; replaced if it exists.</param>
    /// <param name="limits">What it may use; null for the defaults.</param>
    /// <param name="ct">Stops it; nothing stays behind.</param>
    public async Task<Result<TableFile>> ToParquetAsync(string sourcePath, TableFormat format, string targetPath, JobLimits? limits = null, CancellationToken ct = default)
    {
        limits ??= JobLimits.Default;
        var (source, target) = (Path.GetFullPath(sourcePath), Path.GetFullPath(targetPath));
        // A worker that is killed leaves what it was at; all of that is in here.
        var folder = Directory.CreateDirectory(Path.Combine(Path.GetDirectoryName(target)!, $".{Guid.NewGuid():N}.work")).FullName;
        try
        {
            var request = new IngestRequest(source, format, Path.Combine(folder, "table.parquet"), limits);
            var timeout = TimeoutFor(limits, [source]);
            var work = new WorkLimits(
                timeout,
                limits.MemoryMegabytes,
                new(ErrorCodes.TooLarge, $"The file could not be converted in {timeout.TotalSeconds:0.###} seconds. Send it in smaller files."),
                TableIngest.TooMuchMemory(limits),
                new(ErrorCodes.Malformed, "The file could not be read: the process that read it ended. Send it again; if that fails too, the file is damaged or nested too deeply."));
            var made = await RunAsync(FrameKind.Ingest, JsonSerializer.SerializeToUtf8Bytes(request, WorkerJson.Default.IngestRequest), work, WorkerAnswer.ReadValueAsync<TableFile>, ct);
            if (!made.TryGet(out var table, out var failure)) return failure;
            File.Move(table.Path, target, overwrite: true);
            return table with { Path = target };
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    /// <summary>
    /// Profiles the table of these Parquet files, up to <see cref="TableProfile.MaxColumns"/> of its columns.
    /// Fails when a file is not readable Parquet.
    /// </summary>
    /// <param name="parquetPaths">The files, at least one.</param>
    /// <param name="limits">What it may use; null for the defaults.</param>
    /// <param name="ct">Stops it.</param>
    public Task<Result<TableProfile>> ProfileAsync(IReadOnlyList<string> parquetPaths, JobLimits? limits = null, CancellationToken ct = default)
    {
        limits ??= JobLimits.Default;
        var timeout = TimeoutFor(limits, parquetPaths);
        var work = new WorkLimits(
            timeout,
            limits.MemoryMegabytes,
            new(ErrorCodes.QueryLimit, $"The profile was stopped: it took longer than {timeout.TotalSeconds:0.###} seconds. Profile a table with fewer rows or columns."),
            TableProfiler.TooMuchMemory(limits),
            new(ErrorCodes.QueryFailed, "The profile could not be computed: the process that computed it ended. Ask again; if that fails too, the table holds what cannot be profiled."));
        return RunAsync(FrameKind.Profile, JsonSerializer.SerializeToUtf8Bytes(new([.. parquetPaths], limits), WorkerJson.Default.ProfileRequest), work, WorkerAnswer.ReadValueAsync<TableProfile>, ct);
    }

    private static TimeSpan TimeoutFor(JobLimits limits, IEnumerable<string> paths) => limits.Timeout + TimeSpan.FromMinutes(paths.Sum(p => new FileInfo(p).Length) >> 26);

    private async Task<Result<T>> RunAsync<T>(FrameKind kind, byte[] request, WorkLimits limits, Func<Stream, Task<Result<T>?>> read, CancellationToken ct)
    {
        while (true)
        {
            ct.ThrowIfCancellationRequested();
            var idle = TakeIdle();
            var worker = idle ?? await TableWorker.StartAsync(_options.Value.Folder("workers"), _logger, ct);
            try
            {
                var answer = await worker.RunAsync(kind, request, limits, read, ct);
                // One that died while it was idle says nothing about the work; the next takes it.
                if (idle is null || !worker.NeverTook) return answer;
            }
            finally
            {
                Return(worker);
            }
        }
    }

    private TableWorker? TakeIdle()
    {
        lock (_gate)
        {
            while (_idle.Count > 0)
            {
                var worker = _idle[^1].Worker;
                _idle.RemoveAt(_idle.Count - 1);
                if (worker.IsFit) return worker;
                worker.Dispose();
            }
            return null;
        }
    }

    private void Return(TableWorker worker)
    {
        lock (_gate)
        {
            if (worker.IsFit && !_disposed)
            {
                _idle.Add((worker, _time.GetUtcNow()));
                if (_idle.Count == 1) _sweep.Change(KeepFor, KeepFor);
                return;
            }
        }
        worker.Dispose();
    }

    private void Sweep()
    {
        lock (_gate)
        {
            var old = _time.GetUtcNow() - KeepFor;
            foreach (var (worker, _) in _idle.Where(i => i.Since <= old)) worker.Dispose();
            _idle.RemoveAll(i => i.Since <= old);
            if (_idle.Count == 0) _sweep.Change(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        }
    }

    /// <summary>Ends the processes that are idle; those that work end with it.</summary>
    public void Dispose()
    {
        lock (_gate)
        {
            _disposed = true;
            foreach (var (worker, _) in _idle) worker.Dispose();
            _idle.Clear();
        }
        _sweep.Dispose();
    }
}
