using System.Diagnostics;
using Dowel.Contracts;
using Dowel.Kernel.Results;
using DuckDB.NET.Data;
using DuckDB.NET.Native;

namespace Dowel.Tables.Queries;

/// <summary>
/// Runs SQL that users write, over named tables and nothing else: each query in a DuckDB of its own, in memory, that can open only the Parquet files of the
/// tables it names, cannot be reconfigured, and is stopped when it takes too long or too much.
/// </summary>
public static class SandboxedQuery
{
    private const int MaxSqlLength = 100_000;
    private const int StackBytes = 32 * 1024 * 1024;
    private const string View = "dowel_result";
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(3);
    private static readonly HashSet<string> ReservedSchemas = new(["information_schema", "pg_catalog", "system", "temp", "memory", "recurring"], StringComparer.OrdinalIgnoreCase);

    /// <summary>Runs one query.</summary>
    /// <param name="tables">The tables it may see: as <c>schema.name</c>, and as <c>name</c> where that is unambiguous.</param>
    /// <param name="sql">One SELECT (or VALUES, FROM, DESCRIBE, SUMMARIZE) statement in DuckDB's dialect.</param>
    /// <param name="limits">What it may use; null for the defaults.</param>
    /// <param name="ct">Stops it.</param>
    /// <returns>The rows, or why it was refused or failed; messages name a line and column where DuckDB does, and none of this server's paths.</returns>
    public static async Task<Result<QueryResult>> RunAsync(IReadOnlyList<QueryTable> tables, string sql, QueryLimits? limits = null, CancellationToken ct = default)
    {
        limits ??= QueryLimits.Default;
        if (string.IsNullOrWhiteSpace(sql)) return Failure.Invalid("sql", sql, "a SELECT statement");
        if (sql.Length > MaxSqlLength) return Failure.Invalid("sql", $"{sql.Length} characters", $"at most {MaxSqlLength} characters");
        if (sql.AsSpan().Count("/*") > 100) return Failure.Invalid("sql", "more than 100 comments", "fewer comments");
        if (sql.Contains('\0')) return Failure.Invalid("sql", "a NUL character", "text without NUL characters");

        using var timeout = CancellationTokenSource.CreateLinkedTokenSource(ct);
        timeout.CancelAfter(limits.Timeout);
        var work = OnLargeStack(() => Run(tables, new SqlText(sql), limits, timeout.Token));
        try
        {
            // DuckDB stops at the next chunk it works on; should one take for ever, the caller does not wait for it.
            return await work.WaitAsync(limits.Timeout + Grace, ct);
        }
        catch (TimeoutException)
        {
            return TooLong(limits);
        }
        catch (OperationCanceledException) when (!ct.IsCancellationRequested)
        {
            return TooLong(limits);
        }
    }

    /// <summary>DuckDB follows the nesting of a query on the stack; a thread of the pool has little of that.</summary>
    private static Task<T> OnLargeStack<T>(Func<T> work)
    {
        var done = new TaskCompletionSource<T>(TaskCreationOptions.RunContinuationsAsynchronously);
        var thread = new Thread(
            () =>
            {
                try
                {
                    done.SetResult(work());
                }
                catch (OperationCanceledException e)
                {
                    done.SetCanceled(e.CancellationToken);
                }
                catch (Exception e)
                {
                    done.SetException(e);
                }
            },
            StackBytes) { IsBackground = true, Name = "query" };
        thread.Start();
        return done.Task;
    }

    private static Failure TooLong(QueryLimits limits) => new(ErrorCodes.QueryLimit, $"The query was stopped: it ran longer than {limits.Timeout.TotalSeconds:0.###} seconds.");

    private static Result<QueryResult> Run(IReadOnlyList<QueryTable> tables, SqlText sql, QueryLimits limits, CancellationToken ct)
    {
        var started = Stopwatch.GetTimestamp();
        using var connection = Duck.Open(new DuckOptions { Threads = limits.Threads, MemoryMegabytes = limits.MemoryMegabytes });
        try
        {
            if (!SqlGuard.Check(connection, sql, tables, ct).TryGet(out var used, out var failure)) return failure;
            connection.Execute("SET errors_as_json = true");
            connection.Confine(used.SelectMany(t => t.ParquetPaths));
            if (CreateTables(connection, tables, used, ct) is { } unreadable) return unreadable;

            CreateResultView(connection, sql, ct);
            var (columns, list) = ResultReader.Plan(connection.DescribeTypes(View));
            var (rows, truncated) = Fetch(connection, $"SELECT {list} FROM temp.main.{View} LIMIT {limits.MaxRows + 1L}", columns, limits, ct);
            return new QueryResult(columns, rows, truncated, Stopwatch.GetElapsedTime(started), used);
        }
        catch (DuckDBException e) when (!ct.IsCancellationRequested)
        {
            return Explain(e, sql, tables, limits);
        }
    }

