using DuckDB.NET.Data;
using Microsoft.Extensions.Logging;

namespace Dowel.Tables.Segments;

/// <summary>
/// An append-only log for records that are written often. A record is handed to the operating system before <see cref="Append(in TRecord)"/> returns,
/// so it survives the death of the process; it is flushed to disk at least once in <see cref="SegmentLogOptions.FlushInterval"/>.
/// Full or old log files become Parquet in the background, and queries see both as one relation.
/// </summary>
/// <remarks>
/// The folder belongs to one process at a time. After a crash the next <see cref="Open"/> puts it in order: a record cut short at the end is cut off,
/// everything acknowledged is there once.
/// </remarks>
/// <typeparam name="TRecord">The record.</typeparam>
public sealed class SegmentLog<TRecord> : IAsyncDisposable
{
    private readonly SegmentLogOptions _options;
    private readonly ISegmentCodec<TRecord> _codec;
    private readonly ILogger _logger;
    private readonly TimeProvider _clock;
    private readonly SegmentFileSet _files;
    private readonly SegmentCompactor<TRecord> _compactor;
    private volatile bool _queried;
    private readonly SegmentWriter _writer;
    private readonly FileStream _lock;
    private readonly CancellationTokenSource _stop = new();
    private readonly SemaphoreSlim _compactionWanted = new(0);
    private readonly SemaphoreSlim _compacting = new(1, 1);
    private readonly Task _background;
    private int _disposed;

    private SegmentLog(SegmentLogOptions options, ISegmentCodec<TRecord> codec, TimeProvider clock, ILogger logger, FileStream folderLock)
    {
        (_options, _codec, _clock, _logger, _lock) = (options, codec, clock, logger, folderLock);
        var (parquet, logs, next) = Recover();
        _files = new(options.Directory, parquet, logs);
        _compactor = new(options, codec, logger);
        _writer = new(options.Directory, options.SealBytes, clock, log =>
        {
            _files.AddLog(log);
            _compactionWanted.Release();
        });
        _writer.Open(next);
        if (logs.Count > 0) _compactionWanted.Release();
        _background = Task.WhenAll(Task.Run(FlushLoopAsync), Task.Run(CompactLoopAsync));
    }

