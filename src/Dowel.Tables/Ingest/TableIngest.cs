using System.Globalization;
using Dowel.Contracts;
using Dowel.Kernel.Results;
using DuckDB.NET.Data;

namespace Dowel.Tables.Ingest;

/// <summary>Makes one Parquet file of a file in a format that people have.</summary>
public static class TableIngest
{
    /// <summary>
    /// Reads the source whole, infers the types from all of its rows, and writes a Parquet file: under a temporary name first, so that the target is whole or absent.
    /// Fails, naming the line where there is one, when the file is empty, not UTF-8, ragged, not of the format, or has a column name twice.
    /// </summary>
    /// <param name="sourcePath">The file to read. Its extension says nothing.</param>
    /// <param name="format">Its format.</param>
    /// <param name="targetPath">The Parquet file to write; replaced if it exists.</param>
    /// <param name="ct">Stops it; nothing stays behind.</param>
    public static Task<Result<TableFile>> ToParquetAsync(string sourcePath, TableFormat format, string targetPath, CancellationToken ct = default) =>
        Task.Run(() => ToParquet(Path.GetFullPath(sourcePath), format, Path.GetFullPath(targetPath), ct), ct);

    /// <summary>Rows, size and columns of a Parquet file.</summary>
    /// <param name="path">The file.</param>
    /// <param name="ct">Stops it.</param>
    public static Task<Result<TableFile>> DescribeAsync(string path, CancellationToken ct = default) =>
        Task.Run<Result<TableFile>>(
            () =>
            {
                path = Path.GetFullPath(path);
                if (CheckParquet(path) is { } failure) return failure;
                using var connection = Duck.Open();
                connection.Confine([path]);
                try
                {
                    return Describe(connection, path, ct);
                }
                catch (DuckDBException e)
                {
                    return NotReadable("Parquet", e, path);
                }
            },
            ct);

    private static Result<TableFile> ToParquet(string source, TableFormat format, string target, CancellationToken ct)
    {
        var folder = Path.GetDirectoryName(target)!;
        Directory.CreateDirectory(folder);
        var temporary = Path.Combine(folder, $".{Guid.NewGuid():N}.tmp");
        string? copy = null;
        try
        {
            if (Prepare(source, format, ct) is var prepared && !prepared.TryGet(out var plan, out var failure)) return failure;

            // DuckDB takes special characters for patterns and chokes on a mark at the start of JSON; a plain copy helps with both.
            var readable = source;
            if (source.AsSpan().IndexOfAny("*?[") >= 0 || (format == TableFormat.JsonLines && StartsWithMark(source)))
            {
                readable = copy = Path.Combine(folder, $".{Guid.NewGuid():N}.src.tmp");
                CopyWithoutMark(source, copy);
            }

            using var connection = Duck.Open(new DuckOptions { TempDirectory = Path.Combine(folder, $".{Guid.NewGuid():N}.spill") });
            connection.Confine([readable], folder);
            if (format == TableFormat.Parquet && CsvScanner.CheckNames([.. connection.DescribeTypes(plan.Relation(readable)).Select(c => c.Name)]) is { } wrong) return wrong;

            connection.Execute($"COPY (SELECT * FROM {plan.Relation(readable)}) TO {Duck.Literal(temporary)} (FORMAT parquet, COMPRESSION zstd)", ct);
            using (var handle = File.OpenHandle(temporary, FileMode.Open, FileAccess.ReadWrite)) RandomAccess.FlushToDisk(handle);

            var table = Describe(connection, temporary, ct);
            if (plan.Records is { } records && records != table.RowCount)
                return CsvScanner.Bad($"The file holds {records} records but {table.RowCount} could be read; its line ends or quotes are inconsistent.");
            File.Move(temporary, target, overwrite: true);
            return table with { Path = target };
        }
        catch (DuckDBException e)
        {
            return NotReadable(format == TableFormat.JsonLines ? "JSON" : format.ToString(), e, source, copy ?? source, temporary);
        }
        finally
        {
            File.Delete(temporary);
            if (copy is not null) File.Delete(copy);
        }
    }

    private sealed record Plan(Func<string, string> Relation, long? Records);

