using System.Globalization;
using Dowel.Contracts;
using Dowel.Kernel.Results;
using Dowel.Tables.Ingest;
using Dowel.Tables.Queries;
using Dowel.Tables.Workers;
using DuckDB.NET.Data;
using DuckDB.NET.Native;

namespace Dowel.Tables.Profiles;

/// <summary>Computes what a table looks like. Figures are exact, not estimated.</summary>
internal static class TableProfiler
{
    private const int MaxCorrelated = 50;
    private const int CorrelationsAtOnce = 200;
    private const int ColumnsAtOnce = 50;
    private const long MaxCopiedValues = 5_000_000;
    private const int MaxText = 200;
    private const int TopCount = 10;
    private const int MaxBins = 20;
    private static readonly double[] Places = [0.01, 0.05, 0.25, 0.50, 0.75, 0.95, 0.99];

    /// <summary>As <see cref="TableWorkers.ProfileAsync"/>, whose process this is.</summary>
    public static Result<TableProfile> Profile(IReadOnlyList<string> parquetPaths, JobLimits limits)
    {
        using var connection = Duck.Open(limits.Duck);
        try
        {
            connection.Confine(parquetPaths);
            return Profile(connection, Duck.ReadParquet(parquetPaths));
        }
        catch (DuckDBException e)
        {
            if (DuckErrors.IsOutOfMemory(e)) return TooMuchMemory(limits);
            return CsvScanner.Bad($"The table could not be profiled: {DuckErrors.Clean(e, parquetPaths).Message}");
        }
    }

    /// <summary>What is said when a profile takes too much memory.</summary>
    public static Failure TooMuchMemory(JobLimits limits) => new(
        ErrorCodes.QueryLimit, $"The profile was stopped: it needed more than {limits.MemoryMegabytes} MiB of memory. Profile a table with fewer rows, or with shorter values.");

    private static TableProfile Profile(DuckDBConnection connection, string source)
    {
        var rows = connection.Query($"SELECT count(*) FROM {source}", static r => r.GetInt64(0))[0];
        var all = connection.DescribeTypes(source);
        var columns = all.Take(TableProfile.MaxColumns).Select(c => new Column(c.Name, c.Type)).ToList();
        var profiles = new List<ColumnProfile>();
        foreach (var some in columns.Chunk(ColumnsAtOnce))
        {
            Attach(connection, source, some, rows);
            profiles.AddRange(some.Select(c => Profile(connection, c, rows)));
        }
        var correlated = columns.Where(c => c.IsNumeric).Take(MaxCorrelated).ToList();
        if (correlated.Count > 0) Attach(connection, source, correlated, rows);
        return new(rows, profiles, all.Count - columns.Count, Correlate(connection, correlated, profiles));
    }

    /// <summary>
    /// Makes some columns the relation <c>t</c>: each statement looks at all columns of what it reads from, which of a table of thousands takes longer than the work.
    /// Copied where they are small, so that the file is opened once.
    /// </summary>
    private static void Attach(DuckDBConnection connection, string source, IReadOnlyList<Column> columns, long rows)
    {
        var select = $"SELECT {string.Join(", ", columns.Select(c => c.Sql))} FROM {source}";
        if (rows * columns.Count <= MaxCopiedValues)
        {
            try
            {
                connection.Execute($"CREATE OR REPLACE TABLE copied AS {select}");
                select = "FROM copied";
            }
            catch (DuckDBException e) when (DuckErrors.IsOutOfMemory(e))
            {
                // Few values, but large ones.
            }
        }
        connection.Execute($"CREATE OR REPLACE VIEW t AS {select}");
    }

    /// <summary>A column and the SQL that speaks of it.</summary>
    private sealed record Column(string Name, string DuckType)
    {
        public string Type { get; } = ColumnTypes.FromDuckDb(DuckType);
        public string Sql { get; } = Duck.Identifier(Name);
        public bool IsNumeric => ColumnTypes.IsNumeric(Type);
        public bool IsTemporal => ColumnTypes.IsTemporal(Type);
        public bool IsFloat => Type is ColumnTypes.Float32 or ColumnTypes.Float64;

