using Dowel.Contracts;
using Dowel.Kernel.Results;
using Dowel.Registry.Aliases;

namespace Dowel.Registry.Models;

/// <summary>What a gate may ask for.</summary>
internal static class GateRules
{
    public static Failure? Check(ValidationGate gate)
    {
        if (gate.ProtectedAliases is not { Count: <= 100 }) return Failure.Invalid("protectedAliases", gate.ProtectedAliases?.Count, "at most 100 aliases");
        for (var i = 0; i < gate.ProtectedAliases.Count; i++)
            if (AliasRules.Check($"protectedAliases[{i}]", gate.ProtectedAliases[i]) is { } wrong) return wrong;
        if (gate.Metrics is not { Count: <= 100 }) return Failure.Invalid("metrics", gate.Metrics?.Count, "at most 100 bounds");
        for (var i = 0; i < gate.Metrics.Count; i++)
        {
            if (gate.Metrics[i] is not { } bound || string.IsNullOrEmpty(bound.Metric) || bound.Metric.Length > 250 || bound.Metric.Any(char.IsControl)) return Failure.Invalid($"metrics[{i}].metric", gate.Metrics[i]?.Metric, "the name of a metric");
            if (bound is { Min: null, Max: null }) return Failure.Invalid($"metrics[{i}]", null, "min, max or both");
            if (bound.Min is double.NaN || bound.Max is double.NaN || bound.Min > bound.Max) return Failure.Invalid($"metrics[{i}]", $"{bound.Min} to {bound.Max}", "numbers, min not above max");
        }
        return gate.LatencyBudgetMs is <= 0 or double.NaN ? Failure.Invalid("latencyBudgetMs", gate.LatencyBudgetMs, "a number of milliseconds above 0, or null for no budget") : null;
    }
}
