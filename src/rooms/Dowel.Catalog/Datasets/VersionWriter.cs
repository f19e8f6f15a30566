using System.Text.Json;
using Dowel.Contracts;
using Dowel.Kernel.Access;
using Dowel.Kernel.Audit;
using Dowel.Kernel.Objects;
using Dowel.Kernel.Relational;
using Dowel.Kernel.Resources;
using Dowel.Kernel.Results;
using Dowel.Tables.Ingest;

namespace Dowel.Catalog.Datasets;

/// <summary>Writes the row that makes a stored table a version of a dataset.</summary>
internal sealed class VersionWriter(IAuditTrail audit, TimeProvider time)
{
    /// <summary>The new version; the newest there is where it has the same content.</summary>
    public async Task<Result<DatasetVersion>> AddAsync(DbSession session, Actor actor, Resource dataset, TableFile table, StoredObject stored, string uploadHash, string? source, string action)
    {
        // Also locks the dataset's row, so that uploads at the same time get numbers one after the other and a deleted dataset gets none.
        if (await session.ExecuteAsync("UPDATE catalog_datasets SET last_version = last_version + 1 WHERE id = @id", new { id = dataset.Id }) == 0)
            return Failure.NotFound("dataset", dataset.Name);
        var number = await session.ScalarAsync<long>("SELECT last_version FROM catalog_datasets WHERE id = @id", new { id = dataset.Id });
        var before = await session.FirstAsync<DatasetVersionRow>("SELECT * FROM catalog_versions WHERE dataset_id = @id AND version = @version", new { id = dataset.Id, version = number - 1 });
        if (before is not null && (before.Hash == stored.Hash || before.UploadHash == uploadHash))
        {
            await session.ExecuteAsync("UPDATE catalog_datasets SET last_version = @version WHERE id = @id", new { id = dataset.Id, version = before.Version });
            return before.ToVersion();
        }
        var row = new DatasetVersionRow
        {
            DatasetId = dataset.Id,
            Version = number,
            RowCount = table.RowCount,
            Bytes = stored.Bytes,
            Hash = stored.Hash,
            UploadHash = uploadHash,
            Columns = JsonSerializer.Serialize(table.Columns.Select(c => new ColumnInfo(c.Name, c.Type, c.Nullable)), DowelJson.Options),
            Source = source,
            CreatedAt = time.NowMicros(),
            CreatedBy = actor.UserName,
        };
        await session.ExecuteAsync("""
            INSERT INTO catalog_versions (dataset_id, version, row_count, bytes, hash, upload_hash, columns, source, created_at, created_by)
            VALUES (@DatasetId, @Version, @RowCount, @Bytes, @Hash, @UploadHash, @Columns, @Source, @CreatedAt, @CreatedBy)
            """, row);
        await audit.AppendAsync(session, AuditEntry.On(actor, dataset, action, after: new { row.Version, Rows = row.RowCount, row.Bytes, row.Hash, row.Source }));
        return row.ToVersion();
    }
}
