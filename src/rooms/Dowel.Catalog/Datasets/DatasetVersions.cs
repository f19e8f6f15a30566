using System.Text.Json;
using Dapper;
using Dowel.Contracts;
using Dowel.Kernel.Objects;
using Dowel.Kernel.Paging;
using Dowel.Kernel.Relational;
using Dowel.Kernel.Resources;
using Dowel.Kernel.Results;

namespace Dowel.Catalog.Datasets;

/// <summary>Reads versions of datasets.</summary>
internal sealed class DatasetVersions(IDb db, IObjectStore objects)
{
    private static readonly Dictionary<string, SortColumn> Sorts = new() { ["version"] = new("v.version", IsNumber: true) };

    /// <summary>One version, by default the newest.</summary>
    public async Task<Result<DatasetVersion>> FindAsync(Resource dataset, int? version, CancellationToken cancellationToken)
    {
        var found = await db.ReadAsync(s => version is { } number
            ? s.FirstAsync<DatasetVersionRow>("SELECT * FROM catalog_versions WHERE dataset_id = @id AND version = @number", new { id = dataset.Id, number })
            : LatestAsync(s, dataset.Id), cancellationToken);
        if (found is not null) return found.ToVersion();
        return version is { } missing
            ? new Failure(ErrorCodes.NotFound, $"The dataset '{dataset.Name}' has no version {missing}.")
            : new Failure(ErrorCodes.NotFound, $"The dataset '{dataset.Name}' has no data yet; upload some with POST /api/v1/datasets/{Uri.EscapeDataString(dataset.Name)}/versions.");
    }

    /// <summary>The newest versions of several datasets, by dataset id.</summary>
    public async Task<IReadOnlyDictionary<string, DatasetVersion>> LatestAsync(IReadOnlyList<string> datasetIds, CancellationToken cancellationToken)
    {
        var latest = new Dictionary<string, DatasetVersion>(datasetIds.Count);
        // SQLite takes a limited number of parameters in a statement.
        foreach (var ids in datasetIds.Chunk(500))
        {
            var rows = await db.ReadAsync(s => s.QueryAsync<DatasetVersionRow>("""
                SELECT v.* FROM catalog_versions v JOIN catalog_datasets d ON d.id = v.dataset_id AND d.last_version = v.version WHERE d.id IN @ids
                """, new { ids }), cancellationToken);
            foreach (var row in rows) latest[row.DatasetId] = row.ToVersion();
        }
        return latest;
    }

    public async Task<Result<Page<DatasetVersion>>> ListAsync(Resource dataset, ListQuery query, CancellationToken cancellationToken)
    {
        if (!SortSpec.Parse(query.Sort ?? "-version", Sorts).TryGet(out var sort, out var failure)) return failure;
        if (!Keyset.Create(sort, "v.hash", query.Cursor, query.Limit).TryGet(out var keyset, out failure)) return failure;
        var sql = "SELECT v.* FROM catalog_versions v WHERE v.dataset_id = @id";
        var args = new DynamicParameters(new { id = dataset.Id });
        if (!string.IsNullOrWhiteSpace(query.Search))
        {
            sql += " AND LOWER(v.source) LIKE @search ESCAPE '\\'";
            args.Add("search", Names.LikePattern(query.Search));
        }
        keyset.AddTo(ref sql, args);
        var rows = await db.ReadAsync(s => s.QueryAsync<DatasetVersionRow>(sql, args), cancellationToken);
        return keyset.ToPage(rows, r => r.Version, r => r.Hash, r => r.ToVersion());
    }

    /// <summary>The local Parquet file of a version.</summary>
    public async Task<string> FileAsync(DatasetVersion version, CancellationToken cancellationToken)
        => await objects.GetLocalPathAsync(version.Hash, cancellationToken)
            ?? throw new ObjectMissingException(version.Hash, $"version {version.Version} of the dataset");

    internal static Task<DatasetVersionRow?> LatestAsync(DbSession session, string datasetId) => session.FirstAsync<DatasetVersionRow>("""
        SELECT v.* FROM catalog_versions v JOIN catalog_datasets d ON d.id = v.dataset_id AND d.last_version = v.version WHERE d.id = @datasetId
        """, new { datasetId });
}

/// <summary>A row of <c>catalog_versions</c>.</summary>
internal sealed class DatasetVersionRow
{
    public string DatasetId { get; set; } = "";
    public long Version { get; set; }
    public long RowCount { get; set; }
    public long Bytes { get; set; }
    public string Hash { get; set; } = "";
    public string UploadHash { get; set; } = "";
    public string Columns { get; set; } = "[]";
    public string? Source { get; set; }
    public long CreatedAt { get; set; }
    public string CreatedBy { get; set; } = "";

    public DatasetVersion ToVersion() => new()
    {
        Version = (int)Version,
        Rows = RowCount,
        Bytes = Bytes,
        Hash = Hash,
        Columns = JsonSerializer.Deserialize<ColumnInfo[]>(Columns, DowelJson.Options) ?? [],
        Source = Source,
        CreatedAt = Instants.FromMicros(CreatedAt),
        CreatedBy = CreatedBy,
    };
}
