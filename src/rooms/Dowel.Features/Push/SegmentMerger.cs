using Dowel.Features.Views;
using Dowel.Kernel.Objects;
using Dowel.Kernel.Relational;
using Dowel.Kernel.Results;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Dowel.Features.Push;

/// <summary>
/// Merges segments, so that a view with many small pushes stays quick to read: so many of one level become one of the next.
/// Readers see either the segments or what they were merged to. The objects of merged segments stay, as readers may be at them.
/// </summary>
internal sealed partial class SegmentMerger(IDb db, OfflineStore offline, IObjectStore objects, ViewLocks locks, IOptions<FeaturesOptions> options, IHostApplicationLifetime lifetime, ILogger<SegmentMerger> logger)
{
    private readonly HashSet<string> _running = [];

    /// <summary>The last merge begun, for tests.</summary>
    internal Task Last { get; private set; } = Task.CompletedTask;

    /// <summary>Merges beside the request where there is enough to merge.</summary>
    public void Consider(string viewId)
    {
        lock (_running)
        {
            if (!_running.Add(viewId)) return;
            Last = Task.Run(() => RunAsync(viewId, lifetime.ApplicationStopping));
        }
    }

    private async Task RunAsync(string viewId, CancellationToken cancellationToken)
    {
        try
        {
            while (await MergeAsync(viewId, cancellationToken)) { }
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // The next push considers it again.
        }
        catch (Exception e)
        {
            LogFailed(e, viewId);
        }
        finally
        {
            lock (_running) _running.Remove(viewId);
        }
    }

    /// <summary>One merge; whether there was one.</summary>
    private async Task<bool> MergeAsync(string viewId, CancellationToken cancellationToken)
    {
        var count = options.Value.MergeSegments;
        var due = (await offline.SegmentsAsync(viewId, cancellationToken)).GroupBy(s => s.Level).OrderBy(g => g.Key).FirstOrDefault(g => g.Count() >= count);
        if (due is null) return false;
        var segments = due.OrderBy(s => s.Seq).Take(count).ToList();
        var paths = new List<string>();
        foreach (var segment in segments) paths.Add(await offline.PathAsync(segment.Hash, cancellationToken));

        var path = offline.NewWorkPath();
        try
        {
            SegmentFile.Merge(paths, path, cancellationToken);
            StoredObject stored;
            await using (var file = File.OpenRead(path)) stored = (await objects.PutAsync(file, long.MaxValue, cancellationToken)).Value;
            using var held = await locks.EnterAsync(viewId);
            await db.WriteAsync<Unit>(async s =>
            {
                var gone = await s.ExecuteAsync("DELETE FROM features_segments WHERE view_id = @viewId AND seq IN @seqs", new { viewId, seqs = segments.Select(x => x.Seq).ToArray() });
                // The view was deleted meanwhile.
                if (gone != segments.Count) return Failure.NotFound("feature view", viewId);
                await s.ExecuteAsync("INSERT INTO features_segments (view_id, seq, hash, row_count, feature_count, level) VALUES (@ViewId, @Seq, @Hash, @RowCount, @FeatureCount, @Level)", new SegmentRow
                {
                    ViewId = viewId,
                    Seq = segments[^1].Seq,
                    Hash = stored.Hash,
                    RowCount = segments.Sum(x => x.RowCount),
                    FeatureCount = segments.Max(x => x.FeatureCount),
                    Level = due.Key + 1,
                });
                return Unit.Value;
            }, CancellationToken.None);
            return true;
        }
        finally
        {
            File.Delete(path);
        }
    }

    [LoggerMessage(3010, LogLevel.Error, "Merging segments of {View} failed")]
    private partial void LogFailed(Exception e, string view);
}
