using System.Text.Json;
using System.Threading.Channels;
using Dapper;
using Dowel.Contracts;
using Dowel.Kernel.Hosting;
using Dowel.Kernel.Paging;
using Dowel.Kernel.Relational;
using Dowel.Kernel.Resources;
using Dowel.Kernel.Results;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Dowel.Kernel.Audit;

/// <summary>
/// The audit trail in the relational database. Each record's hash covers the hash before it, so a record cannot change, vanish or move unseen;
/// the end of the chain is signed (HMAC-SHA256) with a key kept outside the database, so the chain cannot be cut or written anew either.
/// </summary>
internal sealed partial class AuditTrail(IDb db, ServerKey key, TimeProvider time, ILogger<AuditTrail> logger) : BackgroundService, IAuditTrail
{
    // Bounded: a flood of denied attempts must not fill the memory; what does not fit is counted, and the count recorded.
    private readonly Channel<(AuditEntry Entry, long At)> _denied = Channel.CreateBounded<(AuditEntry, long)>(new BoundedChannelOptions(DeniedAtOnce) { SingleReader = true });
    private int _dropped;

    internal const int DeniedAtOnce = 10_000;

    // The same refusal over and over, such as of a scraper without its token, is a record at first, and one with the count when this time is over.
    internal static readonly TimeSpan RepeatTime = TimeSpan.FromMinutes(10);
    private readonly Dictionary<(string, string, string, string, string), Repeat> _repeats = [];

    private const string Head = "SELECT seq, hash, mac FROM kernel_audit_head WHERE id = 1";

    public Task AppendAsync(DbSession session, AuditEntry entry) => AppendAsync(session, entry, time.NowMicros(), 1);

    public void Denied(AuditEntry entry)
    {
        if (!_denied.Writer.TryWrite((entry with { Denied = true }, time.NowMicros()))) Interlocked.Increment(ref _dropped);
    }

    private async Task AppendAsync(DbSession session, AuditEntry entry, long at, int count)
    {
        // The update takes the row lock on PostgreSQL, so records of concurrent transactions line up.
        await session.ExecuteAsync("UPDATE kernel_audit_head SET seq = seq + 1 WHERE id = 1");
        if (await session.FirstAsync<HeadRow>(Head) is not { } head)
            throw new FailureException(new Failure(ErrorCodes.Fault, "The end of the audit trail is missing from the database; nothing can be changed until it is restored from a backup."));
        var row = new AuditRow
        {
            Seq = head.Seq,
            At = at,
            ActorId = entry.Actor.UserId,
            Actor = entry.Actor.UserName,
            Remote = entry.Actor.Remote,
            Action = entry.Action,
            Outcome = entry.Denied ? "denied" : "ok",
            Project = entry.Project,
            ResourceId = entry.ResourceId,
            Resource = entry.Resource.Length > 400 ? entry.Resource[..400] : entry.Resource,
            BeforeJson = Json(entry.Before),
            AfterJson = count > 1 ? Json(new { times = count }) : Json(entry.After),
        };
        row.Hash = AuditChain.Hash(head.Hash, row);
        await session.ExecuteAsync("""
            INSERT INTO kernel_audit (seq, at, actor_id, actor, remote, action, outcome, project, resource_id, resource, before_json, after_json, hash)
            VALUES (@Seq, @At, @ActorId, @Actor, @Remote, @Action, @Outcome, @Project, @ResourceId, @Resource, @BeforeJson, @AfterJson, @Hash)
            """, row);
        await session.ExecuteAsync("UPDATE kernel_audit_head SET hash = @hash, mac = @mac WHERE id = 1", new { hash = row.Hash, mac = key.Sign(AuditChain.HeadText(row.Seq, row.Hash)) });
    }

    public async Task<Page<AuditRecord>> ListAsync(AuditQuery query, CancellationToken cancellationToken)
    {
        var keyset = Keyset.Create(new SortSpec(new SortColumn("seq", IsNumber: true), Descending: true), "hash", query.Cursor, query.Limit).Value;
        var sql = "SELECT * FROM kernel_audit WHERE 1 = 1";
        var args = new DynamicParameters();
        void And(string condition, string name, object? value)
        {
            if (value is null or "") return;
            sql += $" AND {condition}";
            args.Add(name, value);
        }
        And("actor = @actor", "actor", query.Actor);
        And("action LIKE @action ESCAPE '\\'", "action", query.Action is null ? null : Names.LikePattern(query.Action)[1..]);
        And("(resource_id = @resource OR resource = @resource)", "resource", query.Resource);
        And("outcome = @outcome", "outcome", query.Outcome);
        And("at >= @from", "from", query.From?.ToMicros());
        And("at < @to", "to", query.To?.ToMicros());
        keyset.AddTo(ref sql, args);
        var rows = await db.ReadAsync(s => s.QueryAsync<AuditRow>(sql, args), cancellationToken);
        return keyset.ToPage(rows, r => r.Seq, _ => "", r => r.ToRecord());
    }

