using System.Text.Json;
using Dowel.Contracts;
using Dowel.Kernel.Results;
using Dowel.Observability.Columns;
using Dowel.Observability.Log;
using Dowel.Observability.Predictions;
using Dowel.Tables;

namespace Dowel.Observability.Quality;

/// <summary>Compares what was predicted with what turned out to be right.</summary>
internal sealed class QualityService(PredictionLog log)
{
    // Where there are more values than this, the newest labelled predictions are compared.
    private const long MostCells = 20_000_000;
    private const string Truth = "truth";

    public async Task<Result<LiveQuality>> GetAsync(string endpointId, DateTimeOffset? from, DateTimeOffset? to, string? output, CancellationToken cancellationToken)
    {
        if (PredictionFilter.CheckWindow(from, to) is { } wrong) return wrong;
        var filter = new PredictionFilter(endpointId).Between(from, to).Answered();
        var (predicted, types, outputs, truth) = await log.QueryAsync(true, async connection =>
        {
            var rows = (await connection.QueryAsync($"SELECT coalesce(sum(row_count), 0)::BIGINT FROM predictions WHERE {filter.Where}", r => r.GetInt64(0), cancellationToken, filter.Parameters))[0];
            var types = Types(await connection.QueryAsync($"SELECT types FROM predictions WHERE {filter.Where} GROUP BY types ORDER BY max(at_us) LIMIT 100", r => r.GetString(0), cancellationToken, filter.Parameters));
            var (outputs, truth) = (new ColumnSet(), new ColumnSet());
            await connection.QueryAsync($"""
                SELECT p.outputs, t.labels, p.row_count FROM predictions p
                JOIN (SELECT prediction_id, arg_max(labels, seq) AS labels FROM truth_log WHERE endpoint_id = $1 GROUP BY prediction_id) t ON t.prediction_id = p.id
                WHERE {filter.Where} ORDER BY p.at_us DESC LIMIT {MostCells / Math.Max(1, types.Count)}
                """, r =>
            {
                var count = r.GetInt32(2);
                outputs.Read(r.GetString(0), count);
                truth.ReadArray(Truth, r.GetString(1), count);
                return 0;
            }, cancellationToken, filter.Parameters);
            return (rows, types, outputs, truth);
        }, cancellationToken);

        return await Task.Run<Result<LiveQuality>>(() =>
        {
            var labels = truth.All().Select(c => c.Column).FirstOrDefault();
            if (output is not null && types.Count > 0 && !types.ContainsKey(output) && !outputs.All().Any(c => c.Name == output))
                return Failure.Invalid("output", output, $"one of {string.Join(", ", types.Keys.Take(20))}");
            if (labels is null || labels.Present == 0) return new LiveQuality { Predicted = predicted, Output = output ?? "" };
            return OutputChoice.Compare(labels, [.. outputs.All().Select(o => new OutputColumn(o.Name, types.GetValueOrDefault(o.Name, "FP64"), o.Column))], output)
                .Map(q => q with { Predicted = predicted, Labeled = labels.Present });
        }, cancellationToken);
    }

    /// <summary>Data types of the outputs by name: the newest, but floating where any record says so, as JSON writes 1.0 as 1.</summary>
    private static Dictionary<string, string> Types(List<string> all)
    {
        var types = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var json in all)
        {
            using var document = JsonDocument.Parse(json);
            foreach (var output in document.RootElement.GetProperty("outputs").EnumerateObject())
                if (!types.GetValueOrDefault(output.Name, "").StartsWith("FP", StringComparison.Ordinal)) types[output.Name] = output.Value.GetString()!;
        }
        return types;
    }
}
