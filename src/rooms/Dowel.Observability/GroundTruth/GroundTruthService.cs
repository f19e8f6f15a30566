using Dowel.Contracts;
using Dowel.Kernel.Access;
using Dowel.Kernel.Audit;
using Dowel.Kernel.Relational;
using Dowel.Kernel.Resources;
using Dowel.Kernel.Results;
using Dowel.Observability.Log;
using Dowel.Observability.Predictions;
using Dowel.Tables;

namespace Dowel.Observability.GroundTruth;

/// <summary>Takes what turned out to be right. The last word on a prediction counts, so sending it again changes nothing.</summary>
internal sealed class GroundTruthService(PredictionLog log, IDb db, IAuditTrail audit, TimeProvider time) : IDisposable
{
    private const int MostItems = 10_000;
    private const int MostUnknown = 100;
    private const int LongestText = 10_000;
    private const int LongestJson = 1024 * 1024;
    private readonly SemaphoreSlim _gate = new(1, 1);
    private long? _sequence;

    public async Task<Result<GroundTruthResult>> SendAsync(Actor actor, Resource endpoint, SendGroundTruth body, CancellationToken cancellationToken)
    {
        if (body.Items is not { Count: > 0 and <= MostItems }) return Failure.Invalid("items", body.Items is null ? null : $"{body.Items.Count} items", $"1 to {MostItems} items");
        var wanted = new Dictionary<Guid, int>();
        for (var i = 0; i < body.Items.Count; i++)
        {
            var item = body.Items[i];
            if (item?.Values is null) return Failure.Invalid($"items[{i}].values", null, "an array with one value a row");
            if (item.Values.FirstOrDefault(v => v is not (null or bool or long or double or string { Length: <= LongestText })) is { } odd)
                return Failure.Invalid($"items[{i}].values", odd, $"null, true, false, numbers, or texts of at most {LongestText} characters");
            // Of two in one batch the later one counts.
            if (PredictionId.TryParse(item.PredictionId, out var id)) wanted[id] = i;
        }
        var rows = wanted.Count == 0 ? [] : await RowsAsync(new(endpoint.Id, PredictionAccess.OnlyOf(actor, endpoint)), wanted.Keys, cancellationToken);
        List<string> unknown = [];
        List<FieldError> wrong = [];
        List<(Guid Id, string Values)> kept = [];
        for (var i = 0; i < body.Items.Count; i++)
        {
            var item = body.Items[i];
            if (!PredictionId.TryParse(item.PredictionId, out var id) || !rows.TryGetValue(id, out var count)) unknown.Add(item.PredictionId ?? "");
            else if (item.Values.Count != count) wrong.Add(new($"items[{i}].values", $"{item.Values.Count} values", $"{count}, one for each row of {item.PredictionId}"));
            else if (TensorJson.Own.Array(item.Values) is { Length: <= LongestJson } values) kept.Add((id, values));
            else wrong.Add(new($"items[{i}].values", "more than a megabyte", "values that take at most a megabyte as JSON"));
        }
        if (wrong.Count > 0)
            return new Failure(ErrorCodes.Invalid, $"{wrong[0].Field} has {wrong[0].Given}, expected {wrong[0].Expected}. Nothing was kept.", [.. wrong.Take(100)]);
        var result = new GroundTruthResult(kept.Count, [.. unknown.Take(MostUnknown).Select(u => u.Length > 200 ? u[..200] + "…" : u)]);
        if (kept.Count == 0) return result;

        await _gate.WaitAsync(cancellationToken);
        try
        {
            return await db.WriteAsync<GroundTruthResult>(async s =>
            {
                await audit.AppendAsync(s, AuditEntry.On(actor, endpoint, "endpoint.ground_truth", after: new { Count = kept.Count }));
                Append(endpoint.Id, kept, await SequenceAsync(cancellationToken));
                return result;
            }, cancellationToken);
        }
        finally
        {
            _gate.Release();
        }
    }

    public void Dispose() => _gate.Dispose();

    private void Append(string endpointId, List<(Guid Id, string Values)> items, long sequence)
    {
        var at = time.NowMicros();
        var records = new GroundTruthRecord[items.Count];
        for (var i = 0; i < records.Length; i++) records[i] = new(items[i].Id, endpointId, at, ++sequence, items[i].Values);
        // Counted first: a number used twice would leave open which one counts.
        _sequence = sequence;
        log.Truth.AppendAll(records);
    }

    /// <summary>The number of the last record; read from the log once.</summary>
    private async Task<long> SequenceAsync(CancellationToken cancellationToken)
        => _sequence ??= (await log.Truth.QueryAsync("SELECT coalesce(max(seq), 0) FROM log", r => r.GetInt64(0), cancellationToken))[0];

    private Task<Dictionary<Guid, int>> RowsAsync(PredictionFilter filter, IEnumerable<Guid> ids, CancellationToken cancellationToken) => log.QueryAsync(false, async connection =>
    {
        List<string> hex = [.. ids.Select(i => i.ToString("n")).Order(StringComparer.Ordinal)];
        // Ids begin with their time, so the range lets Parquet skip what is older or newer.
        filter.Add("id BETWEEN {0} AND {1}", hex[0], hex[^1]);
        var rows = await connection.QueryAsync(
            $"SELECT id, any_value(row_count) FROM predictions WHERE {filter.Where} AND id IN (SELECT unnest({Duck.TextList(hex)})) GROUP BY id",
            r => (Guid.ParseExact(r.GetString(0), "n"), r.GetInt32(1)), cancellationToken, filter.Parameters);
        return rows.ToDictionary(r => r.Item1, r => r.Item2);
    }, cancellationToken);
}