    private static Failure? CreateTables(DuckDBConnection connection, IReadOnlyList<QueryTable> tables, IReadOnlyList<QueryTable> used, CancellationToken ct)
    {
        foreach (var table in used)
        {
            if (ReservedSchemas.Contains(table.Schema)) return new Failure(ErrorCodes.QueryFailed, $"'{table.Schema}' is a name of the database itself; its tables cannot be queried.");
            var qualified = $"memory.{Duck.Identifier(table.Schema)}.{Duck.Identifier(table.Name)}";
            try
            {
                connection.Execute($"CREATE SCHEMA IF NOT EXISTS memory.{Duck.Identifier(table.Schema)}", ct);
                connection.Execute($"CREATE VIEW {qualified} AS SELECT * FROM {Duck.ReadParquet(table.ParquetPaths)}", ct);
            }
            catch (DuckDBException e) when (!ct.IsCancellationRequested)
            {
                return new Failure(ErrorCodes.QueryFailed, $"The table {table.Schema}.{table.Name} cannot be read: {DuckErrors.Clean(e, Paths(tables)).Message}");
            }
            if (tables.Count(t => string.Equals(t.Name, table.Name, StringComparison.OrdinalIgnoreCase)) == 1 && !string.Equals(table.Schema, "main", StringComparison.OrdinalIgnoreCase))
                connection.Execute($"CREATE VIEW memory.main.{Duck.Identifier(table.Name)} AS SELECT * FROM {qualified}", ct);
        }
        return null;
    }

    /// <summary>The query becomes a view, so that its columns can be looked at and read as they must be, and errors keep their place in the user's text.</summary>
    private static void CreateResultView(DuckDBConnection connection, SqlText sql, CancellationToken ct)
    {
        try
        {
            connection.Execute(Prefix + sql.Text, ct);
        }
        catch (DuckDBException e) when (DuckErrors.Clean(e).Kind == "Parser" && !ct.IsCancellationRequested)
        {
            // DESCRIBE and SUMMARIZE are tables within FROM only. The text is one sound statement, so the bracket cannot be closed early.
            connection.Execute($"CREATE TEMP VIEW {View} AS FROM ({sql.Text.TrimEnd().TrimEnd(';')}\n)", ct);
        }
    }

    private const string Prefix = $"CREATE TEMP VIEW {View} AS\n";

    private static (List<object?[]> Rows, bool Truncated) Fetch(DuckDBConnection connection, string sql, List<QueryColumn> columns, QueryLimits limits, CancellationToken ct)
    {
        using var command = Duck.Command(connection, sql, []);
        // Rows come as they are computed, so that a large result is never held whole.
        command.UseStreamingMode = true;
        return Duck.Cancellable(command, ct, c =>
        {
            var rows = new List<object?[]>();
            var weight = 0L;
            using var reader = c.ExecuteReader();
            while (reader.Read())
            {
                ct.ThrowIfCancellationRequested();
                if (rows.Count == limits.MaxRows || weight > limits.MaxBytes) return (rows, true);
                rows.Add(ResultReader.Read(reader, columns, ref weight));
            }
            return (rows, false);
        });
    }

    private static Failure Explain(DuckDBException e, SqlText sql, IReadOnlyList<QueryTable> tables, QueryLimits limits)
    {
        var error = DuckErrors.Clean(e, Paths(tables));
        if (e.ErrorType == DuckDBErrorType.OutOfMemory || error.Kind is "Out of Memory" or "OutOfMemory")
            return new(ErrorCodes.QueryLimit, $"The query was stopped: it needed more than {limits.MemoryMegabytes} MiB of memory.");
        if (e.ErrorType == DuckDBErrorType.Interrupt || error.Kind == "Interrupt") return TooLong(limits);
        return new(ErrorCodes.QueryFailed, sql.At(error.Position - Prefix.Length) + error.Message);
    }

    private static IEnumerable<string> Paths(IReadOnlyList<QueryTable> tables) => tables.SelectMany(t => t.ParquetPaths);
}
