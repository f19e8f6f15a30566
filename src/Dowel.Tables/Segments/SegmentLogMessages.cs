using Microsoft.Extensions.Logging;

namespace Dowel.Tables.Segments;

internal static partial class SegmentLogMessages
{
    [LoggerMessage(1, LogLevel.Warning, "The log file {File} ended in the middle of a record, as after a crash; {Bytes} bytes were cut off")]
    public static partial void TornTail(this ILogger logger, string file, long bytes);

    [LoggerMessage(2, LogLevel.Error, "The log file {File} has {Bytes} damaged bytes between sound records; they are passed over and the file is kept as {Kept}")]
    public static partial void Damaged(this ILogger logger, string file, long bytes, string kept);

    [LoggerMessage(3, LogLevel.Information, "Removed {Files}, left over from before the last stop")]
    public static partial void LeftOver(this ILogger logger, string files);

    [LoggerMessage(4, LogLevel.Error, "A record of {File} could not be decoded and is left out; the file is kept")]
    public static partial void Undecodable(this ILogger logger, Exception exception, string file);

    [LoggerMessage(5, LogLevel.Error, "Making Parquet of the log in {Directory} failed; it is tried again")]
    public static partial void CompactionFailed(this ILogger logger, Exception exception, string directory);

    [LoggerMessage(6, LogLevel.Error, "Flushing the log in {Directory} to disk failed; it is tried again")]
    public static partial void FlushFailed(this ILogger logger, Exception exception, string directory);

    [LoggerMessage(7, LogLevel.Debug, "Wrote segment {File}: {Records} records, {Bytes} bytes")]
    public static partial void Compacted(this ILogger logger, string file, long records, long bytes);

    [LoggerMessage(8, LogLevel.Debug, "Merged {Count} segments into {File}")]
    public static partial void Merged(this ILogger logger, int count, string file);

    [LoggerMessage(9, LogLevel.Error, "The segment {File} is damaged: its records are left out, and it is kept as {Kept}. Put the file back from a backup and start again, or delete what was kept to accept the loss")]
    public static partial void Unreadable(this ILogger logger, Exception? exception, string file, string kept);

    [LoggerMessage(10, LogLevel.Error, "The segment {File} is gone, and its records with it. Put the file back from a backup and start again, or delete {Marker} to accept the loss")]
    public static partial void Missing(this ILogger logger, string file, string marker);
}
