using System.Globalization;

namespace Dowel.Web.Pages.Models;

/// <summary>Bounds on metrics as lines: <c>auc >= 0.8</c>, <c>auc >= holder - 0.01</c>, <c>log_loss &lt;= holder + 0.02</c>.</summary>
internal static class MetricBounds
{
    private const string Holder = "holder";
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
            var least = sign is ">=" or "≥";
            var relative = parts.Length == 2 && parts[1].StartsWith(Holder, StringComparison.Ordinal);
            if (parts.Length < 2 || parts[0].Length == 0 || !(relative ? TryTolerance(parts[1][Holder.Length..].Trim(), least, out var value) : TryNumber(parts[1], out value)))
            {
                wrong = $"“{line}” is no bound; write a metric, >= or <=, and a number or the alias's holder, such as: auc >= 0.8, auc >= holder - 0.01, log_loss <= holder + 0.02";
                return false;
            }
            var index = found.FindIndex(b => b.Metric == parts[0]);
            var bound = index < 0 ? new MetricBound(parts[0]) : found[index];
            bound = relative ? bound with { Tolerance = value, LowerIsBetter = !least } : least ? bound with { Min = value } : bound with { Max = value };
            if (index < 0) found.Add(bound);
            else found[index] = bound;
        }
        return true;
    }

    private static IEnumerable<string> Lines(MetricBound bound)
    {
        if (bound.Min is { } min) yield return string.Create(CultureInfo.InvariantCulture, $"{bound.Metric} >= {min}");
        if (bound.Max is { } max) yield return string.Create(CultureInfo.InvariantCulture, $"{bound.Metric} <= {max}");
        if (bound.Tolerance is { } by) yield return string.Create(CultureInfo.InvariantCulture, $"{bound.Metric} {(bound.LowerIsBetter ? "<= holder + " : ">= holder - ")}{by}");
    }

    /// <summary>What follows the holder: nothing, or how much worse, on the side that is worse.</summary>
    private static bool TryTolerance(string text, bool least, out double value)
    {
        value = 0;
        return text.Length == 0 || (text[0] == (least ? '-' : '+') && TryNumber(text[1..].Trim(), out value) && value >= 0);
    }

    private static bool TryNumber(string text, out double value) => double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out value) && double.IsFinite(value);
}
