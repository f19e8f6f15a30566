using Dowel.Contracts;

namespace Dowel.Cli.Models;

/// <summary>A gate for people.</summary>
internal static class GateText
{
    public static (string Name, object? Value)[] Rows(ValidationGate gate) =>
    [
        ("Gate guards", string.Join(", ", gate.ProtectedAliases)),
        ("Gate metrics", string.Join(", ", gate.Metrics.Select(Metric))),
        ("Gate needs", string.Join(", ", new[] { gate.RequireSignature ? "signature" : null, gate.RequireInputExample ? "input example" : null }.Where(n => n is not null))),
        ("Gate schema", gate.Schema switch { SchemaRule.Extend => "extends the holder's", SchemaRule.Equal => "equals the holder's", _ => null }),
        ("Gate tries", string.Join(", ", gate.Slices.Select(s => $"slice {s.Name}").Concat(gate.Golden.Select(g => $"golden {g.Name}")).Concat(gate.Invariances.Select(i => $"invariance {i.Name}")))),
        ("Gate approvals", gate.Approvals is { } rule ? $"{rule.Count} by {(rule.By.Count > 0 ? string.Join(", ", rule.By) : "owners of the project")}{(rule.AllowCreator ? "" : ", not who registered the version")}" : null),
        ("Gate latency", gate.LatencyBudgetMs is { } budget ? $"at most {Cell.Number(budget)} ms" : null),
    ];

    private static string Metric(MetricBound bound) => string.Concat(
        bound.Min is { } min ? $"{Cell.Number(min)} ≤ " : "",
        bound.Metric,
        bound.Max is { } max ? $" ≤ {Cell.Number(max)}" : "",
        bound.Tolerance is { } tolerance ? $" (no worse than the holder's by {Cell.Number(tolerance)})" : "");

    public static Column<GateCheck>[] Columns { get; } =
    [
        new("Check", c => c.Name),
        new("Passed", c => c.Passed ? "yes" : "NO"),
        new("Found", c => c.Given),
        new("Expected", c => c.Expected),
    ];
}
