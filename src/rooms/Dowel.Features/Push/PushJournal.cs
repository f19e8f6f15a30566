using Dowel.Features.Views;
using Dowel.Kernel.Access;
using Dowel.Kernel.Audit;
using Dowel.Kernel.Relational;
using Dowel.Kernel.Resources;
using Dowel.Kernel.Results;

namespace Dowel.Features.Push;

/// <summary>A row of <c>features_pushes</c>.</summary>
internal sealed class PushRow
{
    public long Seq { get; set; }
    public string ViewId { get; set; } = "";
    public string Status { get; set; } = "pending";
    public string Hash { get; set; } = "";
    public long RowCount { get; set; }
    public long FeatureCount { get; set; }
    public long? DataVersion { get; set; }
    public long PushedAt { get; set; }
    public string PushedBy { get; set; } = "";
}

/// <summary>The journal of pushes: announced before anything is stored, done when both stores have them.</summary>
internal sealed class PushJournal(IDb db, IAuditTrail audit, TimeProvider time)
{
    private long _last;

    /// <summary>The next push's number, greater than all before.</summary>
    public long Next() => Interlocked.Increment(ref _last);

    /// <summary>Takes up the count where the last run of the server left it.</summary>
    public async Task LoadAsync(CancellationToken cancellationToken)
        => _last = await db.ReadAsync(s => s.ScalarAsync<long?>("SELECT MAX(seq) FROM features_pushes"), cancellationToken) ?? 0;

    public async Task AnnounceAsync(PushRow push)
        => _ = (await db.WriteAsync<Unit>(async s =>
        {
            await s.ExecuteAsync("""
                INSERT INTO features_pushes (seq, view_id, status, hash, row_count, feature_count, data_version, pushed_at, pushed_by)
                VALUES (@Seq, @ViewId, 'pending', @Hash, @RowCount, @FeatureCount, NULL, @PushedAt, @PushedBy)
                """, push);
            return Unit.Value;
        })).Value;

    public Task<IReadOnlyList<PushRow>> PendingAsync(CancellationToken cancellationToken)
        => db.ReadAsync(s => s.QueryAsync<PushRow>("SELECT * FROM features_pushes WHERE status = 'pending' ORDER BY seq"), cancellationToken);

    public async Task<bool> IsPendingAsync(long seq)
        => await db.ReadAsync(s => s.ScalarAsync<string>("SELECT status FROM features_pushes WHERE seq = @seq", new { seq })) == "pending";

    /// <summary>Forgets a push that never came to be.</summary>
    public Task<Result<Unit>> DropAsync(long seq) => db.WriteAsync<Unit>(async s =>
    {
        await s.ExecuteAsync("DELETE FROM features_pushes WHERE seq = @seq AND status = 'pending'", new { seq });
        return Unit.Value;
    });

    /// <summary>Makes a push part of the offline store; the view's data version after it.</summary>
    /// <param name="push">The push.</param>
    /// <param name="onlineEntities">Entities in the online store after it.</param>
    /// <param name="actor">Who pushed it; null in recovery.</param>
    /// <param name="resource">The view; null in recovery.</param>
    public Task<Result<long>> FinishAsync(PushRow push, long onlineEntities, Actor? actor, Resource? resource) => db.WriteAsync<long>(async s =>
    {
        var changed = await s.ExecuteAsync("""
            UPDATE features_views SET data_version = data_version + 1, row_count = row_count + @RowCount, online_entities = @onlineEntities, last_push_at = @PushedAt WHERE id = @ViewId
            """, new { push.RowCount, onlineEntities, push.PushedAt, push.ViewId });
        if (changed == 0) return Failure.NotFound("feature view", resource?.Name ?? push.ViewId);
        var version = await s.ScalarAsync<long>("SELECT data_version FROM features_views WHERE id = @ViewId", new { push.ViewId });
        if (await s.ExecuteAsync("UPDATE features_pushes SET status = 'done', data_version = @version WHERE seq = @Seq AND status = 'pending'", new { push.Seq, version }) != 1)
            throw new InvalidOperationException($"Push {push.Seq} is no longer pending.");
        await s.ExecuteAsync("INSERT INTO features_segments (view_id, seq, hash, row_count, feature_count, level) VALUES (@ViewId, @Seq, @Hash, @RowCount, @FeatureCount, 0)", push);
        var after = new { Push = push.Seq, Rows = push.RowCount, DataVersion = version, By = push.PushedBy };
        await audit.AppendAsync(s, actor is not null && resource is not null
            ? AuditEntry.On(actor, resource, "feature_view.push", after: after)
            : new AuditEntry { Actor = Actor.System, Action = "feature_view.push", ResourceId = push.ViewId, After = after });
        return version;
    });

    public PushRow Make(Actor actor, ViewSchema view, long seq, string hash, RowBatch rows) => new()
    {
        Seq = seq,
        ViewId = view.Id,
        Hash = hash,
        RowCount = rows.Count,
        FeatureCount = rows.Columns.Length,
        PushedAt = time.NowMicros(),
        PushedBy = actor.UserName,
    };
}