        /// <summary>The value as a number: for dates and times milliseconds since 1970.</summary>
        public string Number => IsTemporal ? $"CAST(epoch_ms(CAST({Sql} AS TIMESTAMP)) AS DOUBLE)" : $"CAST({Sql} AS DOUBLE)";
        public string IsThere => IsFloat ? $"({Sql} IS NOT NULL AND NOT isnan({Sql}))" : $"({Sql} IS NOT NULL)";
        public string IsFinite => IsFloat || IsTemporal ? $"({Sql} IS NOT NULL AND isfinite({Sql}))" : $"({Sql} IS NOT NULL)";
        public bool HasOrder => IsNumeric || IsTemporal || Type is ColumnTypes.String or ColumnTypes.Boolean or ColumnTypes.Time or ColumnTypes.Uuid;
    }

    private static ColumnProfile Profile(DuckDBConnection connection, Column c, long rows)
    {
        var (there, infinite, distinct) = connection.Query(
            $"SELECT count(*) FILTER (WHERE {c.IsThere}), count(*) FILTER (WHERE {c.IsThere} AND NOT {c.IsFinite}), count(DISTINCT {c.Sql}) FILTER (WHERE {c.IsThere}) FROM t",
            static r => (r.GetInt64(0), r.GetInt64(1), r.GetInt64(2)))[0];
        var profile = new ColumnProfile
        {
            Name = c.Name,
            Type = c.Type,
            Count = there,
            Missing = rows - there,
            MissingFraction = rows == 0 ? 0 : (double)(rows - there) / rows,
            Infinite = infinite,
            Distinct = distinct,
        };
        if (there == 0) return profile;

        profile = profile with { TopValues = TopValues(connection, c) };
        if (c.HasOrder && there > infinite) profile = WithExtremes(connection, c, profile);
        if (c.IsNumeric && there > infinite) profile = WithMoments(connection, c, profile);
        if ((c.IsNumeric || c.IsTemporal) && there > infinite) profile = profile with { Histogram = Bin(connection, c, there - infinite) };
        return profile;
    }

    private static List<ValueCount> TopValues(DuckDBConnection connection, Column c)
    {
        var (columns, list) = ResultReader.Plan([("value", c.DuckType)]);
        var weight = 0L;
        return connection.Query(
            $"SELECT {list}, n FROM (SELECT {c.Sql} AS value, count(*) AS n FROM t WHERE {c.IsThere} GROUP BY {c.Sql} ORDER BY n DESC, {c.Sql} LIMIT {TopCount})",
            r => new ValueCount(Shorten(ResultReader.Read(r, columns, ref weight)[0]), r.GetInt64(1)));
    }

    private static ColumnProfile WithExtremes(DuckDBConnection connection, Column c, ColumnProfile profile)
    {
        var (columns, list) = ResultReader.Plan([("low", c.DuckType), ("high", c.DuckType)]);
        var weight = 0L;
        var row = connection.Query(
            $"SELECT {list} FROM (SELECT min({c.Sql}) AS low, max({c.Sql}) AS high FROM t WHERE {c.IsFinite})",
            r => ResultReader.Read(r, columns, ref weight))[0];
        return profile with { Min = Shorten(row[0]), Max = Shorten(row[1]) };
    }

    private static ColumnProfile WithMoments(DuckDBConnection connection, Column c, ColumnProfile profile)
    {
        var places = string.Join(", ", Places.Select(p => p.ToString(CultureInfo.InvariantCulture)));
        var quantiles = connection.Query(
            $"SELECT unnest(quantile_cont({c.Number}, [{places}])) FROM t WHERE {c.IsFinite}", static r => r.GetDouble(0));
        return profile with
        {
            Mean = Number(connection, $"favg({c.Number})", c.IsFinite),
            Std = Number(connection, $"stddev_samp({c.Number})", c.IsFinite),
            Quantiles = [.. Places.Zip(quantiles, (p, v) => new Quantile(p, v))],
        };
    }

    /// <summary>One figure, or null where it does not exist or does not fit into a double.</summary>
    private static double? Number(DuckDBConnection connection, string aggregate, string where)
    {
        try
        {
            return connection.Query($"SELECT {aggregate} FROM t WHERE {where}", ReadFinite(0))[0];
        }
        catch (DuckDBException e) when (e.ErrorType == DuckDBErrorType.OutOfRange)
        {
            return null;
        }
    }

