using Dowel.Contracts;
using Dowel.Experiments.Logging;
using Dowel.Experiments.Runs;
using Dowel.Kernel.Imports;
using Dowel.Kernel.Relational;
using Dowel.Kernel.Results;

namespace Dowel.Experiments.Import;

/// <summary>Takes in the metric points of imported runs, through the journal; all of a call, or nothing. How many of a run's points are here is counted in the same transaction.</summary>
internal sealed class MetricImport(IDb db, NameTable names, MetricJournal journal)
{
    public async Task<Result<ImportResult>> PutAsync(ImportScope scope, ImportMetrics batch, CancellationToken cancellationToken)
    {
        if ((scope.Check() ?? Check(batch)) is { } wrong) return wrong;
        var keys = batch.Runs.SelectMany(r => r.Keys).Distinct().Where(LogRules.IsKey).ToList();
        await names.EnsureAsync(new LogToRun { Tags = keys.ToDictionary(k => k, _ => "") }, cancellationToken);
        await journal.WaitForRoomAsync(cancellationToken);
        var skipped = new ImportRules.SkipList();
        return await db.WriteAsync<ImportResult>(async s =>
        {
            var numbers = new Dictionary<string, long>(StringComparer.Ordinal);
            foreach (var key in keys) numbers[key] = await names.FindAsync(s, key);
            var known = await ImportMap.FindAsync(s, scope, ImportMap.Run, batch.Runs.Select(r => r.Run).ToHashSet());
            var written = 0;
            foreach (var series in batch.Runs.OrderBy(r => r.Run, StringComparer.Ordinal))
            {
                if (known.GetValueOrDefault(series.Run) is not { No: { } no, ExperimentNo: { } experimentNo }) return Failure.NotFound("imported run", series.Run);
                if (s.Engine == DbEngine.Postgres) await s.Prepare("SELECT 1 FROM experiments_runs WHERE id = @p0 FOR KEY SHARE").With(series.Run).ExecuteAsync();
                if (await RunKeys.FindAsync(s, series.Run) is null) return RunKeys.NotFound(series.Run);
                if (!await ImportMap.AdvanceAsync(s, scope, series.Run, series.Of, series.Offset, series.Value.Count + series.Left))
                    return new Failure(ErrorCodes.Conflict, $"The points of run {series.Run} do not follow on those that are here; ask how far it is.", new FieldError("offset", $"{series.Offset}", "the number of points that are here, or 0 to begin anew"));
                var points = Points(no, series, numbers, skipped);
                if (points.Length > 0) await journal.RecordAsync(s, experimentNo, no, points);
                written += points.Length;
            }
            return new ImportResult { Written = written, Skipped = skipped.Told };
        }, cancellationToken);
    }

    private static Point[] Points(long runNo, ImportSeries series, Dictionary<string, long> numbers, ImportRules.SkipList skipped)
    {
        var points = new List<Point>(series.Value.Count);
        for (var i = 0; i < series.Value.Count; i++)
        {
            var key = series.Keys[series.Key[i]];
            if (!numbers.TryGetValue(key, out var name)) skipped.Add(series.Run, "metric", key, "the key is none that can be kept");
            else if (ImportRules.Micros(series.At[i]) is not { } at) skipped.Add(series.Run, "metric", key, $"no date has the time {series.At[i]}");
            else points.Add(new Point(runNo, name, series.Step[i], at, double.IsNaN(series.Value[i]), double.IsNaN(series.Value[i]) ? 0 : series.Value[i]));
        }
        return [.. points];
    }

    private static Failure? Check(ImportMetrics batch)
    {
        if ((ImportRules.CheckCount("runs", batch.Runs.Count) ?? ImportRules.CheckCount("points", batch.Runs.Sum(r => r.Value.Count), ImportRules.MostPoints)) is { } many) return many;
        if (batch.Runs.Select(r => r.Run).Distinct().Count() != batch.Runs.Count) return Failure.Invalid("runs", "a run twice", "each run once a call");
        foreach (var run in batch.Runs)
        {
            var count = run.Value.Count;
            if (ImportRules.CheckId("run", run.Run, false) is { } bad) return bad;
            if (run.Key.Count != count || run.Step.Count != count || run.At.Count != count) return Failure.Invalid("key", $"{run.Key.Count} keys, {count} values, {run.Step.Count} steps, {run.At.Count} times", "as many of each");
            if (run.Key.Any(k => k < 0 || k >= run.Keys.Count)) return Failure.Invalid("key", "a place outside of keys", "places in keys");
            if (run.Offset < 0 || run.Left < 0 || run.Left > run.Of || run.Of < run.Offset + count + run.Left) return Failure.Invalid("offset", run.Offset, "0 to of, less the points of the call");
        }
        return null;
    }
}
