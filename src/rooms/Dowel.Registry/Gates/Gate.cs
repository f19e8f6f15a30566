using System.Globalization;
using Dowel.Contracts;
using Dowel.Kernel.Access;
using Dowel.Kernel.Ports;
using Dowel.Registry.Versions;

namespace Dowel.Registry.Gates;

/// <summary>Runs the checks of a gate on a version, in a fixed order: metrics, schema, load, signature, input example, slices, golden predictions, invariances, latency.</summary>
internal sealed class Gate(ModelTrial trial)
{
    /// <summary>The check of a protected alias that enough people approve.</summary>
    public const string Approvals = "approvals";

    /// <param name="actor">Who asks it.</param>
    /// <param name="gate">The gate.</param>
    /// <param name="version">The version.</param>
    /// <param name="holder">The version that holds the alias now; null where there is none.</param>
    /// <param name="open">Brings the version's files here.</param>
    /// <param name="cancellationToken">Cancels it.</param>
    public async Task<IReadOnlyList<GateCheck>> CheckAsync(Actor actor, ValidationGate gate, ModelVersion version, ModelVersion? holder, Func<CancellationToken, Task<ModelArtifact>> open, CancellationToken cancellationToken)
    {
        List<GateCheck> checks = [.. gate.Metrics.SelectMany(b => Metric(b, version.Metrics, holder))];
        if (gate.Schema != SchemaRule.Any) checks.Add(SchemaCheck.Run(gate.Schema, version.Signature, holder));
        List<IReadOnlyDictionary<string, object?[]>> batches = [.. gate.Slices.Select(s => s.Inputs), .. gate.Golden.Select(g => g.Inputs), .. gate.Invariances.Select(i => i.Inputs), .. gate.Invariances.Select(Changed)];
        if (!gate.RequireSignature && !gate.RequireInputExample && gate.LatencyBudgetMs is null && batches.Count == 0) return checks;

        var report = await trial.RunAsync(actor, version, open, gate.LatencyBudgetMs is not null, batches, cancellationToken);
        checks.Add(new GateCheck("load", report.LoadProblem is null, report.LoadProblem ?? $"loaded in {Number(report.LoadMs)} ms", $"a model of flavor '{version.Flavor}' that loads"));
        if (gate.RequireSignature) checks.Add(Signature(version.Signature, report));
        if (gate.RequireInputExample)
            checks.Add(new GateCheck("input example", report.ExampleProblem is null, report.ExampleProblem ?? $"{report.ExampleRows} {(report.ExampleRows == 1 ? "row" : "rows")} predicted", "predicts without error, with the signature's outputs (names, data types, rows, no NaN)"));
        // The batches come back in the order in which they were given.
        var results = new Queue<BatchReport>(report.Batches);
        checks.AddRange(gate.Slices.SelectMany(s => BatchChecks.Slice(s, results.Dequeue())).ToList());
        checks.AddRange(gate.Golden.Select(g => BatchChecks.Golden(g, results.Dequeue())).ToList());
        var plain = gate.Invariances.Select(_ => results.Dequeue()).ToList();
        checks.AddRange(gate.Invariances.Zip(plain).Select(p => BatchChecks.Invariance(p.First, p.Second, results.Dequeue())).ToList());
        if (gate.LatencyBudgetMs is { } budget)
            checks.Add(new GateCheck("latency", report.LatencyProblem is null && report.MedianMs <= budget,
                report.LatencyProblem ?? $"a median of {Number(report.MedianMs)} ms over {ModelTrial.LatencyRuns} predictions", $"at most {Number(budget)} ms"));
        return checks;
    }

    private static IReadOnlyDictionary<string, object?[]> Changed(Invariance invariance)
        => invariance.Inputs.ToDictionary(i => i.Key, i => invariance.Changed.GetValueOrDefault(i.Key, i.Value));

    private static IEnumerable<GateCheck> Metric(MetricBound bound, IReadOnlyDictionary<string, double> metrics, ModelVersion? holder)
    {
        if (bound is not { Min: null, Max: null }) yield return Metric(bound, metrics);
        if (bound.Tolerance is not { } tolerance) yield break;
        var name = $"metric {bound.Metric} against the holder";
        if (holder is null || !holder.Metrics.TryGetValue(bound.Metric, out var held) || double.IsNaN(held))
        {
            yield return new GateCheck(name, true, holder is null ? "nobody holds the alias" : $"version {holder.Version}, which holds the alias, has no such metric", "no worse than the holder");
            yield break;
        }
        var limit = bound.LowerIsBetter ? held + tolerance : held - tolerance;
        var known = metrics.TryGetValue(bound.Metric, out var value);
        yield return new GateCheck(name, known && (bound.LowerIsBetter ? value <= limit : value >= limit), known ? Number(value) : "not logged by the version's run",
            $"at {(bound.LowerIsBetter ? "most" : "least")} {Number(limit)} (version {holder.Version} has {Number(held)})");
    }

    private static GateCheck Metric(MetricBound bound, IReadOnlyDictionary<string, double> metrics)
    {
        var expected = bound switch
        {
            { Min: { } min, Max: { } max } => $"from {Number(min)} to {Number(max)}",
            { Min: { } min } => $"at least {Number(min)}",
            _ => $"at most {Number(bound.Max!.Value)}",
        };
        if (!metrics.TryGetValue(bound.Metric, out var value)) return new GateCheck($"metric {bound.Metric}", false, "not logged by the version's run", expected);
        // Written so that NaN, which is neither above nor below anything, does not pass.
        var passed = (bound.Min is not { } least || value >= least) && (bound.Max is not { } most || value <= most);
        return new GateCheck($"metric {bound.Metric}", passed, Number(value), expected);
    }

    private static GateCheck Signature(ModelSignature? registered, TrialReport report)
    {
        const string expected = "a signature that agrees with what the model says of itself";
        if (registered is null) return new GateCheck("signature", false, "the version has none", expected);
        if (report.Signature is null) return new GateCheck("signature", false, "not compared, because the model did not load", expected);
        try
        {
            var differences = SignatureRules.Differences(registered, report.Signature);
            return new GateCheck("signature", differences.Count == 0, differences.Count == 0 ? $"{SignatureRules.Text(registered.Inputs)} -> {SignatureRules.Text(registered.Outputs)}" : string.Join("; ", differences.Take(20)), expected);
        }
        catch (Exception e) when (e is ArgumentException or NullReferenceException)
        {
            // The model's own signature comes from code that is not ours: two tensors of one name, or holes.
            return new GateCheck("signature", false, $"the model's own signature is not sound: {e.Message}", expected);
        }
    }

    public static string Number(double value) => value.ToString("0.######", CultureInfo.InvariantCulture);
}
