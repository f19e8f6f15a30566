using System.Globalization;

namespace Dowel.Web.Pages.Models;

/// <summary>Bounds on metrics as lines: <c>auc >= 0.8</c>.</summary>
internal static class MetricBounds
{
    private static readonly string[] signs = [">=", "<=", "≥", "≤"];

    public static string Write(IReadOnlyList<MetricBound> bounds) => string.Join('\n', bounds.SelectMany(Lines));

    public static bool TryRead(string? text, out IReadOnlyList<MetricBound> bounds, out string wrong)
    {
        var found = new List<MetricBound>();
        (bounds, wrong) = (found, "");
        foreach (var line in (text ?? "").Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            var sign = signs.FirstOrDefault(s => line.Contains(s, StringComparison.Ordinal));
            var parts = sign is null ? [] : line.Split(sign, 2, StringSplitOptions.TrimEntries);
            if (sign is null || parts[0].Length == 0 || !double.TryParse(parts[1], NumberStyles.Float, CultureInfo.InvariantCulture, out var value) || !double.IsFinite(value))
            {
                wrong = $"“{line}” is no bound; write a metric, >= or <=, and a number, such as: auc >= 0.8";
                return false;
            }
            var least = sign is ">=" or "≥";
            var index = found.FindIndex(b => b.Metric == parts[0]);
            var bound = index < 0 ? new MetricBound(parts[0]) : found[index];
            bound = least ? bound with { Min = value } : bound with { Max = value };
            if (index < 0) found.Add(bound);
            else found[index] = bound;
        }
        return true;
    }

    private static IEnumerable<string> Lines(MetricBound bound)
    {
        if (bound.Min is { } min) yield return string.Create(CultureInfo.InvariantCulture, $"{bound.Metric} >= {min}");
        if (bound.Max is { } max) yield return string.Create(CultureInfo.InvariantCulture, $"{bound.Metric} <= {max}");
    }
}
