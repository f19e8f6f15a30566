using System.Buffers.Binary;
using System.Globalization;
using System.Text;

namespace Dowel.Tables.Segments;

/// <summary>A Parquet segment: the log files it was made of (first to last) and its size.</summary>
internal sealed record ParquetSegment(string Path, long First, long Last, long Bytes)
{
    public bool Covers(long first, long last) => First <= first && last <= Last;
}

/// <summary>A log file: its number, how much of it is written, and how many records are in it.</summary>
internal sealed record LogSegment(string Path, long Number, long Length, bool Damaged = false);

/// <summary>What a log's folder holds, and the names of what was put in order: left-overs that were removed, Parquet files set aside, Parquet files that are gone.</summary>
internal sealed record RecoveredFiles(List<ParquetSegment> Parquet, List<(string Path, long Number)> Logs, List<string> Removed, List<string> Damaged, List<string> Missing);

/// <summary>The files of a log's folder and their names: <c>0000000007.log</c>, <c>0000000001-0000000006.parquet</c>.</summary>
internal static class SegmentFiles
{
    public const string LockName = "lock";
    public const string DamagedSuffix = ".damaged";
    public const string MissingSuffix = ".missing";

    /// <summary>Names the Parquet files that must be there, a line each.</summary>
    private const string ListName = "segments.list";

    private const int ParquetTail = 8;

    public static string LogPath(string directory, long number) => Path.Combine(directory, Number(number) + ".log");

    public static string ParquetPath(string directory, long first, long last) => Path.Combine(directory, $"{Number(first)}-{Number(last)}.parquet");

    /// <summary>What was set aside or is gone, and has not been cleared away by a person.</summary>
    public static IReadOnlyList<string> Lost(string directory) =>
        [.. Directory.EnumerateFiles(directory).Where(f => f.EndsWith(DamagedSuffix, StringComparison.Ordinal) || f.EndsWith(MissingSuffix, StringComparison.Ordinal)).Select(f => Path.GetFileName(f)).Order(StringComparer.Ordinal)];

    /// <summary>Writes down which Parquet files there are, before what they were made of goes.</summary>
    public static void WriteList(string directory, IEnumerable<ParquetSegment> parquet)
    {
        var path = Path.Combine(directory, ListName);
        using (var file = new FileStream(path + ".tmp", FileMode.Create, FileAccess.Write))
        {
            file.Write(Encoding.UTF8.GetBytes(string.Concat(parquet.Select(p => Path.GetFileName(p.Path) + "\n"))));
            file.Flush(flushToDisk: true);
        }
        File.Move(path + ".tmp", path, overwrite: true);
    }

    private static string Number(long number) => number.ToString("D10", CultureInfo.InvariantCulture);

    /// <summary>
    /// Puts the folder in order after a crash: removes temporary files, Parquet files whose merged successor exists, and log files whose Parquet exists.
    /// A Parquet file that is cut short or none is set aside as <c>.damaged</c>; one that was there and is not leaves a <c>.missing</c> behind.
    /// </summary>
    public static RecoveredFiles Recover(string directory)
    {
        List<string> removed = [], damaged = [], missing = [];
        foreach (var path in Directory.EnumerateFiles(directory, "*.tmp")) Remove(path);

        var parquet = new List<ParquetSegment>();
        foreach (var path in Directory.EnumerateFiles(directory, "*.parquet"))
        {
            if (!TryRange(path, out var first, out var last)) continue;
            if (IsParquet(path)) parquet.Add(new(path, first, last, new FileInfo(path).Length));
            else
            {
                File.Move(path, path + DamagedSuffix, overwrite: true);
                damaged.Add(Path.GetFileName(path));
            }
        }
        // The widest range first: what lies within it was merged into it.
        parquet.Sort((a, b) => (b.Last - b.First).CompareTo(a.Last - a.First));
        var kept = new List<ParquetSegment>();
        foreach (var segment in parquet)
        {
            if (kept.Exists(k => k.Covers(segment.First, segment.Last))) Remove(segment.Path);
            else kept.Add(segment);
        }
        kept.Sort((a, b) => a.First.CompareTo(b.First));

        var logs = new List<(string Path, long Number)>();
        foreach (var path in Directory.EnumerateFiles(directory, "*.log"))
        {
            if (!TryNumber(Path.GetFileNameWithoutExtension(path), out var number)) continue;
            if (kept.Exists(k => k.Covers(number, number))) Remove(path);
            else logs.Add((path, number));
        }
        logs.Sort((a, b) => a.Number.CompareTo(b.Number));

        List<string> listed = [.. Listed(directory)];
        foreach (var path in listed)
        {
            var marker = path + MissingSuffix;
            if (!TryRange(path, out var first, out var last)) continue;
            if (kept.Exists(k => k.Covers(first, last)) || (first == last && logs.Exists(l => l.Number == first)) || File.Exists(path + DamagedSuffix)) continue;
            if (!File.Exists(marker)) File.WriteAllText(marker, "");
            missing.Add(Path.GetFileName(path));
        }
        // What is back.
        foreach (var segment in kept)
        {
            foreach (var suffix in new[] { DamagedSuffix, MissingSuffix }) File.Delete(segment.Path + suffix);
        }
        if (!listed.SequenceEqual(kept.Select(k => k.Path), StringComparer.Ordinal)) WriteList(directory, kept);
        return new(kept, logs, removed, damaged, missing);

        void Remove(string path)
        {
            File.Delete(path);
            removed.Add(Path.GetFileName(path));
        }
    }

    private static IEnumerable<string> Listed(string directory)
    {
        var list = Path.Combine(directory, ListName);
        return File.Exists(list) ? File.ReadAllLines(list).Select(name => Path.Combine(directory, Path.GetFileName(name))) : [];
    }

    /// <summary>Whether a file begins and ends as Parquet does: <c>PAR1</c>, …, the footer, its length, <c>PAR1</c>. Its pages are not looked at.</summary>
    private static bool IsParquet(string path)
    {
        using var file = File.OpenHandle(path);
        var length = RandomAccess.GetLength(file);
        Span<byte> head = stackalloc byte[4], tail = stackalloc byte[ParquetTail];
        if (length < head.Length + ParquetTail || RandomAccess.Read(file, head, 0) < head.Length || RandomAccess.Read(file, tail, length - ParquetTail) < ParquetTail) return false;
        var footer = BinaryPrimitives.ReadUInt32LittleEndian(tail);
        return head.SequenceEqual("PAR1"u8) && tail[4..].SequenceEqual("PAR1"u8) && footer > 0 && footer <= length - head.Length - ParquetTail;
    }

    private static bool TryRange(string path, out long first, out long last)
    {
        var range = Path.GetFileNameWithoutExtension(path).Split('-');
        last = 0;
        return TryNumber(range[0], out first) && range.Length == 2 && TryNumber(range[1], out last) && first <= last;
    }

    private static bool TryNumber(string text, out long number) => long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out number);
}
