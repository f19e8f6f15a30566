namespace Dowel.Web.Pages.Experiments;

/// <summary>Which columns a set of runs has, and which run is best in each metric.</summary>
internal static class RunColumns
{
    private static readonly string[] lessIsBetter = ["loss", "error", "mae", "mse", "rmse", "mape", "latency", "seconds", "duration", "time", "perplexity", "brier", "ece"];

    /// <summary>Metrics that runs have; those that most runs have first, then by name.</summary>
    public static IReadOnlyList<string> Metrics(IEnumerable<Run> runs) => Ordered(runs.SelectMany(r => r.Metrics.Keys));

    /// <summary>Params that differ stand before those that are the same everywhere.</summary>
    public static IReadOnlyList<string> Params(IReadOnlyList<Run> runs) =>
        [.. Ordered(runs.SelectMany(r => r.Params.Keys)).OrderBy(key => runs.Count > 1 && runs.Select(r => r.Params.GetValueOrDefault(key)).Distinct().Count() == 1)];

    /// <summary>Whether a smaller value is the better one, as far as a name says it.</summary>
    public static bool LessIsBetter(string metric)
    {
        var words = metric.ToLowerInvariant().Split(['_', '-', '.', '/', ' '], StringSplitOptions.RemoveEmptyEntries);
        return words.Any(w => lessIsBetter.Contains(w)) || words.Any(w => w.EndsWith("loss", StringComparison.Ordinal));
    }

    /// <summary>The id of the best run of each metric that has different values.</summary>
    public static IReadOnlyDictionary<string, string> Best(IReadOnlyList<Run> runs, IEnumerable<string> metrics)
    {
        var best = new Dictionary<string, string>();
        foreach (var metric in metrics)
        {
            var values = runs.Where(r => r.Metrics.TryGetValue(metric, out var v) && double.IsFinite(v)).Select(r => (r.Id, Value: r.Metrics[metric])).ToList();
            if (values.Select(v => v.Value).Distinct().Count() < 2) continue;
            best[metric] = (LessIsBetter(metric) ? values.MinBy(v => v.Value) : values.MaxBy(v => v.Value)).Id;
        }
        return best;
    }

    private static IReadOnlyList<string> Ordered(IEnumerable<string> keys) =>
        [.. keys.GroupBy(k => k, StringComparer.Ordinal).OrderByDescending(g => g.Count()).ThenBy(g => g.Key, StringComparer.Ordinal).Select(g => g.Key)];
}
