namespace Dowel.Web.Pages.Experiments;

/// <summary>What runs can be compared by: metrics, and params as numbers or as names.</summary>
/// <param name="Key"><c>metrics.KEY</c> or <c>params.KEY</c>.</param>
public sealed record RunAxis(string Key)
{
    /// <summary>Whether it is a metric.</summary>
    public bool IsMetric => Key.StartsWith("metrics.", StringComparison.Ordinal);

    /// <summary>Its name.</summary>
    public string Name => Key[(Key.IndexOf('.', StringComparison.Ordinal) + 1)..];

    /// <summary>Its title.</summary>
    public string Title => IsMetric ? Name : $"param {Name}";

    /// <summary>The value of a run: a number, a text, or null.</summary>
    internal object? Of(Run run)
    {
        if (IsMetric) return run.Metrics.TryGetValue(Name, out var value) && double.IsFinite(value) ? value : null;
        return run.Params.TryGetValue(Name, out var text) ? Formats.AsNumber(text) is { } number ? number : text : null;
    }

    internal double? Number(Run run) => Of(run) as double?;
}

/// <summary>The axes of a set of runs.</summary>
internal static class RunAxes
{
    /// <summary>All of them: metrics in the order given, then params that differ.</summary>
    public static IReadOnlyList<RunAxis> Of(IReadOnlyList<Run> runs, IReadOnlyList<string> metrics) =>
    [
        .. metrics.Where(m => runs.Any(r => r.Metrics.ContainsKey(m))).Select(m => new RunAxis($"metrics.{m}")),
        .. RunColumns.Params(runs).Where(p => runs.Select(r => r.Params.GetValueOrDefault(p)).Distinct().Skip(1).Any()).Select(p => new RunAxis($"params.{p}")),
    ];

    /// <summary>Reads axes of an address; those that there are not are left out.</summary>
    public static IReadOnlyList<RunAxis> Read(string? text, IReadOnlyList<RunAxis> all) =>
        [.. (text ?? "").Split(',', StringSplitOptions.RemoveEmptyEntries).Distinct().Select(k => new RunAxis(k)).Where(all.Contains)];
}
