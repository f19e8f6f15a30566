using Dowel.Contracts;

namespace Dowel.Cli.Models;

/// <summary>A gate for people.</summary>
internal static class GateText
{
    public static (string Name, object? Value)[] Rows(ValidationGate gate) =>
    [
        ("Gate guards", string.Join(", ", gate.ProtectedAliases)),
        ("Gate metrics", string.Join(", ", gate.Metrics.Select(m => string.Concat(m.Min is { } min ? $"{Cell.Number(min)} ≤ " : "", m.Metric, m.Max is { } max ? $" ≤ {Cell.Number(max)}" : "")))),
        ("Gate needs", string.Join(", ", new[] { gate.RequireSignature ? "signature" : null, gate.RequireInputExample ? "input example" : null }.Where(n => n is not null))),
        ("Gate latency", gate.LatencyBudgetMs is { } budget ? $"at most {Cell.Number(budget)} ms" : null),
    ];

    public static Column<GateCheck>[] Columns { get; } =
    [
        new("Check", c => c.Name),
        new("Passed", c => c.Passed ? "yes" : "NO"),
        new("Found", c => c.Given),
        new("Expected", c => c.Expected),
    ];
}
