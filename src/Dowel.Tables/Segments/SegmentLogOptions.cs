namespace Dowel.Tables.Segments;

/// <summary>Where a log lives and when it moves on.</summary>
public sealed record SegmentLogOptions
{
    /// <summary>The folder of this log alone; created if need be.</summary>
    public required string Directory { get; init; }

    /// <summary>The size at which the log file is sealed and made into Parquet.</summary>
    public long SealBytes { get; init; } = 16 * 1024 * 1024;

    /// <summary>The age at which a log file that holds records is sealed and made into Parquet.</summary>
    public TimeSpan SealAge { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>
    /// The size past which a query has the log file sealed: it copies what is not yet Parquet, which the next query is then spared.
    /// </summary>
    public long SealOnQueryBytes { get; init; } = 1024 * 1024;

    /// <summary>
    /// Appends a second past which sealed files wait to be made into Parquet, since that costs more processor time than appending: the bursts that fill a log are served first.
    /// They wait until it is quieter, a query comes upon them, or they reach <see cref="MaxWaitingBytes"/>.
    /// </summary>
    public int BusyAppendsPerSecond { get; init; } = 2000;

    /// <summary>How many bytes of sealed files may wait for a quieter moment.</summary>
    public long MaxWaitingBytes { get; init; } = 1L << 30;

    /// <summary>How often what was written is flushed to the disk itself (fsync).</summary>
    public TimeSpan FlushInterval { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>How many small neighbouring Parquet segments are merged into one.</summary>
    public int MergeCount { get; init; } = 8;

    /// <summary>The size past which a Parquet segment is left alone by merging.</summary>
    public long MergeBytes { get; init; } = 128 * 1024 * 1024;

    /// <summary>The largest record, in bytes.</summary>
    public int MaxRecordBytes { get; init; } = 16 * 1024 * 1024;

    /// <summary>What the DuckDB that writes segments may use.</summary>
    public DuckOptions Compaction { get; init; } = new() { Threads = 1, MemoryMegabytes = 512 };
}

/// <summary>How much a log holds.</summary>
/// <param name="Appended">Records appended since it was opened.</param>
/// <param name="Segments">Parquet segments.</param>
/// <param name="SegmentBytes">Their size on disk.</param>
/// <param name="LogFiles">Log files not yet made into Parquet, with the one being written.</param>
/// <param name="LogBytes">Their size on disk.</param>
public sealed record SegmentLogStatus(long Appended, int Segments, long SegmentBytes, int LogFiles, long LogBytes);
