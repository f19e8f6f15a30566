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

    /// <summary>
    /// The columns that an experiment begins with: the metric that its runs are chosen by (its tag <c>selection_metric</c>), then the metrics and params of most runs.
    /// What is logged once a fold or by the machine's watch is rarely what one looks for.
    /// </summary>
    public static IReadOnlyList<RunColumn> Default(LoggedNames names, IReadOnlyDictionary<string, string> tags) =>
    [
        new("status"), new("started"), new("duration"),
        .. DefaultMetrics(names, tags).Take(6).Select(m => new RunColumn($"metrics.{m}")),
        .. names.Params.Take(6).Select(p => new RunColumn($"params.{p.Name}")),
    ];

    /// <summary>The metrics of an experiment, the one that its runs are chosen by first.</summary>
    public static IReadOnlyList<string> DefaultMetrics(LoggedNames names, IReadOnlyDictionary<string, string> tags)
    {
        var chosen = tags.GetValueOrDefault("selection_metric");
        return [.. names.Metrics.OrderBy(m => m.Name != chosen).ThenBy(m => IsDetail(m.Name)).ThenByDescending(m => m.Runs).ThenBy(m => m.Name, StringComparer.Ordinal).Select(m => m.Name)];
    }

    /// <summary>Whether a metric is one of a fold, or of the machine.</summary>
    public static bool IsDetail(string metric) => metric.StartsWith("fold_", StringComparison.Ordinal) || metric.StartsWith("system/", StringComparison.Ordinal);

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