    public async IAsyncEnumerable<AuditRecord> ExportAsync([System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await foreach (var row in RowsAsync(cancellationToken)) yield return row.ToRecord();
    }

    public async Task<AuditVerification> VerifyAsync(CancellationToken cancellationToken)
    {
        // The head is read first: records appended while this runs are newer and not part of what is checked.
        var head = await db.ReadAsync(s => s.FirstAsync<HeadRow>(Head), cancellationToken);
        var check = new AuditChain();
        await foreach (var row in RowsAsync(cancellationToken))
        {
            if (head is not null && row.Seq > head.Seq && check.LastSeq >= head.Seq) break;
            check.Add(row);
        }
        return head is null ? check.Finish(check.LastSeq, "", headSigned: false) : check.Finish(head.Seq, head.Hash, head.Seq == 0 || key.Verify(AuditChain.HeadText(head.Seq, head.Hash), head.Mac));
    }

    private async IAsyncEnumerable<AuditRow> RowsAsync([System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken)
    {
        for (var after = long.MinValue; ;)
        {
            var rows = await db.ReadAsync(s => s.QueryAsync<AuditRow>("SELECT * FROM kernel_audit WHERE seq > @after ORDER BY seq LIMIT 1000", new { after }), cancellationToken);
            if (rows.Count == 0) yield break;
            foreach (var row in rows) yield return row;
            after = rows[^1].Seq;
        }
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        try
        {
            for (var more = _denied.Reader.WaitToReadAsync(stoppingToken).AsTask(); ;)
            {
                // What was counted is written in time even if nothing more comes.
                if (_repeats.Count == 0) await more;
                else await Task.WhenAny(more, Task.Delay(RepeatTime, time, stoppingToken));
                stoppingToken.ThrowIfCancellationRequested();
                await WriteDeniedAsync(last: false);
                if (more.IsCompleted) more = _denied.Reader.WaitToReadAsync(stoppingToken).AsTask();
                // Waiting a moment lets a burst become few records.
                await Task.Delay(TimeSpan.FromSeconds(1), time, stoppingToken);
            }
        }
        catch (OperationCanceledException)
        {
        }
        await WriteDeniedAsync(last: true);
    }

    private async Task WriteDeniedAsync(bool last)
    {
        var batch = new List<(AuditEntry Entry, long At)>();
        while (_denied.Reader.TryRead(out var item)) batch.Add(item);
        var (now, dropped) = (time.NowMicros(), Interlocked.Exchange(ref _dropped, 0));
        var records = new List<(AuditEntry Entry, long At, int Count)>();
        foreach (var group in batch.GroupBy(i => (i.Entry.Actor.UserId, i.Entry.Actor.Remote, i.Entry.Action, i.Entry.ResourceId, i.Entry.Resource)))
        {
            if (_repeats.TryGetValue(group.Key, out var repeat))
            {
                repeat.Count += group.Count();
                continue;
            }
            records.Add((group.First().Entry, group.First().At, group.Count()));
            if (_repeats.Count < DeniedAtOnce) _repeats[group.Key] = new Repeat { Entry = group.First().Entry, Until = now + (long)RepeatTime.TotalMicroseconds };
        }
        foreach (var (key, repeat) in _repeats)
        {
            if (!last && repeat.Until > now) continue;
            _repeats.Remove(key);
            if (repeat.Count > 0) records.Add((repeat.Entry, now, repeat.Count));
        }
        if (dropped > 0) records.Add((new AuditEntry { Actor = Access.Actor.System, Action = "audit.overflow", Denied = true }, now, dropped));
        if (records.Count == 0) return;
        try
        {
            var written = await db.WriteAsync<Unit>(async s =>
            {
                foreach (var (entry, at, count) in records) await AppendAsync(s, entry, at, count);
                return Unit.Value;
            }, CancellationToken.None);
            if (written.Failure is { } failure) throw new FailureException(failure);
        }
        catch (Exception e)
        {
            LogDeniedLost(e, records.Sum(r => r.Count));
        }
    }

    private static string? Json(object? value) => value is null ? null : JsonSerializer.Serialize(value, DowelJson.Options);

    [LoggerMessage(1200, LogLevel.Error, "{Count} denied attempts could not be recorded")]
    private partial void LogDeniedLost(Exception e, int count);

    private sealed class Repeat
    {
        public required AuditEntry Entry { get; init; }
        public required long Until { get; init; }
        public int Count { get; set; }
    }

    private sealed class HeadRow
    {
        public long Seq { get; set; }
        public string Hash { get; set; } = "";
        public string Mac { get; set; } = "";
    }
}
