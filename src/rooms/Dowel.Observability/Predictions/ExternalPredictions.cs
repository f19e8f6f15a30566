using System.Runtime.InteropServices;
using Dowel.Contracts;
using Dowel.Kernel.Access;
using Dowel.Kernel.Audit;
using Dowel.Kernel.Ports;
using Dowel.Kernel.Relational;
using Dowel.Kernel.Resources;
using Dowel.Kernel.Results;
using Dowel.Observability.Log;
using Dowel.Tables;

namespace Dowel.Observability.Predictions;

/// <summary>Takes predictions of models that run elsewhere into the log.</summary>
internal sealed class ExternalPredictions(PredictionLog log, IDb db, IAuditTrail audit, TimeProvider time) : IDisposable
{
    private const int MostItems = 10_000;
    private const int MostRows = 100_000;
    // Ids that clients chose are looked up and appended by one request at a time, so that a repeated batch is logged once.
    private readonly SemaphoreSlim _chosenIds = new(1, 1);

    public async Task<Result<LogPredictionsResult>> LogAsync(Actor actor, Resource endpoint, LogPredictions body, CancellationToken cancellationToken)
    {
        if (body.Items is not { Count: > 0 and <= MostItems }) return Failure.Invalid("items", body.Items is null ? null : $"{body.Items.Count} items", $"1 to {MostItems} items");
        var now = time.GetUtcNow();
        var records = new List<PredictionRecord>(body.Items.Count);
        var chosen = new HashSet<Guid>();
        for (var i = 0; i < body.Items.Count; i++)
        {
            if (!ToRecord($"items[{i}]", body.Items[i], actor, endpoint, now).TryGet(out var record, out var failure)) return failure;
            if (body.Items[i].Id is { } text && !chosen.Add(record.Id)) return Failure.Invalid($"items[{i}].id", text, "an id that stands in the batch once");
            records.Add(record);
        }
        if (chosen.Count == 0) return await AppendAsync(actor, endpoint, records, [], cancellationToken);
        await _chosenIds.WaitAsync(cancellationToken);
        try
        {
            var owners = await OwnersAsync(chosen, cancellationToken);
            for (var i = 0; i < records.Count; i++)
                if (owners.TryGetValue(records[i].Id, out var owner) && owner != endpoint.Id)
                    return Failure.Invalid($"items[{i}].id", body.Items[i].Id, "an id that is not taken");
            return await AppendAsync(actor, endpoint, records, [.. owners.Keys], cancellationToken);
        }
        finally
        {
            _chosenIds.Release();
        }
    }

    public void Dispose() => _chosenIds.Dispose();

    private async Task<Result<LogPredictionsResult>> AppendAsync(Actor actor, Resource endpoint, List<PredictionRecord> records, HashSet<Guid> known, CancellationToken cancellationToken)
    {
        List<string> ids = [.. records.Select(r => PredictionId.Of(r.Id))];
        var added = known.Count == 0 ? records : records.FindAll(r => !known.Contains(r.Id));
        var result = new LogPredictionsResult(added.Count, records.Count - added.Count, ids);
        if (added.Count == 0) return result;
        return await db.WriteAsync<LogPredictionsResult>(async s =>
        {
            await audit.AppendAsync(s, AuditEntry.On(actor, endpoint, "endpoint.log_predictions", after: new { Count = added.Count }));
            // Last, so that nothing is in the log without its entry in the trail.
            log.AppendAll(CollectionsMarshal.AsSpan(added));
            return result;
        }, cancellationToken);
    }

    private Task<Dictionary<Guid, string>> OwnersAsync(IEnumerable<Guid> ids, CancellationToken cancellationToken) => log.QueryAsync(false, async connection =>
    {
        var rows = await connection.QueryAsync($"SELECT id, min(endpoint_id) FROM predictions WHERE id IN (SELECT unnest({Duck.TextList(ids.Select(i => i.ToString("n")))})) GROUP BY id",
            r => (Guid.ParseExact(r.GetString(0), "n"), r.GetString(1)), cancellationToken);
        return rows.ToDictionary(r => r.Item1, r => r.Item2);
    }, cancellationToken);

    private static Result<PredictionRecord> ToRecord(string field, LoggedPrediction? item, Actor actor, Resource endpoint, DateTimeOffset now)
    {
        if (item is null) return Failure.Invalid(field, null, "a prediction");
        var id = Guid.CreateVersion7(now);
        if (item.Id is { } text && !PredictionId.TryParse(text, out id)) return Failure.Invalid($"{field}.id", text, "'pred_' and 32 hexadecimal digits");
        var at = item.At ?? now;
        if (at < DateTimeOffset.UnixEpoch || at > now.AddDays(1)) return Failure.Invalid($"{field}.at", at.ToString("O"), "an instant from 1970 to now");
        if (item.Status is < 100 or > 599) return Failure.Invalid($"{field}.status", item.Status, "an HTTP status, 100 to 599");
        if (item.LatencyMs is { } ms && !(ms is >= 0 and <= 2_000_000)) return Failure.Invalid($"{field}.latencyMs", ms, "milliseconds, 0 to 2000000");
        if (item.Caller is { Length: 0 or > 200 }) return Failure.Invalid($"{field}.caller", item.Caller, "1 to 200 characters");
        if (item.Model is { Length: > 300 }) return Failure.Invalid($"{field}.model", item.Model, "at most 300 characters");
        var rows = -1;
        if (!PlainTensor.ListOf($"{field}.inputs", item.Inputs, ref rows).TryGet(out var inputs, out var failure)) return failure;
        if (!PlainTensor.ListOf($"{field}.features", item.Features, ref rows).TryGet(out var features, out failure)) return failure;
        if (!PlainTensor.ListOf($"{field}.outputs", item.Outputs, ref rows).TryGet(out var outputs, out failure)) return failure;
        if (rows > MostRows) return Failure.Invalid(field, $"{rows} rows", $"at most {MostRows} rows");
        if (rows < 0 && (item.Status ?? 200) < 400) return Failure.Invalid($"{field}.outputs", null, "inputs, features or outputs, unless it failed (status of 400 or more)");
        return new PredictionRecord
        {
            Id = id,
            AtMicros = at.ToMicros(),
            EndpointId = endpoint.Id,
            Endpoint = endpoint.Name,
            CallerId = actor.UserId,
            Caller = item.Caller ?? actor.UserName,
            Model = item.Model ?? "",
            Deployment = "",
            Protocol = "logged",
            Status = item.Status ?? 200,
            Error = item.Error,
            Rows = Math.Max(0, rows),
            LatencyMicros = (int)Math.Round((item.LatencyMs ?? 0) * 1000),
            Inputs = inputs,
            Features = features,
            Outputs = outputs,
        };
    }
}
