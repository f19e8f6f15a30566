using System.Globalization;
using Dowel.Contracts;
using Dowel.Kernel.Relational;
using Dowel.Kernel.Results;
using Dowel.Observability.Log;
using Dowel.Observability.Predictions;
using Dowel.Tables;
using DuckDB.NET.Data;

namespace Dowel.Observability.Traffic;

/// <summary>Requests, errors and latencies of an endpoint over a time.</summary>
internal sealed class TrafficService(PredictionLog log, TimeProvider time)
{
    private const int BucketsWanted = 60;
    private const int MostBuckets = 10_000;
    private const int MostNames = 100;
    private static readonly TimeSpan DefaultTime = TimeSpan.FromHours(1);

    // Lengths that people know from clocks.
    private static readonly int[] Steps = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10_800, 21_600, 43_200, 86_400];

    // quantile_cont interpolates between the two nearest values, so the quantiles are exact.
    private const string Figures = """
        count(*), count(*) FILTER (WHERE status >= 400), quantile_cont(latency_us, 0.5), quantile_cont(latency_us, 0.95), quantile_cont(latency_us, 0.99)
        """;

    public async Task<Result<EndpointTraffic>> GetAsync(string endpointId, DateTimeOffset? from, DateTimeOffset? to, double? step, CancellationToken cancellationToken)
    {
        if (step is { } wanted && !(wanted is >= 1 and <= 86_400)) return Failure.Invalid("step", step, "seconds from 1 to 86400");
        var end = to ?? time.GetUtcNow();
        var begin = from ?? end - DefaultTime;
        if (PredictionFilter.CheckWindow(begin, end) is { } wrong) return wrong;
        var length = (end - begin).TotalSeconds;
        var seconds = step ?? Steps.FirstOrDefault(s => length / s <= BucketsWanted, Steps[^1]);
        if (step is not null && length / seconds > MostBuckets)
            return Failure.Invalid("step", step, $"at least {Math.Ceiling(length / MostBuckets).ToString(CultureInfo.InvariantCulture)} seconds for this time");

        var filter = new PredictionFilter(endpointId).Between(begin, end);
        var stepMicros = (long)Math.Round(seconds * 1_000_000);
        return await log.QueryAsync<Result<EndpointTraffic>>(false, async connection =>
        {
            var rows = await connection.QueryAsync($"""
                SELECT bucket, {Figures}
                FROM (SELECT at_us - at_us % {stepMicros.ToString(CultureInfo.InvariantCulture)} AS bucket, status, latency_us FROM predictions WHERE {filter.Where})
                GROUP BY GROUPING SETS ((bucket), ()) ORDER BY bucket NULLS FIRST
                """, r => (At: r.IsDBNull(0) ? (long?)null : r.GetInt64(0), Figures: FiguresOf(r)), cancellationToken, filter.Parameters);
            return new EndpointTraffic
            {
                From = begin,
                To = end,
                StepSeconds = seconds,
                Total = rows.Where(r => r.At is null).Select(r => r.Figures).FirstOrDefault() ?? new(),
                Buckets = [.. rows.Where(r => r.At is not null).Select(r => new TrafficBucket(Instants.FromMicros(r.At!.Value), r.Figures))],
                Callers = await CountAsync(connection, "caller", filter, cancellationToken),
                Versions = await CountAsync(connection, "model", filter, cancellationToken),
            };
        }, cancellationToken);
    }

    private static async Task<IReadOnlyList<ValueCount>> CountAsync(DuckDBConnection connection, string column, PredictionFilter filter, CancellationToken cancellationToken)
        => await connection.QueryAsync($"SELECT {column}, count(*) AS n FROM predictions WHERE {filter.Where} AND {column} <> '' GROUP BY {column} ORDER BY n DESC, {column} LIMIT {MostNames}",
            r => new ValueCount(r.GetString(0), r.GetInt64(1)), cancellationToken, filter.Parameters);

    private static TrafficFigures FiguresOf(DuckDBDataReader r) => new()
    {
        Requests = r.GetInt64(1),
        Errors = r.GetInt64(2),
        P50Ms = Milliseconds(r, 3),
        P95Ms = Milliseconds(r, 4),
        P99Ms = Milliseconds(r, 5),
    };

    private static double Milliseconds(DuckDBDataReader r, int column) => r.IsDBNull(column) ? 0 : r.GetDouble(column) / 1000;
}
