using System.Collections.Concurrent;
using System.Globalization;
using Dowel.Contracts;
using Dowel.Samples.Titanic.Features;
using Dowel.Samples.Titanic.Training;

namespace Dowel.Samples.Titanic.Journey;

/// <summary>8. Five hundred predictions, and what is known of them afterwards: the log, the figures, live accuracy, drift.</summary>
internal static class Watching
{
    private const int Requests = 500, Labeled = 250, Drifting = 120, AtOnce = 8;

    public static async Task RunAsync(JourneyState state, StageReport report, CancellationToken cancellationToken)
    {
        long[] ids = [.. state.Passengers.Select(p => p.Id)];
        new Random(SurvivalTrainer.Seed).Shuffle(ids);
        var answers = await AskAllAsync(state, ids[..Requests], cancellationToken);

        var log = await LogAsync(state, answers.Keys, cancellationToken);
        foreach (var record in log) CheckRecord(state, record, answers[record.Id]);
        var reference = new Window(log.Min(r => r.At), log.Max(r => r.At).AddMilliseconds(1));
        var traffic = await TrafficAsync(state, reference, report, cancellationToken);
        await CheckMetricsAsync(state, report, cancellationToken);
        var accuracy = await GroundTruthAsync(state, [.. log.Take(Labeled)], answers, reference, report, cancellationToken);
        var drifted = await DriftAsync(state, reference, report, cancellationToken);

        report.Say($"{log.Count} predictions logged, success {100.0 * (traffic.Requests - traffic.Errors) / traffic.Requests:F0} %, p50 {traffic.P50Ms:F2} ms, p95 {traffic.P95Ms:F2} ms, p99 {traffic.P99Ms:F2} ms");
        report.Say($"live accuracy {accuracy:F3} on {Labeled}");
        report.Say($"drifted: {string.Join(", ", drifted)}");
    }

    private static async Task<IReadOnlyDictionary<string, (long Passenger, double Chance)>> AskAllAsync(JourneyState state, IEnumerable<long> passengers, CancellationToken cancellationToken)
    {
        var answers = new ConcurrentDictionary<string, (long, double)>();
        await Parallel.ForEachAsync(passengers, new ParallelOptions { MaxDegreeOfParallelism = AtOnce, CancellationToken = cancellationToken }, async (id, ct) =>
        {
            var answer = await Deployment.AskAsync(state.Dana.Client, id, ct);
            Check.That(answers.TryAdd(answer.Id, (id, answer.Numbers(SurvivalTrainer.ProbabilityName)[0])), "every prediction has an id of its own");
        });
        return answers;
    }

    /// <summary>The records of these predictions, newest first.</summary>
    private static async Task<IReadOnlyList<Prediction>> LogAsync(JourneyState state, IEnumerable<string> ids, CancellationToken cancellationToken)
    {
        var wanted = ids.ToHashSet();
        return await Patience.UntilAsync(
            async () => await state.Dana.Client.Monitoring.AllPredictionsAsync(JourneyState.Endpoint, new PredictionQuery { Limit = 1000 }, cancellationToken).Where(p => wanted.Contains(p.Id)).ToListAsync(cancellationToken),
            found => found.Count == wanted.Count,
            found => $"all {wanted.Count} predictions are in the log; there are {found.Count}",
            cancellationToken);
    }

    /// <summary>Who called, with what, which features were joined, what came out of which version, and how long it took.</summary>
    private static void CheckRecord(JourneyState state, Prediction record, (long Passenger, double Chance) answer)
    {
        Check.That(record.Caller == state.Dana.User && record.Status == 200, $"prediction {record.Id} was called by dana and answered");
        Check.That(record.Model.EndsWith($"{JourneyState.Model}/1", StringComparison.Ordinal), $"prediction {record.Id} was answered by version 1 (the log says '{record.Model}')");
        Check.That(record.LatencyMs is > 0 and < 60_000, $"prediction {record.Id} has its latency ({record.LatencyMs} ms)");
        Check.That(record.Inputs.TryGetValue(TitanicFeatures.EntityKey, out var sent) && CellText.Same(sent[0], answer.Passenger), $"prediction {record.Id} has the passenger that was asked for");
        Check.That(
            NamedCells.Of(state.Features[(int)answer.Passenger - 1]).All(f => record.Features.TryGetValue(f.Key, out var joined) && CellText.Same(joined[0], f.Value)),
            $"prediction {record.Id} has the features that were joined");
        Check.That(
            record.Outputs.TryGetValue(SurvivalTrainer.ProbabilityName, out var chance) && Math.Abs(Convert.ToDouble(chance[0], CultureInfo.InvariantCulture) - answer.Chance) < 1e-6,
            $"prediction {record.Id} has the answer that was given");
    }

