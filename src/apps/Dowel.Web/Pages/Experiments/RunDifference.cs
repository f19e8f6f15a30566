namespace Dowel.Web.Pages.Experiments;

/// <summary>A row of the difference table: one metric, param or tag of every run.</summary>
/// <param name="Kind">Run, Metrics, Params or Tags.</param>
/// <param name="Name">Its name.</param>
/// <param name="Cells">What each run has, in the runs' order.</param>
/// <param name="Best">The place of the best value; -1 for none.</param>
/// <param name="Differs">Whether not all are the same.</param>
internal sealed record RunDifference(string Kind, string Name, IReadOnlyList<string?> Cells, int Best, bool Differs)
{
    public static IReadOnlyList<RunDifference> Of(IReadOnlyList<Run> runs, IReadOnlyList<string> metrics)
    {
        var rows = new List<RunDifference>
        {
            Row("Run", "status", runs, r => r.Status.ToString().ToLowerInvariant()),
            Row("Run", "user", runs, r => r.User),
            Row("Run", "started", runs, r => Formats.Exact(r.StartedAt)),
            Row("Run", "duration", runs, r => r.EndedAt is { } end ? Formats.Milliseconds((end - r.StartedAt).TotalMilliseconds) : null),
        };
        var best = RunColumns.Best(runs, metrics);
        foreach (var metric in metrics.Where(m => runs.Any(r => r.Metrics.ContainsKey(m))))
        {
            // Two values that look alike may differ further behind.
            var differs = runs.Select(r => r.Metrics.TryGetValue(metric, out var v) ? (double?)v : null).Distinct().Skip(1).Any();
            var at = best.TryGetValue(metric, out var id) ? runs.ToList().FindIndex(r => r.Id == id) : -1;
            rows.Add(new("Metrics", metric, [.. runs.Select(r => r.Metrics.TryGetValue(metric, out var v) ? Formats.Number(v) : null)], at, differs));
        }
        rows.AddRange(RunColumns.Params(runs).Select(p => Row("Params", p, runs, r => r.Params.GetValueOrDefault(p))));
        // What MLflow's client keeps in tags for itself is on the run's page.
        rows.AddRange(runs.SelectMany(r => r.Tags.Keys).Where(k => !k.StartsWith("mlflow.", StringComparison.Ordinal)).Distinct().Order(StringComparer.Ordinal).Select(t => Row("Tags", t, runs, r => r.Tags.GetValueOrDefault(t))));
        return rows;
    }

    private static RunDifference Row(string kind, string name, IReadOnlyList<Run> runs, Func<Run, string?> of)
    {
        var cells = runs.Select(of).ToList();
        return new(kind, name, cells, -1, cells.Distinct().Skip(1).Any());
    }
}
