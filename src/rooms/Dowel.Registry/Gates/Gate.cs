using System.Globalization;
using Dowel.Contracts;
using Dowel.Kernel.Ports;
using Dowel.Registry.Versions;

namespace Dowel.Registry.Gates;

/// <summary>Runs the checks of a gate on a version, in a fixed order: metrics, load, signature, input example, latency.</summary>
internal sealed class Gate(ModelTrial trial)
{
    public async Task<IReadOnlyList<GateCheck>> CheckAsync(ValidationGate gate, ModelVersion version, Func<CancellationToken, Task<ModelArtifact>> open, CancellationToken cancellationToken)
    {
        List<GateCheck> checks = [.. gate.Metrics.Select(b => Metric(b, version.Metrics))];
        if (!gate.RequireSignature && !gate.RequireInputExample && gate.LatencyBudgetMs is null) return checks;

        var report = await trial.RunAsync(version, open, gate.LatencyBudgetMs is not null, cancellationToken);
        checks.Add(new GateCheck("load", report.LoadProblem is null, report.LoadProblem ?? $"loaded in {Number(report.LoadMs)} ms", $"a model of flavor '{version.Flavor}' that loads"));
        if (gate.RequireSignature) checks.Add(Signature(version.Signature, report));
        if (gate.RequireInputExample)
            checks.Add(new GateCheck("input example", report.ExampleProblem is null, report.ExampleProblem ?? $"{report.ExampleRows} rows predicted", "predicts without error, with the signature's outputs (names, data types, rows, no NaN)"));
        if (gate.LatencyBudgetMs is { } budget)
            checks.Add(new GateCheck("latency", report.LatencyProblem is null && report.MedianMs <= budget,
                report.LatencyProblem ?? $"a median of {Number(report.MedianMs)} ms over {ModelTrial.LatencyRuns} predictions", $"at most {Number(budget)} ms"));
        return checks;
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

    private static string Number(double value) => value.ToString("0.######", CultureInfo.InvariantCulture);
}
