using Microsoft.Win32.SafeHandles;

namespace Dowel.Tables.Segments;

/// <summary>
/// Writes frames to the current log file. Concurrent callers' frames are gathered while one of them writes, and go out with the next write:
/// a caller returns when its frame has been handed to the operating system, by itself or by another.
/// </summary>
internal sealed class SegmentWriter(string directory, long sealBytes, TimeProvider clock, Action<LogSegment> onSealed)
{
    // Taken in this order.
    private readonly Lock _flush = new();
    private readonly Lock _write = new();
    private readonly Lock _fill = new();
    private Batch _filling = new();
    private Batch? _spare;
    private bool _closed;

    private SafeFileHandle? _handle;
    private string _path = "";
    private long _number;
    private long _length;
    private long _flushedLength;
    private long _openedAt;
    private readonly List<SafeFileHandle> _sealedUnflushed = [];

    /// <summary>Frames that go out with one write. Used again when the last of its callers has seen that it is done.</summary>
    private sealed class Batch
    {
        public byte[] Buffer = [];
        public int Length;
        public int Records;
        public int Callers;
        public volatile bool Done;
        public Exception? Error;
    }

    /// <summary>How many records were appended.</summary>
    public long Appended;

    public void Open(long number)
    {
        lock (_write) OpenFile(number);
    }

    /// <summary>Appends whole frames; returns when the operating system has them.</summary>
    public void Append(ReadOnlySpan<byte> frames, int records)
    {
        Batch batch;
        lock (_fill)
        {
            ObjectDisposedException.ThrowIf(_closed, typeof(SegmentWriter));
            batch = _filling;
            var end = checked(batch.Length + frames.Length);
            if (end > batch.Buffer.Length) Array.Resize(ref batch.Buffer, Math.Max(end, Math.Max(4096, batch.Buffer.Length * 2)));
            frames.CopyTo(batch.Buffer.AsSpan(batch.Length));
            batch.Length = end;
            batch.Records += records;
            batch.Callers++;
        }
        if (!batch.Done)
        {
            lock (_write)
            {
                if (!batch.Done) WriteOut();
            }
        }
        var failed = batch.Error;
        if (Interlocked.Decrement(ref batch.Callers) == 0) Recycle(batch);
        if (failed is { } error) throw new IOException("The record could not be written to the log.", error);
    }

    /// <summary>Seals the current file if it holds records and is older than the age.</summary>
    public void SealIfOlder(TimeSpan age)
    {
        lock (_write)
        {
            if (_handle is not null && _length > 0 && clock.GetElapsedTime(_openedAt) >= age) Seal();
        }
    }

    /// <summary>Makes what was written so far safe against a power cut.</summary>
    public void Flush()
    {
        lock (_flush) FlushHeld();
    }

    private void FlushHeld()
    {
        SafeFileHandle? current;
        long length;
        List<SafeFileHandle> old;
        lock (_write)
        {
            (current, length) = (_length > _flushedLength ? _handle : null, _length);
            old = [.. _sealedUnflushed];
        }
        // fsync takes milliseconds: writers go on meanwhile. A file sealed meanwhile stays open, it is in the list of the next flush.
        foreach (var handle in old) RandomAccess.FlushToDisk(handle);
        if (current is not null) RandomAccess.FlushToDisk(current);
        lock (_write)
        {
            foreach (var handle in old)
            {
                handle.Dispose();
                _sealedUnflushed.Remove(handle);
            }
            if (current is not null && ReferenceEquals(current, _handle)) _flushedLength = Math.Max(_flushedLength, length);
        }
    }

    /// <summary>Passes the file being written and how much of it stands (null: nothing); meanwhile nothing can be written or sealed.</summary>
    public T WithCurrent<T>(Func<LogSegment?, T> look)
    {
        lock (_write) return look(_handle is null || _length == 0 ? null : new(_path, _number, _length));
    }

    /// <summary>Writes out, flushes and closes; later appends are refused.</summary>
    public void Close()
    {
        lock (_write)
        {
            lock (_fill)
            {
                if (_closed) return;
                _closed = true;
            }
            if (_filling.Length > 0) WriteOut();
        }
        Flush();
        lock (_write)
        {
            _handle?.Dispose();
            _handle = null;
            if (_length == 0 && _path.Length > 0) File.Delete(_path);
        }
    }

    private void WriteOut()
    {
        Batch batch;
        lock (_fill)
        {
            batch = _filling;
            _filling = Interlocked.Exchange(ref _spare, null) ?? new();
        }
        try
        {
            RandomAccess.Write(_handle!, batch.Buffer.AsSpan(0, batch.Length), _length);
            if (_length == 0) _openedAt = clock.GetTimestamp();
            _length += batch.Length;
            Appended += batch.Records;
        }
        catch (Exception e)
        {
            batch.Error = e;
            CutBack();
        }
        batch.Done = true;
        if (_length >= sealBytes) Seal();
    }

    private void Recycle(Batch batch)
    {
        // One unusually large batch must not hold its memory for ever.
        if (batch.Buffer.Length > 4 * 1024 * 1024) return;
        (batch.Length, batch.Records, batch.Error, batch.Done) = (0, 0, null, false);
        Interlocked.Exchange(ref _spare, batch);
    }

    /// <summary>A write that failed half-way (a full disk) must leave nothing behind its records' neighbours.</summary>
    private void CutBack()
    {
        if (_handle is null) return;
        try
        {
            RandomAccess.SetLength(_handle, _length);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // The next write starts at the same place and overwrites it; a reader passes over what is no sound record.
        }
    }

    private void Seal()
    {
        var (handle, path, number, length) = (_handle!, _path, _number, _length);
        try
        {
            OpenFile(number + 1);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // No new file can be made now: go on in this one and try again with the next record.
            return;
        }
        _sealedUnflushed.Add(handle);
        onSealed(new(path, number, length));
    }

    private void OpenFile(long number)
    {
        var path = SegmentFiles.LogPath(directory, number);
        var handle = File.OpenHandle(path, FileMode.CreateNew, FileAccess.Write, FileShare.Read | FileShare.Delete, FileOptions.None);
        (_handle, _path, _number, _length, _flushedLength, _openedAt) = (handle, path, number, 0, 0, clock.GetTimestamp());
    }
}
