using System.Globalization;
using System.Text.RegularExpressions;

namespace Dowel.Web.Pages.Models;

/// <summary>Gates in words.</summary>
internal static partial class GateWords
{
    /// <summary>A rule a line.</summary>
    public static IReadOnlyList<string> Rules(ValidationGate gate) =>
    [
        gate.ProtectedAliases.Count == 0 ? "No alias is protected" : $"Protects {string.Join(", ", gate.ProtectedAliases)}",
        .. gate.Metrics.SelectMany(Metric),
        .. gate.Schema == SchemaRule.Any ? [] : new[] { gate.Schema == SchemaRule.Equal ? "The same inputs and outputs as the alias's holder" : "Whoever calls the alias's holder can call it" },
        .. gate.RequireSignature ? ["It keeps its signature"] : Array.Empty<string>(),
        .. gate.RequireInputExample ? ["Its input example predicts"] : Array.Empty<string>(),
        .. gate.LatencyBudgetMs is { } budget ? [$"A prediction takes at most {Milliseconds(budget)} (median)"] : Array.Empty<string>(),
        .. gate.Slices.Select(s => $"Slice “{s.Name}” ({Rows(s.Expected.Count)}): {string.Join(", ", Slice(s))}"),
        .. gate.Golden.Select(g => $"Golden “{g.Name}” ({Rows(First(g.Inputs))}): the known {string.Join(", ", g.Outputs.Keys)}, within {Formats.Number(g.Tolerance)}"),
        .. gate.Invariances.Select(i => $"Invariance “{i.Name}”: the outputs stay within {Formats.Number(i.Tolerance)} when {string.Join(", ", i.Changed.Keys)} changes"),
        .. gate.Approvals is { } rule ? [Approvals(rule)] : Array.Empty<string>(),
    ];

    /// <summary>Who must approve.</summary>
    public static string Approvals(ApprovalRule rule) =>
        $"{rule.Count} {(rule.Count == 1 ? "approval" : "approvals")} by {(rule.By.Count > 0 ? string.Join(" or ", rule.By) : rule.Count == 1 ? "an owner of the project" : "owners of the project")}{(rule.AllowCreator ? "" : ", not by who registered the version")}";

    /// <summary>Why a person may not approve a version; null where they may. The server decides, this only says it before.</summary>
    public static string? WhyNot(ApprovalRule rule, ModelVersion version, string user, Permission access) =>
        !rule.AllowCreator && version.CreatedBy == user ? "You registered this version, so somebody else must approve it."
            : rule.By.Count > 0 ? rule.By.Contains(user) ? null : $"It takes the approval of {string.Join(" or ", rule.By)}."
            : access >= Permission.Manage ? null : "It takes the approval of an owner of the project.";

    /// <summary>What is still missing before an alias may move to a version, in words; empty where nothing is.</summary>
    public static IReadOnlyList<string> Missing(ValidationGate gate, string alias, GateResult? result, IReadOnlyList<Approval> approvals)
    {
        var missing = new List<string>();
        if (result is null) missing.Add("the gate has not been run");
        else missing.AddRange(result.Checks.Where(c => !c.Passed && c.Name != "approvals").Select(c => $"{c.Name} fails"));
        if (gate.Approvals is not { } rule) return missing;
        var standing = approvals.Where(a => a.Counts && string.Equals(a.Alias, alias, StringComparison.OrdinalIgnoreCase)).ToList();
        if (standing.Count(a => a.Approved) is var given && given < rule.Count) missing.Add($"{rule.Count - given} more {(rule.Count - given == 1 ? "approval" : "approvals")}");
        missing.AddRange(standing.Where(a => !a.Approved).Select(a => $"{a.By}'s rejection stands"));
        return missing;
    }

    /// <summary>What a check found or asks, with figures that people read: times with one digit, shares as per cent, long tails cut.</summary>
    public static string Tidy(string text)
    {
        text = Time().Replace(text, m => Milliseconds(double.Parse(m.Groups[1].Value, CultureInfo.InvariantCulture)));
        text = Share().Replace(text, m => $"{m.Value} ({Formats.Percent(double.Parse(m.Groups[1].Value, CultureInfo.InvariantCulture) / double.Parse(m.Groups[2].Value, CultureInfo.InvariantCulture))})");
        return LongTail().Replace(text, m => Formats.Number(double.Parse(m.Value, CultureInfo.InvariantCulture)));
    }

    private static IEnumerable<string> Metric(MetricBound bound)
    {
        if (bound.Min is { } min) yield return $"{bound.Metric} at least {Formats.Number(min)}";
        if (bound.Max is { } max) yield return $"{bound.Metric} at most {Formats.Number(max)}";
        if (bound.Tolerance is { } by) yield return $"{bound.Metric} no worse than the alias's holder{(by > 0 ? $" by more than {Formats.Number(by)}" : "")}{(bound.LowerIsBetter ? " (lower is better)" : "")}";
    }

    private static IEnumerable<string> Slice(DataSlice slice)
    {
        if (slice.MinAccuracy is { } least) yield return $"at least {Formats.Percent(least)} right";
        if (slice.MaxError is { } most) yield return $"a mean absolute error of at most {Formats.Number(most)}";
    }

    private static int First(IReadOnlyDictionary<string, object?[]> inputs) => inputs.Values.FirstOrDefault()?.Length ?? 0;

    private static string Rows(int count) => count == 1 ? "1 row" : $"{Formats.Count(count)} rows";

    private static string Milliseconds(double value) => value is > 0 and < 0.05 ? "under 0.1 ms" : value.ToString("0.0", CultureInfo.InvariantCulture) + " ms";

    [GeneratedRegex(@"(?<![\w.])(\d+(?:\.\d+)?(?:[eE][+-]?\d+)?) ms\b")]
    private static partial Regex Time();

    [GeneratedRegex(@"\b(\d+) of ([1-9]\d*) right\b")]
    private static partial Regex Share();

    [GeneratedRegex(@"(?<![\w.])-?\d+\.\d{5,}(?:[eE][+-]?\d+)?(?![\w.])")]
    private static partial Regex LongTail();
}