    /// <summary>Opens the log of a folder and puts the folder in order.</summary>
    /// <param name="options">Where it lives and when it moves on.</param>
    /// <param name="codec">How records become bytes and rows.</param>
    /// <param name="clock">The clock.</param>
    /// <param name="logger">Where repairs and faults are reported.</param>
    /// <exception cref="IOException">Another process has the folder open.</exception>
    public static SegmentLog<TRecord> Open(SegmentLogOptions options, ISegmentCodec<TRecord> codec, TimeProvider clock, ILogger logger)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(options.SealBytes, 1L << 30);
        ArgumentOutOfRangeException.ThrowIfLessThan(options.MergeCount, 2);
        Directory.CreateDirectory(options.Directory);
        FileStream folderLock;
        try
        {
            folderLock = new(Path.Combine(options.Directory, SegmentFiles.LockName), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (IOException e)
        {
            throw new IOException($"The log in '{options.Directory}' is open in another process.", e);
        }
        try
        {
            return new(options, codec, clock, logger, folderLock);
        }
        catch
        {
            folderLock.Dispose();
            throw;
        }
    }

    /// <summary>How much the log holds.</summary>
    public SegmentLogStatus Status
    {
        get
        {
            var ((parquet, logs), current) = _writer.WithCurrent(current => (_files.Look(), current));
            return new(_writer.Appended, parquet.Count, parquet.Sum(p => p.Bytes), logs.Count + (current is null ? 0 : 1), logs.Sum(l => l.Length) + (current?.Length ?? 0));
        }
    }

    /// <summary>Files of the log whose records are lost, set aside as <c>.damaged</c> or marked as <c>.missing</c>, until a person clears them away.</summary>
    public IReadOnlyList<string> Lost => SegmentFiles.Lost(_options.Directory);

    /// <summary>Appends a record. When this returns, the operating system has it.</summary>
    /// <param name="record">The record.</param>
    /// <exception cref="IOException">It could not be written; nothing of it stays behind.</exception>
    public void Append(in TRecord record)
    {
        var buffer = FrameBuffer.Rent();
        try
        {
            Frame(buffer, in record);
            _writer.Append(buffer.Written, 1);
        }
        finally
        {
            buffer.Return();
        }
    }

    /// <summary>Appends several records with one write. When this returns, the operating system has them all.</summary>
    /// <param name="records">The records.</param>
    /// <exception cref="IOException">They could not be written; nothing of them stays behind.</exception>
    public void AppendAll(ReadOnlySpan<TRecord> records)
    {
        if (records.IsEmpty) return;
        var buffer = FrameBuffer.Rent();
        try
        {
            foreach (ref readonly var record in records) Frame(buffer, in record);
            _writer.Append(buffer.Written, records.Length);
        }
        finally
        {
            buffer.Return();
        }
    }

    /// <summary>Flushes what was appended so far to the disk itself.</summary>
    public Task FlushAsync() => Task.Run(_writer.Flush);

    /// <summary>The log as it stands now; a record whose append has returned is in it.</summary>
    public SegmentSnapshot Snapshot()
    {
        ObjectDisposedException.ThrowIf(_disposed != 0, this);
        var (parquet, logs) = _writer.WithCurrent(_files.Hold);
        if (logs.Count > 0 && logs[^1].Length > _options.SealOnQueryBytes) _writer.SealIfOlder(TimeSpan.Zero);
        if (logs.Count > 1) _queried = true;
        return new(_files, parquet, logs, _compactor.ColumnsSql, FillTail);
    }

    /// <summary>Runs trusted SQL over the relation <c>log</c>; parameters stand in it as <c>$1</c>, <c>$2</c>, …</summary>
    /// <typeparam name="T">What a row becomes.</typeparam>
    /// <param name="sql">The query.</param>
    /// <param name="map">Reads a row.</param>
    /// <param name="ct">Stops it.</param>
    /// <param name="parameters">The parameters' values.</param>
    public Task<IReadOnlyList<T>> QueryAsync<T>(string sql, Func<DuckDBDataReader, T> map, CancellationToken ct = default, params IReadOnlyList<object?> parameters) => SegmentDamage.GetPastAsync<IReadOnlyList<T>>(
        async () =>
        {
            using var snapshot = Snapshot();
            using var connection = Duck.Open();
            await snapshot.AttachAsync(connection, "log", ct);
            return await connection.QueryAsync(sql, map, ct, parameters);
        },
        () => SetAsideUnreadableAsync(ct));

    /// <summary>
    /// Reads every Parquet segment whole and takes those that cannot be read out of the log, so that the rest answers. For when a query has failed and nothing else explains it.
    /// </summary>
    /// <param name="ct">Stops it.</param>
    public async Task SetAsideUnreadableAsync(CancellationToken ct = default)
    {
        await _compacting.WaitAsync(ct);
        try
        {
            await Task.Run(() => _compactor.SetAsideUnreadable(_files, ct), ct);
        }
        finally
        {
            _compacting.Release();
        }
    }

    /// <summary>Makes Parquet of everything appended so far, now, and merges small segments.</summary>
    public async Task CompactAsync(CancellationToken ct = default)
    {
        _writer.SealIfOlder(TimeSpan.Zero);
        await CompactSealedAsync(ct);
    }

    /// <summary>Removes the Parquet segments whose newest record was appended before the given time.</summary>
    /// <param name="before">The time.</param>
    /// <returns>How many segments were removed.</returns>
    public async Task<int> RemoveBeforeAsync(DateTimeOffset before)
    {
        await _compacting.WaitAsync();
        try
        {
            var old = _files.Look().Parquet.Where(p => File.GetLastWriteTimeUtc(p.Path) < before.UtcDateTime).ToList();
            _files.Replace(old, null);
            return old.Count;
        }
        finally
        {
            _compacting.Release();
        }
    }

    /// <summary>Flushes and closes. What is not yet Parquet stays as a log file and is taken up at the next opening.</summary>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _disposed, 1) != 0) return;
        await _stop.CancelAsync();
        await _background;
        await Task.Run(_writer.Close);
        _stop.Dispose();
        _compactionWanted.Dispose();
        _compacting.Dispose();
        await _lock.DisposeAsync();
    }

    private void Frame(FrameBuffer buffer, in TRecord record)
    {
        buffer.BeginFrame();
        _codec.Write(buffer, in record);
        var length = buffer.EndFrame();
        if (length > _options.MaxRecordBytes) throw new ArgumentException($"The record has {length} bytes; the log takes {_options.MaxRecordBytes} at most.", nameof(record));
    }

