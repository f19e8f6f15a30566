using System.Text.Json;
using Dowel.Contracts;
using Dowel.Kernel.Relational;
using Dowel.Kernel.Results;
using Dowel.Registry.Aliases;
using Dowel.Registry.Versions;

namespace Dowel.Registry.Gates;

/// <summary>What a gate may ask for.</summary>
internal static class GateRules
{
    private const int MostListed = 100;
    private const int MostChars = 1 << 20;

    /// <summary>Whether anything in it depends on who holds the alias.</summary>
    public static bool LooksAtHolder(ValidationGate gate) => gate.Schema != SchemaRule.Any || gate.Metrics.Any(m => m.Tolerance is not null);

    public static Failure? Check(ValidationGate gate)
    {
        if (Count("protectedAliases", gate.ProtectedAliases) is { } wrong) return wrong;
        for (var i = 0; i < gate.ProtectedAliases.Count; i++)
            if (AliasRules.Check($"protectedAliases[{i}]", gate.ProtectedAliases[i]) is { } badAlias) return badAlias;
        if (gate.LatencyBudgetMs is <= 0 or double.NaN) return Failure.Invalid("latencyBudgetMs", gate.LatencyBudgetMs, "a number of milliseconds above 0, or null for no budget");
        wrong = Each("metrics", gate.Metrics, Check) ?? Each("slices", gate.Slices, Check) ?? Each("golden", gate.Golden, Check) ?? Each("invariances", gate.Invariances, Check) ?? Check(gate.Approvals);
        if (wrong is not null) return wrong;
        var length = JsonSerializer.Serialize(gate, DowelJson.Options).Length;
        return length > MostChars ? Failure.Invalid("gate", $"{length} characters of JSON", $"at most {MostChars}") : null;
    }

    /// <summary>Whether those who are to approve are known.</summary>
    public static async Task<Failure?> CheckPeopleAsync(DbSession session, ValidationGate gate)
    {
        if (gate.Approvals is not { By.Count: > 0 } rule) return null;
        var known = await session.QueryAsync<string>("SELECT name FROM kernel_users WHERE name IN @names", new { names = rule.By.ToArray() });
        return rule.By.Except(known).FirstOrDefault() is { } unknown ? Failure.Invalid("approvals.by", unknown, "the name of a user") : null;
    }

    private static Failure? Check(string field, MetricBound bound)
    {
        if (string.IsNullOrEmpty(bound.Metric) || bound.Metric.Length > 250 || bound.Metric.Any(char.IsControl)) return Failure.Invalid($"{field}.metric", bound.Metric, "the name of a metric");
        if (bound is { Min: null, Max: null, Tolerance: null }) return Failure.Invalid(field, null, "min, max or tolerance");
        if (bound.Min is double.NaN || bound.Max is double.NaN || bound.Min > bound.Max) return Failure.Invalid(field, $"{bound.Min} to {bound.Max}", "numbers, min not above max");
        return Tolerance(field, bound.Tolerance ?? 0);
    }

    private static Failure? Check(string field, DataSlice slice)
    {
        if ((Name(field, slice.Name) ?? Rows($"{field}.inputs", slice.Inputs)) is { } wrong) return wrong;
        if (slice.Expected?.Count != slice.Inputs.First().Value.Length) return Failure.Invalid($"{field}.expected", slice.Expected?.Count, "a value for each row of the inputs");
        if (slice is { MinAccuracy: null, MaxError: null }) return Failure.Invalid(field, null, "minAccuracy or maxError");
        if (slice.MinAccuracy is not (null or (>= 0 and <= 1))) return Failure.Invalid($"{field}.minAccuracy", slice.MinAccuracy, "a number from 0 to 1");
        return slice.MaxError is not (null or >= 0) ? Failure.Invalid($"{field}.maxError", slice.MaxError, "a number from 0") : null;
    }

    private static Failure? Check(string field, GoldenPrediction golden)
        => Name(field, golden.Name) ?? Rows($"{field}.inputs", golden.Inputs) ?? Rows($"{field}.outputs", golden.Outputs) ?? Tolerance(field, golden.Tolerance)
            ?? (golden.Outputs.First().Value.Length != golden.Inputs.First().Value.Length ? Failure.Invalid($"{field}.outputs", golden.Outputs.First().Value.Length, "a value for each row of the inputs") : null);

    private static Failure? Check(string field, Invariance invariance)
        => Name(field, invariance.Name) ?? Rows($"{field}.inputs", invariance.Inputs) ?? Rows($"{field}.changed", invariance.Changed) ?? Tolerance(field, invariance.Tolerance)
            ?? (invariance.Changed.Keys.FirstOrDefault(k => !invariance.Inputs.ContainsKey(k)) is { } other ? Failure.Invalid($"{field}.changed", other, "one of the inputs") : null)
            ?? (invariance.Changed.First().Value.Length != invariance.Inputs.First().Value.Length ? Failure.Invalid($"{field}.changed", invariance.Changed.First().Value.Length, "a value for each row of the inputs") : null);

    private static Failure? Check(ApprovalRule? rule)
    {
        if (rule is null) return null;
        if (rule.Count is < 1 or > MostListed) return Failure.Invalid("approvals.count", rule.Count, $"a number from 1 to {MostListed}");
        if (Count("approvals.by", rule.By) is { } wrong) return wrong;
        if (rule.By.Any(string.IsNullOrEmpty) || rule.By.Distinct().Count() != rule.By.Count) return Failure.Invalid("approvals.by", string.Join(", ", rule.By), "names of users, each once");
        return rule.By.Count > 0 && rule.By.Count < rule.Count ? Failure.Invalid("approvals.count", rule.Count, $"at most as many as may approve: {rule.By.Count}") : null;
    }

    private static Failure? Each<T>(string field, IReadOnlyList<T>? items, Func<string, T, Failure?> check)
    {
        if (Count(field, items) is { } wrong) return wrong;
        for (var i = 0; i < items!.Count; i++)
            if ((items[i] is null ? Failure.Invalid($"{field}[{i}]", null, "an object") : check($"{field}[{i}]", items[i])) is { } bad) return bad;
        return null;
    }

    private static Failure? Count<T>(string field, IReadOnlyList<T>? items) => items is not { Count: <= MostListed } ? Failure.Invalid(field, items?.Count, $"a list of at most {MostListed}") : null;

    private static Failure? Name(string field, string? name)
        => name is not { Length: > 0 and <= 200 } || name.Any(char.IsControl) ? Failure.Invalid($"{field}.name", name, "1 to 200 characters, no control characters") : null;

    private static Failure? Rows(string field, IReadOnlyDictionary<string, object?[]>? rows)
        => rows is not { Count: > 0 } || rows.Values.Any(v => v is not { Length: > 0 }) ? Failure.Invalid(field, rows?.Count, "values by name, at least a row of them") : ExampleTensors.CheckLengths(rows) is { } uneven ? uneven with { Fields = [.. uneven.Fields.Select(f => f with { Field = field })] } : null;

    private static Failure? Tolerance(string field, double tolerance) => tolerance is >= 0 and < double.PositiveInfinity ? null : Failure.Invalid($"{field}.tolerance", tolerance, "a number from 0");
}
