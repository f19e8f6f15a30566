using Dowel.Contracts;
using Dowel.Kernel.Results;
using Dowel.Tables.Ingest;
using Dowel.Tables.Queries;
using DuckDB.NET.Data;

namespace Dowel.Tables.PointInTime;

/// <summary>
/// Joins entity rows with features as they were known at each row's time, so that nothing of the future leaks into training:
/// for each feature table the latest row of the entity whose event timestamp is at or before the entity row's, and within the table's ttl of it.
/// Where there is none the features are null. Order and duplicates of the entity rows stay.
/// </summary>
public static class PointInTimeJoin
{
    /// <summary>Joins and returns the rows.</summary>
    /// <param name="entities">The entity rows.</param>
    /// <param name="timestampColumn">Their event timestamp: a date, a timestamp (read as UTC), or ISO 8601 text.</param>
    /// <param name="tables">The feature tables.</param>
    /// <param name="options">What the join may use; null for the defaults.</param>
    /// <param name="ct">Stops it.</param>
    public static Task<Result<PointInTimeResult>> RunAsync(EntityRows entities, string timestampColumn, IReadOnlyList<FeatureTable> tables, DuckOptions? options = null, CancellationToken ct = default) =>
        Task.Run(
            () => Join(entities, timestampColumn, tables, options, null, (connection, sql) =>
            {
                connection.Execute($"CREATE TEMP VIEW result AS {sql}", ct);
                var (columns, list) = ResultReader.Plan(Described(connection));
                var weight = 0L;
                var rows = connection.Query($"SELECT {list} FROM result ORDER BY \"row\"", r => ResultReader.Read(r, columns, ref weight), ct);
                return new PointInTimeResult([.. columns.Select((c, i) => new ColumnSchema(c.Name, c.Type, rows.Exists(r => r[i] is null)))], rows);
            }, ct),
            ct);

    /// <summary>Joins and writes the rows to a Parquet file, whole or not at all.</summary>
    /// <param name="entities">The entity rows.</param>
    /// <param name="timestampColumn">Their event timestamp: a date, a timestamp (read as UTC), or ISO 8601 text.</param>
    /// <param name="tables">The feature tables.</param>
    /// <param name="targetPath">The file; replaced if it exists.</param>
    /// <param name="options">What the join may use; null for the defaults.</param>
    /// <param name="ct">Stops it.</param>
    public static Task<Result<TableFile>> ToParquetAsync(EntityRows entities, string timestampColumn, IReadOnlyList<FeatureTable> tables, string targetPath, DuckOptions? options = null, CancellationToken ct = default) =>
        Task.Run(
            async () =>
            {
                targetPath = Path.GetFullPath(targetPath);
                var folder = Path.GetDirectoryName(targetPath)!;
                Directory.CreateDirectory(folder);
                var temporary = Path.Combine(folder, $".{Guid.NewGuid():N}.tmp");
                try
                {
                    var written = Join(entities, timestampColumn, tables, options, folder, (connection, sql) =>
                    {
                        connection.Execute($"CREATE TEMP VIEW result AS {sql}", ct);
                        var names = string.Join(", ", Described(connection).Select(c => Duck.Identifier(c.Name)));
                        connection.Execute($"COPY (SELECT {names} FROM result ORDER BY \"row\") TO {Duck.Literal(temporary)} (FORMAT parquet, COMPRESSION zstd)", ct);
                        return temporary;
                    }, ct);
                    if (!written.TryGet(out _, out var failure)) return failure;
                    var described = await TableIngest.DescribeAsync(temporary, ct);
                    if (!described.TryGet(out var table, out failure)) return failure;
                    File.Move(temporary, targetPath, overwrite: true);
                    return (Result<TableFile>)(table with { Path = targetPath });
                }
                finally
                {
                    File.Delete(temporary);
                }
            },
            ct);

    /// <summary>The result's columns without the row number, which stands first.</summary>
    private static List<(string Name, string Type)> Described(DuckDBConnection connection) => connection.DescribeTypes("result")[1..];

    private static Result<T> Join<T>(EntityRows entities, string timestampColumn, IReadOnlyList<FeatureTable> tables, DuckOptions? options, string? targetFolder, Func<DuckDBConnection, string, T> read, CancellationToken ct)
    {
        var paths = tables.SelectMany(t => t.ParquetPaths).Concat(entities.ParquetPaths ?? []).ToList();
        using var connection = Duck.Open(options);
        connection.Confine(paths, [.. new[] { targetFolder, options?.TempDirectory }.OfType<string>()]);
        try
        {
            if (entities.Rows is { } rows)
            {
                if (CsvScanner.CheckNames(entities.Columns) is { } wrong) return wrong with { Code = ErrorCodes.Invalid };
                if (entities.Columns.Count == 0) return Failure.Invalid("entity_rows", "no columns", "the entity keys and an event timestamp");
                for (var i = 0; i < rows.Count; i++)
                {
                    if (rows[i].Length != entities.Columns.Count) return Failure.Invalid($"entity_rows[{i}]", $"{rows[i].Length} values", $"{entities.Columns.Count} values, one a column");
                }
                EntityTable.Create(connection, "given", entities.Columns, rows, ct);
            }
            else
            {
                connection.Execute($"CREATE VIEW given AS SELECT * FROM {Duck.ReadParquet(entities.ParquetPaths!)}", ct);
            }
            if (!new JoinPlan(connection, timestampColumn, tables).Build(ct).TryGet(out var sql, out var failure)) return failure;
            return read(connection, sql);
        }
        catch (DuckDBException e) when (!ct.IsCancellationRequested)
        {
            var error = DuckErrors.Clean(e, paths);
            return new Failure(
                e.ErrorType == DuckDB.NET.Native.DuckDBErrorType.OutOfMemory ? ErrorCodes.QueryLimit : ErrorCodes.QueryFailed,
                $"The point-in-time join failed: {error.Message}");
        }
    }
}
