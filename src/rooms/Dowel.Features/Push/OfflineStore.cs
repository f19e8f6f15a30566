using Dowel.Kernel.Hosting;
using Dowel.Kernel.Objects;
using Dowel.Kernel.Relational;
using Microsoft.Extensions.Options;

namespace Dowel.Features.Push;

/// <summary>The offline store as it is at one moment: the segments of a view and its data version.</summary>
/// <param name="DataVersion">The view's data version.</param>
/// <param name="Paths">The segments' files.</param>
/// <param name="FeatureCount">How many of the view's features stand in at least one of them.</param>
internal sealed record OfflineSnapshot(long DataVersion, IReadOnlyList<string> Paths, int FeatureCount);

/// <summary>Where segments are.</summary>
internal sealed class OfflineStore(IDb db, IObjectStore objects, IOptions<DowelOptions> options)
{
    /// <summary>Where files stand while they are written.</summary>
    public string WorkFolder { get; } = options.Value.Folder("features", "work");

    public string NewWorkPath() => Path.Combine(WorkFolder, Guid.NewGuid().ToString("n") + ".parquet");

    /// <summary>The view as it is now; null where it is gone.</summary>
    public async Task<OfflineSnapshot?> SnapshotAsync(string viewId, CancellationToken cancellationToken)
    {
        // One statement, so that version and segments are of one moment, on either engine.
        var rows = await db.ReadAsync(s => s.QueryAsync<SnapshotRow>("""
            SELECT v.data_version, s.hash, s.feature_count FROM features_views v LEFT JOIN features_segments s ON s.view_id = v.id WHERE v.id = @viewId ORDER BY s.seq
            """, new { viewId }), cancellationToken);
        if (rows.Count == 0) return null;
        var paths = new List<string>();
        foreach (var row in rows.Where(r => r.Hash is not null)) paths.Add(await PathAsync(row.Hash!, cancellationToken));
        return new(rows[0].DataVersion, paths, (int)(rows.Max(r => r.FeatureCount) ?? 0));
    }

    public async Task<string> PathAsync(string hash, CancellationToken cancellationToken)
        => await objects.GetLocalPathAsync(hash, cancellationToken) ?? throw new ObjectMissingException(hash, "a segment of the feature view");

    public async Task<IReadOnlyList<SegmentRow>> SegmentsAsync(string viewId, CancellationToken cancellationToken)
        => await db.ReadAsync(s => s.QueryAsync<SegmentRow>("SELECT * FROM features_segments WHERE view_id = @viewId ORDER BY seq", new { viewId }), cancellationToken);

    private sealed class SnapshotRow
    {
        public long DataVersion { get; set; }
        public string? Hash { get; set; }
        public long? FeatureCount { get; set; }
    }
}

/// <summary>A row of <c>features_segments</c>.</summary>
internal sealed class SegmentRow
{
    public string ViewId { get; set; } = "";
    public long Seq { get; set; }
    public string Hash { get; set; } = "";
    public long RowCount { get; set; }
    public long FeatureCount { get; set; }
    public long Level { get; set; }
}
