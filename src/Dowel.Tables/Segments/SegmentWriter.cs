using System.IO.MemoryMappedFiles;
using Microsoft.Win32.SafeHandles;

namespace Dowel.Tables.Segments;

/// <summary>
/// Writes frames to the current log file, through memory that is mapped onto it: what is copied there the operating system has, without a call to it,
/// and it survives the death of the process as written bytes do. The room ahead is reserved first, so that a full disk is told by that and not by the copy.
/// Nothing that waits for the disk happens while writers wait: mappings are let go of by the flush, as that flushes them once more.
/// </summary>
internal sealed class SegmentWriter(string directory, long sealBytes, TimeProvider clock, Action<LogSegment> onSealed)
{
    private const int FirstRoom = 64 * 1024;
    private const int MostRoom = 4 * 1024 * 1024;

    // Taken in this order.
    private readonly Lock _flush = new();
    private readonly Lock _write = new();
    private readonly List<Sealed> _sealedUnflushed = [];
    private readonly List<MemoryMappedViewAccessor> _outgrown = [];
    private bool _closed;

    private SafeFileHandle? _handle;
    private string _path = "";
    private long _number;
    private long _length;
    private long _flushedLength;
    private long _openedAt;

    // The part of the file that is mapped: from _mappedFrom up to _roomEnd, which is the file's length.
    private MemoryMappedViewAccessor? _view;
    private long _mappedFrom;
    private long _roomEnd;

    /// <summary>How many records were appended.</summary>
    public long Appended;

    public void Open(long number)
    {
        lock (_write) OpenFile(number);
    }

    /// <summary>Appends whole frames; returns when the operating system has them.</summary>
    public void Append(ReadOnlySpan<byte> frames, int records)
    {
        lock (_write)
        {
            ObjectDisposedException.ThrowIf(_closed, typeof(SegmentWriter));
            try
            {
                if (_length + frames.Length > _roomEnd) MakeRoom(frames.Length);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                throw new IOException("The record could not be written to the log.", e);
            }
            _view!.SafeMemoryMappedViewHandle.WriteSpan((ulong)(_view.PointerOffset + _length - _mappedFrom), frames);
            if (_length == 0) _openedAt = clock.GetTimestamp();
            _length += frames.Length;
            Appended += records;
            if (_length >= sealBytes) Seal();
        }
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
        List<Sealed> old;
        List<MemoryMappedViewAccessor> outgrown;
        lock (_write)
        {
            (current, length) = (_length > _flushedLength ? _handle : null, _length);
            old = [.. _sealedUnflushed];
            outgrown = [.. _outgrown];
            _outgrown.Clear();
        }
        // fsync takes milliseconds: writers go on meanwhile. A file sealed meanwhile stays open, it is in the list of the next flush. It also flushes what was written through a mapping.
        foreach (var file in old) RandomAccess.FlushToDisk(file.Handle);
        if (current is not null) RandomAccess.FlushToDisk(current);
        foreach (var view in outgrown) view.Dispose();
        foreach (var file in old) file.Close();
        lock (_write)
        {
            foreach (var file in old) _sealedUnflushed.Remove(file);
            if (current is not null && ReferenceEquals(current, _handle)) _flushedLength = Math.Max(_flushedLength, length);
        }
    }

    /// <summary>Passes the file being written and how much of it stands (null: nothing); meanwhile nothing can be written or sealed.</summary>
    public T WithCurrent<T>(Func<LogSegment?, T> look)
    {
        lock (_write) return look(_handle is null || _length == 0 ? null : new(_path, _number, _length));
    }

    /// <summary>Flushes and closes; later appends are refused.</summary>
    public void Close()
    {
        lock (_write)
        {
            if (_closed) return;
            _closed = true;
        }
        Flush();
        lock (_write)
        {
            if (_handle is not null) new Sealed(_handle, _view, _length).Close();
            _handle = null;
            if (_length == 0 && _path.Length > 0) File.Delete(_path);
        }
    }

    /// <summary>Reserves the file as far as more frames reach, and maps that part.</summary>
    private void MakeRoom(int bytes)
    {
        var end = _length + Math.Max(bytes, Math.Clamp(_length, FirstRoom, MostRoom));
        try
        {
            DiskRoom.Reserve(_handle!, _roomEnd, end - _roomEnd);
        }
        catch
        {
            // What was reserved of it would be longer than what is mapped.
            RandomAccess.SetLength(_handle!, _roomEnd);
            throw;
        }
        using var file = MemoryMappedFile.CreateFromFile(_handle!, null, end, MemoryMappedFileAccess.ReadWrite, HandleInheritability.None, leaveOpen: true);
        var view = file.CreateViewAccessor(_length, end - _length);
        if (_view is not null) _outgrown.Add(_view);
        (_view, _mappedFrom, _roomEnd) = (view, _length, end);
    }

    private void Seal()
    {
        var (handle, path, number, length, view) = (_handle!, _path, _number, _length, _view);
        try
        {
            OpenFile(number + 1);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // No new file can be made now: go on in this one and try again with the next record.
            return;
        }
        _sealedUnflushed.Add(new(handle, view, length));
        onSealed(new(path, number, length));
    }

    private void OpenFile(long number)
    {
        var path = SegmentFiles.LogPath(directory, number);
        var handle = File.OpenHandle(path, FileMode.CreateNew, FileAccess.ReadWrite, FileShare.Read | FileShare.Delete, FileOptions.None);
        (_handle, _path, _number, _length, _flushedLength, _openedAt) = (handle, path, number, 0, 0, clock.GetTimestamp());
        (_view, _mappedFrom, _roomEnd) = (null, 0, 0);
    }

    /// <summary>A file that gets no more records, still mapped and longer than they are.</summary>
    private sealed record Sealed(SafeFileHandle Handle, MemoryMappedViewAccessor? View, long Length)
    {
        public void Close()
        {
            View?.Dispose();
            try
            {
                RandomAccess.SetLength(Handle, Length);
            }
            catch (IOException)
            {
                // A reader knows how much of the file stands, and the next start takes zeros for what they are.
            }
            Handle.Dispose();
        }
    }
}
