using Dowel.Contracts;
using Dowel.Tables;

namespace Dowel.Serving.Batch;

/// <summary>Puts the chunks of a run together.</summary>
internal static class BatchOutput
{
    /// <summary>Writes the rows that were answered, in the source's order.</summary>
    public static void WriteAnswers(BatchFolder folder, string source, BatchColumns columns, ModelSignature? signature, string target, CancellationToken cancellationToken)
    {
        var chunks = folder.Done();
        using var connection = folder.OpenDuck([source]);
        // Of nothing there is no chunk; its columns are what is known of them.
        var select = chunks.Count > 0
            ? $"SELECT * EXCLUDE ({ChunkTable.Row}, {ChunkTable.Model}, {ChunkTable.Reason}) FROM {Duck.ReadParquet([.. chunks.Select(c => c.Path)])} WHERE {ChunkTable.Reason} IS NULL"
            : $"SELECT {string.Join(", ", columns.Kept.Select(Duck.Identifier).Concat((signature?.Outputs ?? []).Select(o => $"CAST(NULL AS {OutputValues.DuckType(o)}) AS {Duck.Identifier(columns.OutputName(o.Name))}")))} FROM {Duck.ReadParquet(source)} LIMIT 0";
        connection.Execute($"COPY ({select}) TO {Duck.Literal(target)} (FORMAT parquet, COMPRESSION zstd)", cancellationToken);
    }

    /// <summary>Writes the rows that failed: their number in the source, from 1, all their values, and the reason.</summary>
    public static void WriteFailed(BatchFolder folder, string source, string target, CancellationToken cancellationToken)
    {
        using var connection = folder.OpenDuck([source]);
        var names = connection.Describe(Duck.ReadParquet(source)).Select(c => c.Name).ToHashSet(StringComparer.OrdinalIgnoreCase);
        var failed = Duck.ReadParquet([.. folder.Done().Where(c => c.Failed > 0).Select(c => c.Path)]);
        connection.Execute($"""
            COPY (SELECT f.{ChunkTable.Row} + 1 AS {Free("row_number")}, s.* EXCLUDE ({ChunkTable.Row}), f.{ChunkTable.Reason} AS {Free("reason")}
            FROM (SELECT {ChunkTable.Row}, {ChunkTable.Reason} FROM {failed} WHERE {ChunkTable.Reason} IS NOT NULL) f JOIN {SourceRows.Of(connection, source)} s ON s.{ChunkTable.Row} = f.{ChunkTable.Row} ORDER BY 1)
            TO {Duck.Literal(target)} (FORMAT parquet, COMPRESSION zstd)
            """, cancellationToken);

        string Free(string name)
        {
            while (!names.Add(name)) name = $"_{name}";
            return Duck.Identifier(name);
        }
    }

    /// <summary>The model versions that answered.</summary>
    public static IReadOnlyList<string> Models(BatchFolder folder, CancellationToken cancellationToken)
    {
        var chunks = folder.Done();
        if (chunks.Count == 0) return [];
        using var connection = folder.OpenDuck([]);
        return connection.Query($"SELECT DISTINCT {ChunkTable.Model} FROM {Duck.ReadParquet([.. chunks.Select(c => c.Path)])} WHERE {ChunkTable.Model} IS NOT NULL ORDER BY 1", r => r.GetString(0), cancellationToken);
    }
}
