using System.Globalization;
using Dowel.Contracts;
using Dowel.Kernel.Results;
using Dowel.Tables.Workers;
using DuckDB.NET.Data;

namespace Dowel.Tables.Ingest;

/// <summary>Makes one Parquet file of a file in a format that people have. Their files are read in a worker process and nowhere else (<see cref="TableWorkers"/>).</summary>
internal static class TableIngest
{
    /// <summary>How deep lists and records may nest. DuckDB's work on a column doubles with each level.</summary>
    public const int MaxDepth = 16;

    /// <summary>How many columns a table may have.</summary>
    public const int MaxColumns = 10_000;

    private const int WideColumns = 1000;
    private static readonly Dictionary<string, string> NoTypes = [];
    private const int ColumnsAtOnce = 200;
    private const int GroupValues = 10_000_000;

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

    /// <summary>As <see cref="TableWorkers.ToParquetAsync"/>, whose process this is. The target's folder is for this work alone and goes with it.</summary>
    public static Result<TableFile> ToParquet(string source, TableFormat format, string target, JobLimits limits)
    {
        var folder = Path.GetDirectoryName(target)!;
        // DuckDB takes special characters for patterns and chokes on a mark at the start of JSON; a plain copy helps with both.
        var readable = source;
        try
        {
            if (!Prepare(source, format).TryGet(out var plan, out var failure)) return failure;
            if (source.AsSpan().IndexOfAny("*?[") >= 0 || (format == TableFormat.JsonLines && StartsWithMark(source)))
            {
                readable = Path.Combine(folder, "source");
                CopyWithoutMark(source, readable);
            }

            // Each thread has a buffer a column.
            using var connection = Duck.Open(limits.Duck with { Threads = plan.Columns > WideColumns ? 1 : DuckOptions.Default.Threads, TempDirectory = Path.Combine(folder, "spill") });
            connection.Confine([readable], folder);
            if (format == TableFormat.Parquet)
            {
                var described = connection.DescribeTypes(plan.Relation(readable, NoTypes));
                if (CheckTypes(described) is { } wrong) return wrong;
                plan = plan with { Columns = described.Count };
            }

            Copy(NoTypes);
            if (format == TableFormat.Csv && Mistaken(connection, plan, readable, target) is { Count: > 0 } types) Copy(types);
            using (var handle = File.OpenHandle(target, FileMode.Open, FileAccess.ReadWrite)) RandomAccess.FlushToDisk(handle);

            var table = Describe(connection, target, default);
            if (plan.Records is { } records && records != table.RowCount)
                return CsvScanner.Bad($"The file holds {records} records but {table.RowCount} could be read; its line ends or quotes are inconsistent.");
            return table;

            void Copy(Dictionary<string, string> columnTypes) => CopyTo(connection, $"SELECT * FROM {plan.Relation(readable, columnTypes)}", target, plan.Columns);
        }
        catch (DuckDBException e)
        {
            if (DuckErrors.IsOutOfMemory(e)) return TooMuchMemory(limits);
            return NotReadable(format == TableFormat.JsonLines ? "JSON" : format.ToString(), e, source, readable, target);
        }
    }

    /// <summary>Writes Parquet in groups of rows, which are held until they are whole: fewer rows where there are many columns.</summary>
    private static void CopyTo(DuckDBConnection connection, string select, string target, int columns)
    {
        var rows = Math.Clamp(GroupValues / Math.Max(columns, 1), 2048, 122_880);
        connection.Execute($"COPY ({select}) TO {Duck.Literal(target)} (FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE {rows.ToString(CultureInfo.InvariantCulture)})");
    }

    /// <param name="Relation">What reads the file at a path; of CSV some columns as the types given.</param>
    /// <param name="Columns">How many columns it has.</param>
    /// <param name="Records">How many records were counted in it, where they were.</param>
    private sealed record Plan(Func<string, Dictionary<string, string>, string> Relation, int Columns, long? Records);