    private static Result<Plan> Prepare(string source, TableFormat format, CancellationToken ct)
    {
        switch (format)
        {
            case TableFormat.Csv:
            {
                using var stream = OpenSource(source);
                if (!new CsvScanner(stream).Scan().TryGet(out var layout, out var failure)) return failure;
                ct.ThrowIfCancellationRequested();
                var names = Duck.TextList(layout.Names);
                // Nothing is left for DuckDB to guess but the types.
                return new Plan(
                    path => $"read_csv({Duck.Literal(path)}, header = true, names = {names}, delim = {Duck.Literal(layout.Delimiter.ToString())}, quote = '\"', escape = '\"', "
                        + "comment = '', skip = 0, nullstr = '', sample_size = -1, strict_mode = true, null_padding = false, ignore_errors = false, "
                        + "compression = 'none', hive_partitioning = false, max_line_size = 8388608)",
                    layout.Records);
            }
            case TableFormat.JsonLines:
            {
                using var stream = OpenSource(source);
                if (!JsonLinesScanner.Scan(stream).TryGet(out var objects, out var failure)) return failure;
                return new Plan(
                    path => $"read_json({Duck.Literal(path)}, format = 'newline_delimited', records = true, sample_size = -1, map_inference_threshold = -1, "
                        + "maximum_object_size = 16777216, ignore_errors = false, compression = 'uncompressed', hive_partitioning = false)",
                    objects);
            }
            case TableFormat.Parquet:
                if (CheckParquet(source) is { } notParquet) return notParquet;
                return new Plan(path => $"read_parquet([{Duck.Literal(path)}], hive_partitioning = false, filename = false)", null);
            default:
                throw new ArgumentOutOfRangeException(nameof(format));
        }
    }

    private static FileStream OpenSource(string path) => new(path, FileMode.Open, FileAccess.Read, FileShare.Read, 0, FileOptions.SequentialScan);

    private static Failure? CheckParquet(string path)
    {
        using var stream = OpenSource(path);
        if (stream.Length == 0) return CsvScanner.Bad("The file is empty.");
        Span<byte> mark = stackalloc byte[4];
        var sound = stream.Length >= 12 && stream.ReadAtLeast(mark, 4, throwOnEndOfStream: false) == 4 && mark.SequenceEqual("PAR1"u8);
        if (sound)
        {
            stream.Seek(-4, SeekOrigin.End);
            sound = stream.ReadAtLeast(mark, 4, throwOnEndOfStream: false) == 4 && mark.SequenceEqual("PAR1"u8);
            if (!sound) return CsvScanner.Bad("The Parquet file is cut short.");
        }
        return sound ? null : CsvScanner.Bad("The file is not a Parquet file.");
    }

    private static TableFile Describe(DuckDBConnection connection, string path, CancellationToken ct)
    {
        var relation = Duck.ReadParquet(path);
        var types = connection.DescribeTypes(relation);
        var counts = string.Concat(types.Select(t => $", count({Duck.Identifier(t.Name)})"));
        var numbers = connection.Query($"SELECT count(*){counts} FROM {relation}", r => Enumerable.Range(0, types.Count + 1).Select(r.GetInt64).ToArray(), ct)[0];
        return new(path, numbers[0], new FileInfo(path).Length, [.. types.Select((t, i) => new ColumnSchema(t.Name, ColumnTypes.FromDuckDb(t.Type), numbers[i + 1] < numbers[0]))]);
    }

    private static bool StartsWithMark(string path)
    {
        Span<byte> mark = stackalloc byte[3];
        using var stream = OpenSource(path);
        return stream.ReadAtLeast(mark, 3, throwOnEndOfStream: false) == 3 && mark.SequenceEqual("\uFEFF"u8);
    }

    private static void CopyWithoutMark(string source, string target)
    {
        using var from = OpenSource(source);
        using var to = new FileStream(target, FileMode.CreateNew, FileAccess.Write);
        if (StartsWithMark(source)) from.Seek(3, SeekOrigin.Begin);
        from.CopyTo(to);
    }

    private static Failure NotReadable(string format, DuckDBException e, params IReadOnlyList<string> paths) =>
        new(ErrorCodes.Malformed, string.Create(CultureInfo.InvariantCulture, $"The file could not be read as {format}: {DuckErrors.Clean(e, paths).Message}"));
}
