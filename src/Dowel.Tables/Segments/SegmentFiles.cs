using System.Globalization;

namespace Dowel.Tables.Segments;

/// <summary>A Parquet segment: the log files it was made of (first to last) and its size.</summary>
internal sealed record ParquetSegment(string Path, long First, long Last, long Bytes);

/// <summary>A log file: its number, how much of it is written, and how many records are in it.</summary>
internal sealed record LogSegment(string Path, long Number, long Length, bool Damaged = false);

/// <summary>The files of a log's folder and their names: <c>0000000007.log</c>, <c>0000000001-0000000006.parquet</c>.</summary>
internal static class SegmentFiles
{
    public const string LockName = "lock";

    public static string LogPath(string directory, long number) => Path.Combine(directory, Number(number) + ".log");

    public static string ParquetPath(string directory, long first, long last) => Path.Combine(directory, $"{Number(first)}-{Number(last)}.parquet");

    private static string Number(long number) => number.ToString("D10", CultureInfo.InvariantCulture);

    /// <summary>
    /// Puts the folder in order after a crash: removes temporary files, Parquet files whose merged successor exists, and log files whose Parquet exists.
    /// </summary>
    public static (List<ParquetSegment> Parquet, List<(string Path, long Number)> Logs, List<string> Removed) Recover(string directory)
    {
        List<string> removed = [];
        foreach (var path in Directory.EnumerateFiles(directory, "*.tmp")) Remove(path);

        var parquet = new List<ParquetSegment>();
        foreach (var path in Directory.EnumerateFiles(directory, "*.parquet"))
        {
            var range = Path.GetFileNameWithoutExtension(path).Split('-');
            if (range.Length == 2 && TryNumber(range[0], out var first) && TryNumber(range[1], out var last) && first <= last)
                parquet.Add(new(path, first, last, new FileInfo(path).Length));
        }
        // The widest range first: what lies within it was merged into it.
        parquet.Sort((a, b) => (b.Last - b.First).CompareTo(a.Last - a.First));
        var kept = new List<ParquetSegment>();
        foreach (var segment in parquet)
        {
            if (kept.Exists(k => k.First <= segment.First && segment.Last <= k.Last)) Remove(segment.Path);
            else kept.Add(segment);
        }
        kept.Sort((a, b) => a.First.CompareTo(b.First));

        var logs = new List<(string, long)>();
        foreach (var path in Directory.EnumerateFiles(directory, "*.log"))
        {
            if (!TryNumber(Path.GetFileNameWithoutExtension(path), out var number)) continue;
            if (kept.Exists(k => k.First <= number && number <= k.Last)) Remove(path);
            else logs.Add((path, number));
        }
        logs.Sort((a, b) => a.Item2.CompareTo(b.Item2));
        return (kept, logs, removed);

        void Remove(string path)
        {
            File.Delete(path);
            removed.Add(Path.GetFileName(path));
        }
    }

    private static bool TryNumber(string text, out long number) => long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out number);
}
