using Dowel.Features.Views;
using Dowel.Tables;
using DuckDB.NET.Data;

namespace Dowel.Features.Push;

/// <summary>Segments of the offline store: Parquet files with the entity, the timestamp, the order of the rows and a column for each feature.</summary>
internal static class SegmentFile
{
    public const string OrderColumn = "__dowel_order";

    public static string DuckType(FeatureType type) => type switch
    {
        FeatureType.Boolean => "BOOLEAN",
        FeatureType.Int64 => "BIGINT",
        FeatureType.Float64 => "DOUBLE",
        _ => "VARCHAR",
    };

    /// <summary>Writes rows to a new file, on disk when it returns.</summary>
    public static void Write(RowBatch rows, string path, CancellationToken cancellationToken)
    {
        var schema = rows.Schema;
        using var connection = OpenFor(path, []);
        var features = rows.Columns.Select((c, i) => $", {Duck.Identifier(schema.Features[i].Name)} {DuckType(c.Type)}");
        var (key, time) = (Duck.Identifier(schema.Entity.Name), Duck.Identifier(schema.TimestampField));
        connection.Execute($"CREATE TABLE rows ({key} {DuckType(schema.KeyType)}, {time} BIGINT, {OrderColumn} BIGINT{string.Concat(features)})");
        using (var appender = connection.CreateAppender("rows"))
        {
            for (var row = 0; row < rows.Count; row++)
            {
                if ((row & 0xFFF) == 0) cancellationToken.ThrowIfCancellationRequested();
                Append(appender.CreateRow(), rows, row);
            }
        }
        connection.Execute($"COPY (SELECT * REPLACE (timezone('UTC', make_timestamp({time})) AS {time}) FROM rows) TO {Duck.Literal(path)} (FORMAT parquet, COMPRESSION zstd)", cancellationToken);
    }

    private static void Append(IDuckDBAppenderRow target, RowBatch rows, int row)
    {
        if (rows.Keys is not null) target.AppendValue(rows.Keys[row]);
        else target.AppendValue(rows.TextKeys![row]);
        target.AppendValue(rows.Timestamps[row]).AppendValue(rows.Orders[row]);
        foreach (var column in rows.Columns)
        {
            var cell = column[row];
            if (cell.IsMissing) target.AppendNullValue();
            else if (column.Type == FeatureType.Text) target.AppendValue(cell.Text);
            else if (column.Type == FeatureType.Int64) target.AppendValue(cell.Bits);
            else if (column.Type == FeatureType.Float64) target.AppendValue(BitConverter.Int64BitsToDouble(cell.Bits));
            else target.AppendValue(cell.Bits != 0);
        }
        target.EndRow();
    }

    /// <summary>Reads the rows of a segment that was written with so many features.</summary>
    public static RowBatch Read(ViewSchema schema, string path, int featureCount, CancellationToken cancellationToken)
    {
        var batch = new RowBatch(schema, featureCount);
        using var connection = Duck.Open();
        connection.Confine([path]);
        var features = string.Concat(schema.Features.Take(featureCount).Select(f => $", {Duck.Identifier(f.Name)}"));
        connection.Query($"SELECT {Duck.Identifier(schema.Entity.Name)}, epoch_us({Duck.Identifier(schema.TimestampField)}), {OrderColumn}{features} FROM {Duck.ReadParquet(path)} ORDER BY {OrderColumn}", reader =>
        {
            batch.AddKey(schema.KeyType == FeatureType.Int64 ? Cell.Of(reader.GetInt64(0)) : Cell.Of(reader.GetString(0)));
            batch.Timestamps.Add(reader.GetInt64(1));
            batch.Orders.Add(reader.GetInt64(2));
            for (var i = 0; i < featureCount; i++)
                batch.Columns[i].Add(reader.IsDBNull(i + 3) ? Cell.Missing : schema.Types[i] switch
                {
                    FeatureType.Boolean => Cell.Of(reader.GetBoolean(i + 3)),
                    FeatureType.Int64 => Cell.Of(reader.GetInt64(i + 3)),
                    FeatureType.Float64 => Cell.Of(reader.GetDouble(i + 3)),
                    _ => Cell.Of(reader.GetString(i + 3)),
                });
            return 0;
        }, cancellationToken);
        return batch;
    }

    /// <summary>What does not fit into memory is spilled beside the file that is written.</summary>
    private static DuckDBConnection OpenFor(string target, IReadOnlyList<string> sources)
    {
        var connection = Duck.Open(new DuckOptions { TempDirectory = target + ".spill" });
        connection.Confine(sources, Path.GetDirectoryName(target)!);
        return connection;
    }

    /// <summary>Merges segments of one view into one file.</summary>
    public static void Merge(IReadOnlyList<string> paths, string target, CancellationToken cancellationToken)
    {
        using var connection = OpenFor(target, paths);
        connection.Execute($"COPY (SELECT * FROM {Duck.ReadParquet(paths)} ORDER BY {OrderColumn}) TO {Duck.Literal(target)} (FORMAT parquet, COMPRESSION zstd)", cancellationToken);
    }
}
