using Dapper;
using Dowel.Contracts;
using Dowel.Kernel.Access;
using Dowel.Kernel.Paging;
using Dowel.Kernel.Relational;
using Dowel.Kernel.Resources;
using Dowel.Kernel.Results;

namespace Dowel.Registry.History;

/// <summary>Every change of a model and its versions: who, when, why, from what to what. Written in the transaction that makes the change.</summary>
internal sealed class HistoryLog(IDb db, TimeProvider time)
{
    public const int MostReason = 5000;
    private static readonly SortSpec Newest = new(new SortColumn("h.id", IsNumber: true), Descending: true);

    public Task AddAsync(DbSession session, Actor actor, string modelId, ModelChangeKind kind, long? version, string subject, string? from, string? to, string? reason)
        => session.ExecuteAsync("""
            INSERT INTO registry_history (model_id, number, kind, subject, from_value, to_value, at, by_id, by_name, reason)
            VALUES (@modelId, @version, @kind, @subject, @from, @to, @at, @UserId, @UserName, @reason)
            """, new { modelId, version, kind = kind.ToString(), subject, from, to, at = time.NowMicros(), actor.UserId, actor.UserName, reason = reason ?? "" });

    /// <summary>Records how tags changed, one entry each.</summary>
    public async Task AddTagsAsync(DbSession session, Actor actor, string modelId, long? version, IReadOnlyDictionary<string, string> before, IReadOnlyDictionary<string, string> after, string? reason)
    {
        foreach (var key in before.Keys.Union(after.Keys))
            if (before.GetValueOrDefault(key) is var from && after.GetValueOrDefault(key) is var to && from != to)
                await AddAsync(session, actor, modelId, ModelChangeKind.Tag, version, key, from, to, reason);
    }

    public async Task<Result<Page<ModelChange>>> ListAsync(Resource model, HistoryQuery query, CancellationToken cancellationToken)
    {
        if (!Keyset.Create(Newest, "h.model_id", query.Cursor, query.Limit).TryGet(out var keyset, out var failure)) return failure;
        var sql = "SELECT h.* FROM registry_history h WHERE h.model_id = @Id";
        var args = new DynamicParameters(new { model.Id });
        if (query.Kind is { } kind)
        {
            sql += " AND h.kind = @kind";
            args.Add("kind", kind.ToString());
        }
        if (query.Version is { } version)
        {
            sql += " AND h.number = @version";
            args.Add("version", version);
        }
        keyset.AddTo(ref sql, args);
        var rows = await db.ReadAsync(s => s.QueryAsync<Row>(sql, args), cancellationToken);
        return keyset.ToPage(rows, r => r.Id, r => r.ModelId, r => new ModelChange
        {
            Id = r.Id,
            Kind = Enum.Parse<ModelChangeKind>(r.Kind),
            Version = (int?)r.Number,
            Subject = r.Subject,
            From = r.FromValue,
            To = r.ToValue,
            By = r.ByName,
            At = Instants.FromMicros(r.At),
            Reason = r.Reason,
        });
    }

    public static Failure? CheckReason(string? reason)
        => reason is { Length: > MostReason } || reason?.Contains('\0') == true ? Failure.Invalid("reason", reason, $"at most {MostReason} characters without the character zero") : null;

    private sealed class Row
    {
        public long Id { get; set; }
        public string ModelId { get; set; } = "";
        public long? Number { get; set; }
        public string Kind { get; set; } = "";
        public string Subject { get; set; } = "";
        public string? FromValue { get; set; }
        public string? ToValue { get; set; }
        public long At { get; set; }
        public string ByName { get; set; } = "";
        public string Reason { get; set; } = "";
    }
}
