using System.Diagnostics;
using Dowel.Contracts;
using Dowel.Kernel.Results;
using Dowel.Tables.Workers;
using DuckDB.NET.Data;
using DuckDB.NET.Native;

namespace Dowel.Tables.Queries;

/// <summary>
/// Runs SQL that users write, over named tables and nothing else: each query in a DuckDB of its own, in memory, that can open only the Parquet files of the
/// tables it names, cannot be reconfigured, and may take so much memory. It runs in a worker process and nowhere else (<see cref="WorkerProgram"/>):
/// whoever started that, <see cref="TableWorkers"/>, ends it when the query takes too long, or memory that DuckDB does not count.
/// </summary>
internal static class SandboxedQuery
{
    private const int MaxSqlLength = 100_000;
    private const string View = "dowel_result";
    private static readonly HashSet<string> ReservedSchemas = new(["information_schema", "pg_catalog", "system", "temp", "memory", "recurring"], StringComparer.OrdinalIgnoreCase);

    /// <summary>Why a text is no query at all, or null.</summary>
    public static Failure? Check(string sql)
    {
        if (string.IsNullOrWhiteSpace(sql)) return Failure.Invalid("sql", sql, "a SELECT statement");
        if (sql.Length > MaxSqlLength) return Failure.Invalid("sql", $"{sql.Length} characters", $"at most {MaxSqlLength} characters");
        if (sql.AsSpan().Count("/*") > 100) return Failure.Invalid("sql", "more than 100 comments", "fewer comments");
        if (sql.Contains('\0')) return Failure.Invalid("sql", "a NUL character", "text without NUL characters");
        return null;
    }

    /// <summary>Runs one query and writes its rows, or why it was refused or failed; messages name a line and column where DuckDB does, and none of this server's paths.</summary>
    public static void Run(QueryRequest request, AnswerWriter result)
    {
        var started = Stopwatch.GetTimestamp();
        if (Answer(request, result).TryGet(out var truncated, out var failure))
            result.TrySend(FrameKind.End, new(truncated, Stopwatch.GetElapsedTime(started)), WorkerJson.Default.QueryEnd);
        else
            result.Send(failure);
    }

    /// <summary>Whether there were more rows than the limits allow, or the failure.</summary>
    private static Result<bool> Answer(QueryRequest request, AnswerWriter result)
    {
        var (tables, limits, sql) = (request.Tables, request.Limits, new SqlText(request.Sql));
        using var connection = Duck.Open(new DuckOptions { Threads = limits.Threads, MemoryMegabytes = limits.MemoryMegabytes });
        try
        {
            if (!SqlGuard.Check(connection, sql, tables).TryGet(out var used, out var failure)) return failure;
            connection.Execute("SET errors_as_json = true");
            connection.Confine(used.SelectMany(t => t.ParquetPaths));
            if (CreateTables(connection, tables, used) is { } unreadable) return unreadable;

            CreateResultView(connection, sql);
            var (columns, list) = ResultReader.Plan(connection.DescribeTypes(View));
            if (!result.TrySend(FrameKind.Head, new(columns, [.. used.Select(t => Array.IndexOf(tables, t))]), WorkerJson.Default.QueryHead)) return TooLarge("The list of columns");
            return Fetch(connection, $"SELECT {list} FROM temp.main.{View} LIMIT {limits.MaxRows + 1L}", columns, limits, result);
        }
        catch (DuckDBException e)
        {
            return Explain(e, sql, tables, limits);
        }
    }

