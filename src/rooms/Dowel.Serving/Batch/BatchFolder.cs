using System.Globalization;
using Dowel.Tables;
using DuckDB.NET.Data;

namespace Dowel.Serving.Batch;

/// <summary>
/// The working folder of a run: a Parquet file for each chunk that is done, named after its number, its rows and how many of them failed. A file is there whole or not at all,
/// so what is there after a crash is what need not be done again.
/// </summary>
internal sealed class BatchFolder(string path)
{
    private const string Extension = ".parquet";

    public string Path { get; } = path;

    /// <summary>The chunks that are done, in order.</summary>
    public IReadOnlyList<DoneChunk> Done() => [.. Directory.EnumerateFiles(Path, $"*{Extension}").Select(Parse).OfType<DoneChunk>().OrderBy(c => c.Number)];

    /// <summary>Removes what a crash left half written.</summary>
    public void Clean()
    {
        Directory.CreateDirectory(Path);
        var done = Done().Select(c => c.Path).ToHashSet();
        foreach (var entry in new DirectoryInfo(Path).EnumerateFileSystemInfos().Where(e => !done.Contains(e.FullName)))
            if (entry is DirectoryInfo folder) folder.Delete(recursive: true);
            else entry.Delete();
    }

    /// <summary>Forgets the chunks with failed rows, which are done again.</summary>
    public void ForgetFailed()
    {
        if (!Directory.Exists(Path)) return;
        foreach (var chunk in Done().Where(c => c.Failed > 0)) File.Delete(chunk.Path);
    }

    /// <summary>Where a chunk is written before it is kept.</summary>
    public string Unfinished(string name) => System.IO.Path.Combine(Path, $"{name}.tmp");

    /// <summary>Keeps a chunk that was written.</summary>
    public void Keep(string unfinished, long number, int rows, int failed)
    {
        using (var handle = File.OpenHandle(unfinished, FileMode.Open, FileAccess.ReadWrite)) RandomAccess.FlushToDisk(handle);
        File.Move(unfinished, System.IO.Path.Combine(Path, string.Create(CultureInfo.InvariantCulture, $"{number:D8}-{rows}-{failed}{Extension}")));
    }

    public void Delete()
    {
        if (Directory.Exists(Path)) Directory.Delete(Path, recursive: true);
    }

    /// <summary>A DuckDB that reads the files and this folder, and writes to this folder alone.</summary>
    public DuckDBConnection OpenDuck(IEnumerable<string> files)
    {
        var connection = Duck.Open(new DuckOptions { Threads = 1, MemoryMegabytes = 512, TempDirectory = System.IO.Path.Combine(Path, "spill") });
        connection.Confine(files, Path);
        return connection;
    }

    private static DoneChunk? Parse(string path)
    {
        var parts = System.IO.Path.GetFileNameWithoutExtension(path).Split('-');
        return parts.Length == 3 && long.TryParse(parts[0], CultureInfo.InvariantCulture, out var number) && int.TryParse(parts[1], CultureInfo.InvariantCulture, out var rows) && int.TryParse(parts[2], CultureInfo.InvariantCulture, out var failed)
            ? new DoneChunk(path, number, rows, failed)
            : null;
    }
}

/// <summary>A chunk that is done.</summary>
/// <param name="Path">Its file.</param>
/// <param name="Number">Its number, from 0.</param>
/// <param name="Rows">Rows.</param>
/// <param name="Failed">Rows that failed.</param>
internal sealed record DoneChunk(string Path, long Number, int Rows, int Failed);