    private static async Task<TrafficFigures> TrafficAsync(JourneyState state, Window window, StageReport report, CancellationToken cancellationToken)
    {
        var traffic = (await state.Dana.Client.Monitoring.TrafficAsync(JourneyState.Endpoint, window.From, window.To, cancellationToken: cancellationToken)).Total;
        Check.That(traffic is { Requests: Requests, Errors: 0 }, $"the figures count {Requests} requests and no error; they count {traffic.Requests} and {traffic.Errors}");
        Check.That(0 < traffic.P50Ms && traffic.P50Ms <= traffic.P95Ms && traffic.P95Ms <= traffic.P99Ms, $"the percentiles are in order ({traffic.P50Ms}, {traffic.P95Ms}, {traffic.P99Ms})");
        report.Figure("requests", traffic.Requests);
        report.Figure("success_rate", (double)(traffic.Requests - traffic.Errors) / traffic.Requests);
        report.Figure("p50_ms", Math.Round(traffic.P50Ms, 3));
        report.Figure("p95_ms", Math.Round(traffic.P95Ms, 3));
        report.Figure("p99_ms", Math.Round(traffic.P99Ms, 3));
        return traffic;
    }

    /// <summary>Prometheus finds the endpoint's counter of requests.</summary>
    private static async Task CheckMetricsAsync(JourneyState state, StageReport report, CancellationToken cancellationToken)
    {
        var counted = await Patience.UntilAsync(
            async () => (await state.Admin.Server.MetricsAsync(cancellationToken)).Split('\n')
                .Where(l => l.Contains("_total{", StringComparison.Ordinal) && l.Contains($"\"{JourneyState.Endpoint}\"", StringComparison.Ordinal) && l.Contains("request", StringComparison.OrdinalIgnoreCase))
                .Select(l => l.Split('}')[^1].Trim().Split(' ')[0])
                .Sum(v => double.Parse(v, CultureInfo.InvariantCulture)),
            count => count >= Requests,
            count => $"/metrics counts the endpoint's {Requests} requests; it counts {count}",
            cancellationToken);
        report.Figure("prometheus_requests", counted);
    }

    private static async Task<double> GroundTruthAsync(
        JourneyState state, IReadOnlyList<Prediction> half, IReadOnlyDictionary<string, (long Passenger, double Chance)> answers, Window window, StageReport report, CancellationToken cancellationToken)
    {
        GroundTruthItem[] truth = [.. half.Select(p => new GroundTruthItem(p.Id, [state.Passengers[(int)answers[p.Id].Passenger - 1].Survived]))];
        var sent = await state.Dana.Client.Monitoring.SendGroundTruthAsync(JourneyState.Endpoint, truth, cancellationToken);
        Check.That(sent.Accepted == Labeled && sent.Unknown.Count == 0, $"the truth of {Labeled} predictions was taken; {sent.Accepted} were");
        var quality = await Patience.UntilAsync(
            () => state.Dana.Client.Monitoring.QualityAsync(JourneyState.Endpoint, window.From, window.To, cancellationToken: cancellationToken),
            q => q.Labeled == Labeled,
            q => $"live quality is computed over {Labeled} predictions; it is over {q.Labeled}",
            cancellationToken);
        var accuracy = quality.Metrics.GetValueOrDefault("accuracy", double.NaN);
        var expected = (double)half.Count(p => answers[p.Id] is var a && a.Chance >= 0.5 == state.Passengers[(int)a.Passenger - 1].Survived) / Labeled;
        Check.That(Math.Abs(accuracy - expected) < 1e-9, $"live accuracy is what a count by hand gives ({accuracy} and {expected})");
        Check.That(accuracy is > 0.7 and < 0.95, $"live accuracy is plausible ({accuracy:F3})");
        report.Figure("ground_truth", quality.Labeled);
        report.Figure("live_accuracy", accuracy);
        return accuracy;
    }

    /// <summary>Only third-class men over 40: what the model sees is not what it saw.</summary>
    private static async Task<IReadOnlyList<string>> DriftAsync(JourneyState state, Window reference, StageReport report, CancellationToken cancellationToken)
    {
        long[] men = [.. state.Passengers.Where(p => p is { Class: "3rd", Sex: "male", Age: > 40 }).Select(p => p.Id)];
        var answers = await AskAllAsync(state, Enumerable.Range(0, Drifting).Select(i => men[i % men.Length]), cancellationToken);
        var log = await LogAsync(state, answers.Keys, cancellationToken);
        var drift = await state.Dana.Client.Monitoring.DriftAsync(JourneyState.Endpoint, new DriftRequest { Reference = reference, Current = new Window(log.Min(r => r.At)) }, cancellationToken);
        Check.That(drift is { ReferenceRows: Requests, CurrentRows: Drifting }, $"the windows hold {Requests} and {Drifting} rows; they hold {drift.ReferenceRows} and {drift.CurrentRows}");
        ColumnDrift[] drifted = [.. drift.Columns.Where(c => c is { Drifted: true, Role: "feature" })];
        foreach (var feature in (string[])["class_number", "is_female", "age"])
            Check.That(drifted.Any(c => c.Column == feature), $"'{feature}' is reported as drifted (reported: {string.Join(", ", drifted.Select(c => c.Column))})");
        Check.That(drifted.All(c => c.Statistic > 0 && c.AdjustedPValue <= drift.Alpha), "what drifted has a statistic and a small p-value");
        foreach (var c in drifted) report.Detail($"drifted: {c.Column,-12} {c.Test,-4} {c.Statistic:F3}, p {c.PValue:0.0e-0}; {c.ReferenceSummary} → {c.CurrentSummary}");
        report.Figure("drifted", drifted.ToDictionary(c => c.Column, c => new { test = c.Test, statistic = c.Statistic, p_value = c.PValue }));
        return [.. drifted.Select(c => c.Column)];
    }
}
