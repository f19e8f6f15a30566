using DuckDB.NET.Data;
using Microsoft.Extensions.Logging;

namespace Dowel.Tables.Segments;

/// <summary>Makes Parquet segments of log files, and fewer of many. Every file is written under a temporary name, flushed and renamed.</summary>
internal sealed class SegmentCompactor<TRecord>(SegmentLogOptions options, ISegmentCodec<TRecord> codec, ILogger logger)
{
    private const string Written = "(FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE 122880)";

    private static readonly long[] Tiers = [1L << 20, 8L << 20, 64L << 20, long.MaxValue];

    public string ColumnsSql { get; } = string.Join(", ", codec.Columns.Select(c => $"{Duck.Identifier(c.Name)} {c.DuckType}"));

    /// <summary>The Parquet segment of a log file; null when no record of it can be read. The file set is brought up to date.</summary>
    public ParquetSegment? Compact(LogSegment log, SegmentFileSet files, CancellationToken ct)
    {
        using var connection = Duck.Open(options.Compaction);
        var skip = new HashSet<int>();
        (long Rows, bool Damaged) filled;
        while (true)
        {
            connection.Execute($"CREATE OR REPLACE TABLE records ({ColumnsSql})");
            ct.ThrowIfCancellationRequested();
            if (TryFill(connection, null, "records", log, skip, out filled)) break;
        }

        ParquetSegment? segment = null;
        if (filled.Rows > 0)
        {
            var target = SegmentFiles.ParquetPath(options.Directory, log.Number, log.Number);
            segment = new(target, log.Number, log.Number, Write(connection, "records", target, ct));
            logger.Compacted(Path.GetFileName(target), filled.Rows, segment.Bytes);
        }
        var keepAs = filled.Damaged || log.Damaged || skip.Count > 0 ? log.Path + SegmentFiles.DamagedSuffix : null;
        files.Replace(log, segment, keepAs);
        return segment;
    }

    /// <summary>Appends a log file's records to a table; false when one could not be turned into a row: it is then named in <paramref name="skip"/> and the table is to be filled anew.</summary>
    public bool TryFill(DuckDBConnection connection, string? catalog, string table, LogSegment log, HashSet<int> skip, out (long Rows, bool Damaged) filled)
    {
        var index = 0;
        var rows = 0L;
        var appender = connection.CreateAppender(catalog, null, table);
        try
        {
            var scan = SegmentLogFile.Read(log.Path, log.Length, payload =>
            {
                var current = index++;
                if (skip.Contains(current)) return;
                try
                {
                    var record = codec.Read(payload);
                    var row = appender.CreateRow();
                    codec.AppendRow(row, in record);
                    row.EndRow();
                    rows++;
                }
                catch (Exception e)
                {
                    // A row that was begun cannot be taken back, so the table is filled again without this record.
                    logger.Undecodable(e, Path.GetFileName(log.Path));
                    throw new SkipRecordException(current);
                }
            });
            appender.Close();
            filled = (rows, scan.DamagedBytes > 0);
            return true;
        }
        catch (SkipRecordException e)
        {
            skip.Add(e.Index);
            filled = default;
            appender.Clear();
            return false;
        }
        finally
        {
            appender.Dispose();
        }
    }

    /// <summary>Merges one run of small neighbouring segments; false when there is none.</summary>
    public bool MergeOnce(SegmentFileSet files, CancellationToken ct)
    {
        var run = FindRun(files.Look().Parquet);
        if (run.Count == 0) return false;
        var target = SegmentFiles.ParquetPath(options.Directory, run[0].First, run[^1].Last);
        using var connection = Duck.Open(options.Compaction);
        connection.Execute($"CREATE TABLE records ({ColumnsSql})");
        var bytes = Write(connection, $"(SELECT * FROM records UNION ALL BY NAME SELECT * FROM {Duck.ReadParquet([.. run.Select(r => r.Path)])})", target, ct);
        // Age-based removal goes by the newest record, not by when files were merged.
        File.SetLastWriteTimeUtc(target, run.Max(r => File.GetLastWriteTimeUtc(r.Path)));
        files.Replace(run, new ParquetSegment(target, run[0].First, run[^1].Last, bytes));
        logger.Merged(run.Count, Path.GetFileName(target));
        return true;
    }

    /// <summary>Takes the Parquet segments that cannot be read, every value of them, out of the log.</summary>
    public void SetAsideUnreadable(SegmentFileSet files, CancellationToken ct)
    {
        using var connection = Duck.Open(options.Compaction);
        foreach (var segment in files.Look().Parquet)
        {
            try
            {
                connection.Execute($"SELECT bit_xor(hash(t)) FROM {Duck.ReadParquet([segment.Path])} t", ct);
            }
            catch (DuckDBException e) when (SegmentDamage.IsPossible(e))
            {
                files.SetAside(segment);
                logger.Unreadable(e, Path.GetFileName(segment.Path), Path.GetFileName(segment.Path) + SegmentFiles.DamagedSuffix);
            }
        }
    }

    /// <summary>Neighbours of a like size, so that a record is rewritten a few times in its life and not at every merge.</summary>
    private List<ParquetSegment> FindRun(List<ParquetSegment> segments)
    {
        foreach (var tier in Tiers)
        {
            var limit = Math.Min(tier, options.MergeBytes);
            List<ParquetSegment> run = [];
            var total = 0L;
            foreach (var segment in segments)
            {
                if (segment.Bytes >= limit || total + segment.Bytes > options.MergeBytes)
                {
                    if (run.Count >= options.MergeCount) return run;
                    (run, total) = ([], 0);
                    if (segment.Bytes >= limit) continue;
                }
                run.Add(segment);
                total += segment.Bytes;
            }
            if (run.Count >= options.MergeCount) return run;
            if (limit == options.MergeBytes) break;
        }
        return [];
    }

    private static long Write(DuckDBConnection connection, string relation, string target, CancellationToken ct)
    {
        var temporary = target + ".tmp";
        connection.Execute($"COPY (SELECT * FROM {relation}) TO {Duck.Literal(temporary)} {Written}", ct);
        long bytes;
        using (var handle = File.OpenHandle(temporary, FileMode.Open, FileAccess.ReadWrite))
        {
            RandomAccess.FlushToDisk(handle);
            bytes = RandomAccess.GetLength(handle);
        }
        File.Move(temporary, target, overwrite: true);
        return bytes;
    }

    private sealed class SkipRecordException(int index) : Exception
    {
        public int Index { get; } = index;
    }
}