    private static Func<DuckDBDataReader, double?> ReadFinite(int ordinal) =>
        r => r.IsDBNull(ordinal) ? null : r.GetDouble(ordinal) is var value && double.IsFinite(value) ? value : null;

    /// <summary>
    /// Bins of equal width, as many as numpy's "auto" would take (the greater of Freedman-Diaconis and Sturges), at most twenty.
    /// </summary>
    private static Histogram? Bin(DuckDBConnection connection, Column c, long count)
    {
        var source = $"(SELECT {c.Number} AS x FROM t WHERE {c.IsFinite})";
        var (low, high, q1, q3) = connection.Query(
            $"SELECT min(x), max(x), quantile_cont(x, 0.25), quantile_cont(x, 0.75) FROM {source}",
            static r => (r.GetDouble(0), r.GetDouble(1), r.GetDouble(2), r.GetDouble(3)))[0];
        var range = high - low;
        if (!double.IsFinite(range)) return null;
        if (range == 0) return new([low - 0.5, high + 0.5], [count]);

        var sturges = range / (Math.Log2(count) + 1);
        var freedmanDiaconis = 2 * (q3 - q1) / Math.Cbrt(count);
        var width = freedmanDiaconis > 0 ? Math.Min(sturges, freedmanDiaconis) : sturges;
        var bins = (int)Math.Clamp(Math.Ceiling(range / width), 1, MaxBins);
        var edges = Enumerable.Range(0, bins + 1).Select(i => i == bins ? high : low + (i * (range / bins))).ToArray();

        // The division may land one bin beside the edge it belongs to; the edges decide.
        var list = string.Join(", ", edges.Select(e => e.ToString("R", CultureInfo.InvariantCulture) + "::DOUBLE"));
        var counts = new long[bins];
        foreach (var (bin, n) in connection.Query(
            $"""
            SELECT CASE WHEN x < e[b + 1] THEN b - 1 WHEN b < {bins - 1} AND x >= e[b + 2] THEN b + 1 ELSE b END AS bin, count(*)
            FROM (SELECT x, [{list}] AS e, CAST(least(greatest(floor((x - $1) / $2 * {bins}), 0), {bins - 1}) AS INTEGER) AS b FROM {source})
            GROUP BY bin
            """,
            static r => (r.GetInt32(0), r.GetInt64(1)), default, low, range))
            counts[bin] = n;
        return new(edges, counts);
    }

    private static CorrelationMatrix Correlate(DuckDBConnection connection, List<Column> columns, List<ColumnProfile> profiles)
    {
        var size = columns.Count;
        var values = Enumerable.Range(0, size).Select(_ => new double?[size]).ToArray();
        for (var i = 0; i < size; i++) values[i][i] = profiles.Find(p => p.Name == columns[i].Name)!.Std is > 0 ? 1.0 : null;
        var pairs = from i in Enumerable.Range(0, size) from j in Enumerable.Range(i + 1, size - i - 1) select (I: i, J: j);
        foreach (var chunk in pairs.Chunk(CorrelationsAtOnce))
        {
            var found = Correlations(connection, columns, chunk) ?? [.. chunk.Select(p => Correlations(connection, columns, [p])?[0])];
            foreach (var ((i, j), value) in chunk.Zip(found)) values[i][j] = values[j][i] = value is { } v ? Math.Clamp(v, -1, 1) : null;
        }
        return new([.. columns.Select(c => c.Name)], values);
    }

    /// <summary>Null when some pair's figures do not fit into a double.</summary>
    private static double?[]? Correlations(DuckDBConnection connection, List<Column> columns, (int I, int J)[] pairs)
    {
        var list = string.Join(", ", pairs.Select(p => $"corr({columns[p.I].Number}, {columns[p.J].Number}) FILTER (WHERE {columns[p.I].IsFinite} AND {columns[p.J].IsFinite})"));
        try
        {
            return connection.Query($"SELECT {list} FROM t", r => Enumerable.Range(0, pairs.Length).Select(i => ReadFinite(i)(r)).ToArray())[0];
        }
        catch (DuckDBException e) when (e.ErrorType == DuckDBErrorType.OutOfRange)
        {
            return null;
        }
    }

    private static object? Shorten(object? value) => value is string { Length: > MaxText } text ? text[..MaxText] + "…" : value;
}