    /// <summary>
    /// The columns of CSV whose type was guessed wrongly, and what they are. Text: what was taken for float64 and says more than that holds, whole numbers that it would
    /// round, such as long ids, and numbers past its range. Float64: numbers that begin with an infinity, which DuckDB takes for that of a date.
    /// </summary>
    private static Dictionary<string, string> Mistaken(DuckDBConnection connection, Plan plan, string source, string target)
    {
        var types = connection.DescribeTypes(Duck.ReadParquet(target)).ToLookup(c => ColumnTypes.FromDuckDb(c.Type), c => c.Name);
        List<string> floats = [
            .. Where(target, types.Where(t => ColumnTypes.IsTemporal(t.Key)).SelectMany(t => t), c => $"bool_and(isinf({c}))"),
            .. Where(target, types[ColumnTypes.String], c => $"bool_or({IsInfinity(c)}) AND bool_and(TRY_CAST({c} AS DOUBLE) IS NOT NULL) FILTER (WHERE {c} IS NOT NULL) AND NOT bool_or({Loses(c)})")];
        // Only where there are values large enough, the text itself is looked at.
        var texts = Where(target, types[ColumnTypes.Float64], c => $"max(if(isnan({c}), 0, abs({c}))) >= 9007199254740992");
        if (texts.Count > 0)
        {
            var path = target + ".texts";
            CopyTo(connection, $"SELECT {string.Join(", ", texts.Select(Duck.Identifier))} FROM {plan.Relation(source, texts.ToDictionary(t => t, _ => "VARCHAR"))}", path, texts.Count);
            texts = Where(path, texts, c => $"bool_or({Loses(c)})");
        }
        return floats.Select(c => (c, "DOUBLE")).Concat(texts.Select(c => (c, "VARCHAR"))).ToDictionary();

        // A few columns at once: a statement takes more than twice the time and memory for twice the columns.
        List<string> Where(string parquet, IEnumerable<string> among, Func<string, string> condition) =>
            [.. among.Chunk(ColumnsAtOnce).SelectMany(some => connection.Query(
                $"SELECT {string.Join(", ", some.Select(c => condition(Duck.Identifier(c))))} FROM {Duck.ReadParquet(parquet)}",
                r => some.Where((_, i) => !r.IsDBNull(i) && r.GetBoolean(i)).ToList())[0])];

        static string IsInfinity(string text) => $"CASE WHEN length({text}) < 20 THEN lower(ltrim(trim({text}), '+-')) IN ('inf', 'infinity') ELSE false END";
        static string Loses(string text) => $"""
            CASE WHEN regexp_full_match(trim({text}), '[+-]?[0-9]+') THEN TRY_CAST({text} AS HUGEINT) IS NULL OR TRY_CAST(TRY_CAST({text} AS DOUBLE) AS HUGEINT) IS DISTINCT FROM TRY_CAST({text} AS HUGEINT)
            ELSE isinf(TRY_CAST({text} AS DOUBLE)) AND NOT {IsInfinity(text)} END
            """;
    }

    private static Result<Plan> Prepare(string source, TableFormat format)
    {
        switch (format)
        {
            case TableFormat.Csv:
            {
                using var stream = OpenSource(source);
                if (!new CsvScanner(stream).Scan().TryGet(out var layout, out var failure)) return failure;
                var names = Duck.TextList(layout.Names);
                // Nothing is left for DuckDB to guess but the types.
                return new Plan(
                    (path, types) => $"read_csv({Duck.Literal(path)}, header = true, names = {names}, delim = {Duck.Literal(layout.Delimiter.ToString())}, quote = '\"', escape = '\"', "
                        + "comment = '', skip = 0, nullstr = '', sample_size = -1, strict_mode = true, null_padding = false, ignore_errors = false, "
                        + "compression = 'none', hive_partitioning = false, max_line_size = 8388608"
                        + (types.Count == 0 ? ")" : $", types = {{{string.Join(", ", types.Select(t => $"{Duck.Literal(t.Key)}: '{t.Value}'"))}}})"),
                    layout.Names.Count,
                    layout.Records);
            }
            case TableFormat.JsonLines:
            {
                using var stream = OpenSource(source);
                if (!JsonLinesScanner.Scan(stream).TryGet(out var found, out var failure)) return failure;
                return new Plan(
                    (path, _) => $"read_json({Duck.Literal(path)}, format = 'newline_delimited', records = true, sample_size = -1, map_inference_threshold = -1, "
                        + "maximum_object_size = 16777216, ignore_errors = false, compression = 'uncompressed', hive_partitioning = false)",
                    found.Keys,
                    found.Objects);
            }
            case TableFormat.Parquet:
                if (CheckParquet(source) is { } notParquet) return notParquet;
                return new Plan((path, _) => $"read_parquet([{Duck.Literal(path)}], hive_partitioning = false, filename = false)", 0, null);
            default:
                throw new ArgumentOutOfRangeException(nameof(format));
        }
    }

    /// <summary>Fails when a column has no usable name, two have the same, or a type is nested so deeply that working with it takes for ever.</summary>
    private static Failure? CheckTypes(IReadOnlyList<(string Name, string Type)> columns)
    {
        if (CheckCount(columns.Count) is { } tooMany) return tooMany;
        foreach (var (name, type) in columns)
            if (ColumnTypes.Depth(type) > MaxDepth) return CsvScanner.Bad($"The column '{name}' is nested more than {MaxDepth} levels deep.");
        return CsvScanner.CheckNames([.. columns.Select(c => c.Name)]);
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

    private static Failure NotReadable(string format, DuckDBException e, params IReadOnlyList<string> paths)
    {
        var message = DuckErrors.Clean(e, paths).Message;
        if (message.Contains("No space left on device", StringComparison.Ordinal)) return new(ErrorCodes.StorageFull, "The server's disk is full; nothing was kept of the file.");
        return new(ErrorCodes.Malformed, $"The file could not be read as {format}: {message}");
    }

    /// <summary>What is said when a conversion takes too much memory.</summary>
    public static Failure TooMuchMemory(JobLimits limits) => new(
        ErrorCodes.TooLarge, $"The file could not be converted in {limits.MemoryMegabytes} MiB of memory. Send it in smaller files, or with shorter values.");

    /// <summary>Fails when there are too many columns.</summary>
    public static Failure? CheckCount(int columns) => columns <= MaxColumns ? null
        : new(ErrorCodes.TooLarge, $"The table has more than {MaxColumns} columns. Leave some out, or make rows of them: one column for the name, one for the value.");
}
