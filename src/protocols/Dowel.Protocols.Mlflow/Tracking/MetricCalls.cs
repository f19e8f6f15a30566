using System.Buffers.Text;
using System.Globalization;
using System.Text;
using System.Text.Json;
using Dowel.Contracts;
using Dowel.Experiments.Logging;
using Dowel.Kernel.Results;
using Dowel.Protocols.Mlflow.Wire;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Dowel.Protocols.Mlflow.Tracking;

/// <summary>Histories of metrics: paged, of many runs at once, and thinned out for charts.</summary>
internal static class MetricCalls
{
    private const int MostRuns = 100;
    private const int MostInBulk = 25_000;
    private const int MostPerRun = 2500;
    private const int MostInPage = 25_000;

    public static void MapMetricCalls(this IEndpointRouteBuilder endpoints)
    {
        endpoints.MapRaw("GET", "metrics/get-history", "read on the experiment", History);
        endpoints.MapCall("GET", "metrics/get-history-bulk", "read on the experiments", Bulk);
        endpoints.MapCall("GET", "metrics/get-history-bulk-interval", "read on the experiments", Interval);
    }

    // Without max_results the answer is the whole history, written as it is read: a million points take no more memory than one part of them.
    private static async Task History(HttpContext context)
    {
        using var call = await MlflowCall.ReadAsync(context);
        var (run, key, log) = (call.RunId(), call.Required("metric_key"), call.Get<RunLog>());
        var most = call.Integer("max_results") switch
        {
            null => long.MaxValue - 1,
            <= 0 => throw MlflowCall.Bad("Invalid value for parameter 'max_results' supplied: It must be a positive integer."),
            > MostInPage => MostInPage,
            { } given => given,
        };
        await call.RequireRunAsync(run, Permission.Read);
        var last = ReadToken(call.Text("page_token"));
        var points = await log.PointsAsync(run, key, last, (int)Math.Min(most + 1, MostInPage + 1), call.Aborted);
        context.Response.ContentType = "application/json";
        await using var json = new Utf8JsonWriter(context.Response.BodyWriter);
        json.WriteStartObject();
        if (points.Count > 0) json.WriteStartArray("metrics");
        var written = 0L;
        while (points.Count > 0 && written < most)
        {
            foreach (var point in points.Take((int)Math.Min(most - written, points.Count)))
            {
                json.WriteStartObject();
                RunJson.WritePoint(json, key, point);
                json.WriteEndObject();
                (last, written) = (point, written + 1);
            }
            await json.FlushAsync(call.Aborted);
            if (written < most) points = points.Count > MostInPage ? await log.PointsAsync(run, key, last, MostInPage + 1, call.Aborted) : [];
        }
        if (written > 0) json.WriteEndArray();
        if (most <= MostInPage && points.Count > most) json.WriteString("next_page_token", WriteToken(last!.Value));
        json.WriteEndObject();
        await json.FlushAsync(call.Aborted);
    }

    private static async Task<Result<Action<Utf8JsonWriter>>> Bulk(MlflowCall call)
    {
        var runs = call.Texts("run_id");
        if (runs.Count == 0) throw MlflowCall.Bad("GetMetricHistoryBulk request must specify at least one run_id.");
        if (runs.Count > MostRuns) throw MlflowCall.Bad($"GetMetricHistoryBulk request cannot specify more than {MostRuns} run_ids. Received {runs.Count} run_ids.");
        var key = call.Text("metric_key") ?? throw MlflowCall.Bad("GetMetricHistoryBulk request must specify a metric_key.");
        var most = (int)Math.Clamp(call.Integer("max_results") ?? MostInBulk, 1, MostInBulk);
        var found = new List<(string Run, Point Point)>();
        foreach (var run in runs.Distinct().Order(StringComparer.Ordinal))
        {
            await call.RequireRunAsync(run, Permission.Read);
            if (found.Count < most) found.AddRange((await call.Get<RunLog>().PointsAsync(run, key, null, most - found.Count, call.Aborted)).Select(p => (run, p)));
        }
        return Answer(key, found);
    }

    private static async Task<Result<Action<Utf8JsonWriter>>> Interval(MlflowCall call)
    {
        var runs = call.Texts("run_ids");
        if (runs.Count == 0) throw MlflowCall.Missing("run_ids");
        if (runs.Count > MostRuns) throw MlflowCall.Bad($"GetMetricHistoryBulkInterval request must specify at most {MostRuns} run_ids. Received {runs.Count} run_ids.");
        var key = call.Required("metric_key");
        var most = call.Integer("max_results") ?? MostPerRun;
        if (most is < 1 or > MostPerRun) throw MlflowCall.Bad($"max_results must be between 1 and {MostPerRun}.");
        var (start, end) = (call.Integer("start_step"), call.Integer("end_step"));
        if (start is null != end is null) throw MlflowCall.Bad("If either start step or end step are specified, both must be specified.");
        if (start > end) throw MlflowCall.Bad($"end_step must be greater than start_step. Found start_step={start} and end_step={end}.");
        foreach (var run in runs) await call.RequireRunAsync(run, Permission.Read);
        var found = await call.Get<RunLog>().SampleAsync([.. runs.Distinct()], key, start, end, (int)most, call.Aborted);
        return Answer(key, found);
    }

    private static Result<Action<Utf8JsonWriter>> Answer(string key, IReadOnlyList<(string Run, Point Point)> found) => Result.Ok<Action<Utf8JsonWriter>>(j => j.List("metrics", found, (w, f) =>
    {
        RunJson.WritePoint(w, key, f.Point);
        w.WriteString("run_id", f.Run);
    }));

    private static string WriteToken(Point last)
        => Base64Url.EncodeToString(Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{last.Step}:{last.At}:{(last.IsNan ? 1 : 0)}:{BitConverter.DoubleToInt64Bits(last.Value)}")));

    private static Point? ReadToken(string? token)
    {
        if (string.IsNullOrEmpty(token)) return null;
        try
        {
            if (token.Length < 200 && Encoding.ASCII.GetString(Base64Url.DecodeFromChars(token)).Split(':') is [var step, var at, var nan, var bits])
                return new Point(0, 0, long.Parse(step, CultureInfo.InvariantCulture), long.Parse(at, CultureInfo.InvariantCulture), nan == "1", BitConverter.Int64BitsToDouble(long.Parse(bits, CultureInfo.InvariantCulture)));
        }
        catch (Exception e) when (e is FormatException or OverflowException)
        {
        }
        throw MlflowCall.Bad("Invalid page token, could not base64-decode");
    }
}
