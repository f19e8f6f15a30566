namespace Dowel.Tables.Segments;

/// <summary>
/// Which files make up a log at this moment. A snapshot holds the files it reads; a file that is replaced meanwhile is deleted when the last one lets go.
/// </summary>
internal sealed class SegmentFileSet(string directory, List<ParquetSegment> parquet, List<LogSegment> sealedLogs)
{
    private readonly Lock _gate = new();
    private readonly Dictionary<string, int> _holders = new(StringComparer.Ordinal);
    private readonly Dictionary<string, string?> _doomed = new(StringComparer.Ordinal);

    /// <summary>The files, with the log file being written; held until <see cref="Release"/>.</summary>
    public (List<ParquetSegment> Parquet, List<LogSegment> Logs) Hold(LogSegment? current)
    {
        lock (_gate)
        {
            List<LogSegment> logs = current is null ? [.. sealedLogs] : [.. sealedLogs, current];
            foreach (var path in parquet.Select(p => p.Path).Concat(logs.Select(l => l.Path))) _holders[path] = _holders.GetValueOrDefault(path) + 1;
            return ([.. parquet], logs);
        }
    }

    public void Release(IEnumerable<string> paths)
    {
        lock (_gate)
        {
            foreach (var path in paths)
            {
                if (--_holders[path] > 0) continue;
                _holders.Remove(path);
                if (_doomed.Remove(path, out var keepAs)) DeleteNow(path, keepAs);
            }
        }
    }

    /// <summary>The files as they are, without holding them.</summary>
    public (List<ParquetSegment> Parquet, List<LogSegment> Logs) Look()
    {
        lock (_gate) return ([.. parquet], [.. sealedLogs]);
    }

    public void AddLog(LogSegment log)
    {
        lock (_gate) sealedLogs.Add(log);
    }

    /// <summary>Puts a Parquet segment in the place of a log file (or nothing, when the file held no record).</summary>
    public void Replace(LogSegment log, ParquetSegment? by, string? keepAs)
    {
        lock (_gate)
        {
            if (by is not null)
            {
                Insert(by);
                SegmentFiles.WriteList(directory, parquet);
            }
            sealedLogs.RemoveAll(l => l.Number == log.Number);
            Delete(log.Path, keepAs);
        }
    }

    /// <summary>Puts one Parquet segment in the place of several; null drops them.</summary>
    public void Replace(IReadOnlyList<ParquetSegment> segments, ParquetSegment? by)
    {
        lock (_gate)
        {
            parquet.RemoveAll(segments.Contains);
            if (by is not null) Insert(by);
            SegmentFiles.WriteList(directory, parquet);
            foreach (var segment in segments) Delete(segment.Path, null);
        }
    }

    /// <summary>Takes a Parquet segment that cannot be read out of the log, and keeps its file for whoever wants to look.</summary>
    public void SetAside(ParquetSegment segment)
    {
        lock (_gate)
        {
            parquet.Remove(segment);
            SegmentFiles.WriteList(directory, parquet);
            // Readers have it open by now, or fail as this one did.
            DeleteNow(segment.Path, segment.Path + SegmentFiles.DamagedSuffix);
        }
    }

    private void Insert(ParquetSegment segment)
    {
        var at = parquet.FindIndex(p => p.First > segment.First);
        parquet.Insert(at < 0 ? parquet.Count : at, segment);
    }

    private void Delete(string path, string? keepAs)
    {
        if (_holders.ContainsKey(path)) _doomed[path] = keepAs;
        else DeleteNow(path, keepAs);
    }

    private static void DeleteNow(string path, string? keepAs)
    {
        if (keepAs is null) File.Delete(path);
        else File.Move(path, keepAs, overwrite: true);
    }
}
