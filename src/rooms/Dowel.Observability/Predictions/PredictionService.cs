using System.Globalization;
using System.Text.Json;
using Dowel.Contracts;
using Dowel.Kernel.Access;
using Dowel.Kernel.Relational;
using Dowel.Kernel.Resources;
using Dowel.Kernel.Results;
using Dowel.Observability.Log;
using Dowel.Tables;
using DuckDB.NET.Data;

namespace Dowel.Observability.Predictions;

/// <summary>Reads predictions, with the ground truth where it is known.</summary>
internal sealed class PredictionService(PredictionLog log)
{
    // A page of records of a megabyte each ends early rather than filling the memory.
    private const long MostPageCharacters = 32 * 1024 * 1024;
    private const int RowsAtOnce = 50;

    private const string Columns = """
        p.id, p.at_us, p.endpoint, p.caller, p.model, p.deployment, p.protocol, p.status, p.error, p.row_count,
        p.latency_us, p.features_us, p.model_us, p.inputs, p.features, p.outputs, t.labels, p.endpoint_id, p.caller_id
        """;

    public async Task<Result<Page<Prediction>>> ListAsync(Actor actor, Resource endpoint, PredictionQuery query, CancellationToken cancellationToken)
    {
        if (!PredictionFilter.Of(endpoint.Id, PredictionAccess.OnlyOf(actor, endpoint), query).TryGet(out var wanted, out var failure)) return failure;
        var (filter, limit) = wanted;
        return await log.QueryAsync<Result<Page<Prediction>>>(true, async connection =>
        {
            // The keys first, from narrow columns; then the whole rows of those only.
            var keys = await KeysAsync(connection, filter, limit + 1, cancellationToken);
            List<Prediction> items = [];
            var characters = 0L;
            foreach (var chunk in keys.Take(limit).Chunk(RowsAtOnce))
            {
                foreach (var row in await RowsAsync(connection, endpoint.Id, chunk[^1].At, chunk[0].At, [.. chunk.Select(k => k.Id)], cancellationToken))
                {
                    items.Add(row.Prediction);
                    characters += row.Size;
                    if (characters > MostPageCharacters) break;
                }
                if (characters > MostPageCharacters) break;
            }
            var more = items.Count > 0 && items.Count < keys.Count;
            return new Page<Prediction> { Items = items, NextCursor = more ? PredictionFilter.Cursor(keys[items.Count - 1].At, keys[items.Count - 1].Id) : null };
        }, cancellationToken);
    }

    /// <summary>One prediction, whoever asks, or null.</summary>
    public async Task<PredictionRow?> FindAsync(Guid id, CancellationToken cancellationToken)
    {
        var hex = id.ToString("n");
        return await log.QueryAsync(true, async connection =>
        {
            var rows = await connection.QueryAsync($"""
                SELECT {Columns} FROM predictions p
                LEFT JOIN (SELECT endpoint_id, arg_max(labels, seq) AS labels FROM truth_log WHERE prediction_id = $1 GROUP BY endpoint_id) t ON t.endpoint_id = p.endpoint_id
                WHERE p.id = $1 ORDER BY p.at_us LIMIT 1
                """, Map, cancellationToken, hex);
            return rows.FirstOrDefault();
        }, cancellationToken);
    }

    /// <summary>
    /// The newest keys. The log is in order of time, so a search for the newest would look at every row as a better one;
    /// the times alone are read fast, and say from when on the rest has to be read.
    /// </summary>
    private static async Task<List<(long At, string Id)>> KeysAsync(DuckDBConnection connection, PredictionFilter filter, int count, CancellationToken cancellationToken)
    {
        var since = (await connection.QueryAsync($"SELECT min(at_us) FROM (SELECT at_us FROM predictions WHERE {filter.WhereWithoutCursor} ORDER BY at_us DESC LIMIT {count})",
            r => r.IsDBNull(0) ? (long?)null : r.GetInt64(0), cancellationToken, filter.ParametersWithoutCursor))[0];
        if (since is null) return [];
        async Task<List<(long At, string Id)>> Read(string more) => await connection.QueryAsync(
            $"SELECT at_us, id FROM predictions WHERE {filter.Where}{more} ORDER BY at_us DESC, id DESC LIMIT {count}", r => (r.GetInt64(0), r.GetString(1)), cancellationToken, filter.Parameters);
        var keys = await Read($" AND at_us >= {since.Value.ToString(CultureInfo.InvariantCulture)}");
        // Several records of the cursor's own microsecond were counted though they are on earlier pages.
        return keys.Count == count || !filter.HasCursor ? keys : await Read("");
    }

    private static Task<List<PredictionRow>> RowsAsync(
        DuckDBConnection connection, string endpointId, long first, long last, IReadOnlyList<string> ids, CancellationToken cancellationToken)
    {
        var list = Duck.TextList(ids);
        return connection.QueryAsync($"""
            SELECT {Columns} FROM predictions p
            LEFT JOIN (SELECT prediction_id, arg_max(labels, seq) AS labels FROM truth_log
                       WHERE endpoint_id = $1 AND prediction_id IN (SELECT unnest({list})) GROUP BY prediction_id) t ON t.prediction_id = p.id
            WHERE p.endpoint_id = $1 AND p.at_us BETWEEN $2 AND $3 AND p.id IN (SELECT unnest({list}))
            ORDER BY p.at_us DESC, p.id DESC
            """, Map, cancellationToken, endpointId, first, last);
    }

    private static PredictionRow Map(DuckDBDataReader r)
    {
        var (inputs, features, outputs) = (r.GetString(13), r.GetString(14), r.GetString(15));
        return new(new Prediction
        {
            Id = PredictionId.OfHex(r.GetString(0)),
            At = Instants.FromMicros(r.GetInt64(1)),
            Endpoint = r.GetString(2),
            Caller = r.GetString(3),
            Model = r.GetString(4),
            Deployment = r.GetString(5),
            Protocol = r.GetString(6),
            Status = r.GetInt32(7),
            Error = r.IsDBNull(8) ? null : r.GetString(8),
            Rows = r.GetInt32(9),
            LatencyMs = r.GetInt32(10) / 1000.0,
            FeaturesMs = r.GetInt32(11) / 1000.0,
            ModelMs = r.GetInt32(12) / 1000.0,
            Inputs = Values(inputs),
            Features = Values(features),
            Outputs = Values(outputs),
            GroundTruth = r.IsDBNull(16) ? null : JsonSerializer.Deserialize<object?[]>(r.GetString(16), DowelJson.Options),
        }, r.GetString(17), r.GetString(18), inputs.Length + features.Length + outputs.Length);
    }

    private static Dictionary<string, object?[]> Values(string json) => json == "{}" ? [] : JsonSerializer.Deserialize<Dictionary<string, object?[]>>(json, DowelJson.Options)!;
}

/// <summary>A prediction as it stands in the log, with what its contract does not show.</summary>
internal sealed record PredictionRow(Prediction Prediction, string EndpointId, string CallerId, long Size);

/// <summary>Finds the endpoint of a prediction for the access rule, and keeps the prediction for the handler; one a request.</summary>
internal sealed class PredictionLookup(PredictionService predictions)
{
    public PredictionRow? Found { get; private set; }

    public async ValueTask<string?> LocateAsync(string reference, CancellationToken cancellationToken)
    {
        if (!PredictionId.TryParse(reference, out var id)) return null;
        Found = await predictions.FindAsync(id, cancellationToken);
        return Found?.EndpointId;
    }
}