    private static Failure? CreateTables(DuckDBConnection connection, IReadOnlyList<QueryTable> tables, IReadOnlyList<QueryTable> used)
    {
        foreach (var table in used)
        {
            if (ReservedSchemas.Contains(table.Schema)) return new Failure(ErrorCodes.QueryFailed, $"'{table.Schema}' is a name of the database itself; its tables cannot be queried.");
            var qualified = $"memory.{Duck.Identifier(table.Schema)}.{Duck.Identifier(table.Name)}";
            try
            {
                connection.Execute($"CREATE SCHEMA IF NOT EXISTS memory.{Duck.Identifier(table.Schema)}");
                connection.Execute($"CREATE VIEW {qualified} AS SELECT * FROM {Duck.ReadParquet(table.ParquetPaths)}");
            }
            catch (DuckDBException e)
            {
                return new Failure(ErrorCodes.QueryFailed, $"The table {table.Schema}.{table.Name} cannot be read: {DuckErrors.Clean(e, Paths(tables)).Message}");
            }
            if (tables.Count(t => string.Equals(t.Name, table.Name, StringComparison.OrdinalIgnoreCase)) == 1 && !string.Equals(table.Schema, "main", StringComparison.OrdinalIgnoreCase))
                connection.Execute($"CREATE VIEW memory.main.{Duck.Identifier(table.Name)} AS SELECT * FROM {qualified}");
        }
        return null;
    }

    /// <summary>The query becomes a view, so that its columns can be looked at and read as they must be, and errors keep their place in the user's text.</summary>
    private static void CreateResultView(DuckDBConnection connection, SqlText sql)
    {
        try
        {
            connection.Execute(Prefix + sql.Text);
        }
        catch (DuckDBException e) when (DuckErrors.Clean(e).Kind == "Parser")
        {
            // DESCRIBE and SUMMARIZE are tables within FROM only. The text is one sound statement, so the bracket cannot be closed early.
            connection.Execute($"CREATE TEMP VIEW {View} AS FROM ({sql.Text.TrimEnd().TrimEnd(';')}\n)");
        }
    }

    private const string Prefix = $"CREATE TEMP VIEW {View} AS\n";

    private static Result<bool> Fetch(DuckDBConnection connection, string sql, List<QueryColumn> columns, QueryLimits limits, AnswerWriter result)
    {
        using var command = Duck.Command(connection, sql, []);
        // Rows come as they are computed, so that a large result is never held whole.
        command.UseStreamingMode = true;
        using var reader = command.ExecuteReader();
        var (rows, weight, truncated) = (0, 0L, false);
        while (!truncated && reader.Read())
        {
            truncated = rows++ == limits.MaxRows || weight > limits.MaxBytes;
            if (!truncated && !result.TryAdd(ResultReader.Read(reader, columns, ref weight))) return TooLarge("A row of the result");
        }
        return result.TryFlush() ? truncated : TooLarge("A row of the result");
    }

    private static Failure TooLarge(string what) => new(ErrorCodes.QueryLimit, $"{what} is larger than {WorkerFrames.MaxBytes >> 20} MiB.");

    private static Failure Explain(DuckDBException e, SqlText sql, IReadOnlyList<QueryTable> tables, QueryLimits limits)
    {
        var error = DuckErrors.Clean(e, Paths(tables));
        if (e.ErrorType == DuckDBErrorType.OutOfMemory || error.Kind is "Out of Memory" or "OutOfMemory") return TooMuchMemory(limits);
        return new(ErrorCodes.QueryFailed, sql.At(error.Position - Prefix.Length) + error.Message);
    }

    /// <summary>What is said of a query that was stopped for its time.</summary>
    public static Failure TooLong(QueryLimits limits) => new(ErrorCodes.QueryLimit, $"The query was stopped: it ran longer than {limits.Timeout.TotalSeconds:0.###} seconds.");

    /// <summary>What is said of a query that DuckDB, or who watches it, stopped for its memory.</summary>
    public static Failure TooMuchMemory(QueryLimits limits) => new(ErrorCodes.QueryLimit, $"The query was stopped: it needed more than {limits.MemoryMegabytes} MiB of memory.");

    /// <summary>What is said of a query whose process died.</summary>
    public static Failure Died() => new(ErrorCodes.QueryFailed, "The query ended the process that ran it, and nothing else. Write it in another way, or over less data.");

    private static IEnumerable<string> Paths(IReadOnlyList<QueryTable> tables) => tables.SelectMany(t => t.ParquetPaths);
}