    private (List<ParquetSegment> Parquet, List<LogSegment> Logs, long Next) Recover()
    {
        var (parquet, found, removed, damaged, missing) = SegmentFiles.Recover(_options.Directory);
        if (removed.Count > 0) _logger.LeftOver(string.Join(", ", removed));
        foreach (var file in damaged) _logger.Unreadable(null, file, file + SegmentFiles.DamagedSuffix);
        foreach (var file in missing) _logger.Missing(file, file + SegmentFiles.MissingSuffix);
        List<LogSegment> logs = [];
        foreach (var (path, number) in found)
        {
            var length = new FileInfo(path).Length;
            var scan = SegmentLogFile.Read(path, length, null);
            if (scan.SoundLength < length)
            {
                if (!scan.EndsInZeros) _logger.TornTail(Path.GetFileName(path), length - scan.SoundLength);
                using var handle = File.OpenHandle(path, FileMode.Open, FileAccess.Write);
                RandomAccess.SetLength(handle, scan.SoundLength);
            }
            if (scan.DamagedBytes > 0) _logger.Damaged(Path.GetFileName(path), scan.DamagedBytes, Path.GetFileName(path) + SegmentFiles.DamagedSuffix);
            if (scan.Records == 0) File.Delete(path);
            else logs.Add(new(path, number, scan.SoundLength, scan.DamagedBytes > 0));
        }
        var last = Math.Max(parquet.Count == 0 ? 0 : parquet.Max(p => p.Last), found.Count == 0 ? 0 : found.Max(l => l.Number));
        return (parquet, logs, last + 1);
    }

    private void FillTail(DuckDBConnection connection, string table, string columns, IReadOnlyList<LogSegment> logs, CancellationToken ct)
    {
        Dictionary<long, HashSet<int>> skip = [];
        bool whole;
        do
        {
            whole = true;
            connection.Execute($"CREATE OR REPLACE TEMP TABLE {Duck.Identifier(table)} ({columns})");
            foreach (var log in logs)
            {
                ct.ThrowIfCancellationRequested();
                if (!skip.TryGetValue(log.Number, out var bad)) skip[log.Number] = bad = [];
                whole &= _compactor.TryFill(connection, "temp", table, log, bad, out _);
                if (!whole) break;
            }
        }
        while (!whole);
    }

    private async Task FlushLoopAsync()
    {
        using var timer = new PeriodicTimer(_options.FlushInterval, _clock);
        var lastRetry = _clock.GetTimestamp();
        try
        {
            while (await timer.WaitForNextTickAsync(_stop.Token))
            {
                try
                {
                    _writer.Flush();
                }
                catch (Exception e)
                {
                    _logger.FlushFailed(e, _options.Directory);
                }
                _writer.SealIfOlder(_options.SealAge);
                // A compaction that failed (a full disk) leaves its log file in the list.
                if (_clock.GetElapsedTime(lastRetry) < TimeSpan.FromSeconds(10)) continue;
                lastRetry = _clock.GetTimestamp();
                if (_compactionWanted.CurrentCount == 0 && _files.Look().Logs.Count > 0) _compactionWanted.Release();
            }
        }
        catch (OperationCanceledException)
        {
        }
    }

    private async Task CompactLoopAsync()
    {
        while (!_stop.IsCancellationRequested)
        {
            try
            {
                await _compactionWanted.WaitAsync(_stop.Token);
                await WaitForQuietAsync();
                await CompactSealedAsync(_stop.Token);
            }
            catch (OperationCanceledException) when (_stop.IsCancellationRequested)
            {
                return;
            }
            catch (Exception e)
            {
                _logger.CompactionFailed(e, _options.Directory);
            }
        }
    }

    private async Task WaitForQuietAsync()
    {
        var interval = TimeSpan.FromMilliseconds(200);
        for (var before = _writer.Appended; ;)
        {
            if (_queried || _files.Look().Logs.Sum(l => l.Length) > _options.MaxWaitingBytes) break;
            await Task.Delay(interval, _clock, _stop.Token);
            var now = _writer.Appended;
            if (now - before < _options.BusyAppendsPerSecond * interval.TotalSeconds) break;
            before = now;
        }
        _queried = false;
    }

    private async Task CompactSealedAsync(CancellationToken ct)
    {
        await _compacting.WaitAsync(ct);
        try
        {
            foreach (var log in _files.Look().Logs) _compactor.Compact(log, _files, ct);
            while (MergeOnce()) ct.ThrowIfCancellationRequested();
        }
        finally
        {
            _compacting.Release();
        }

        bool MergeOnce()
        {
            try
            {
                return _compactor.MergeOnce(_files, ct);
            }
            catch (DuckDBException e) when (SegmentDamage.IsPossible(e))
            {
                _compactor.SetAsideUnreadable(_files, ct);
                return _compactor.MergeOnce(_files, ct);
            }
        }
    }
}
