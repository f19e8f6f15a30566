using System.Text.Json;
using Dowel.Contracts;
using Dowel.Kernel.Relational;

namespace Dowel.Experiments.Runs;

/// <summary>A row of <c>experiments_runs</c>, and the value it was sorted by where that stands in another table.</summary>
internal sealed class RunRow
{
    public string Id { get; set; } = "";
    public string ExperimentId { get; set; } = "";
    public string Name { get; set; } = "";
    public string Status { get; set; } = "";
    public string UserName { get; set; } = "";
    public long StartedAt { get; set; }
    public long? EndedAt { get; set; }
    public string Inputs { get; set; } = "[]";
    public double SortNumber { get; set; }
    public string SortText { get; set; } = "";

    public RunStatus RunStatus => Enum.Parse<RunStatus>(Status, ignoreCase: true);

    public IReadOnlyList<string> InputList => JsonSerializer.Deserialize<string[]>(Inputs) ?? [];

    public static string Text(RunStatus status) => status.ToString().ToLowerInvariant();
}

/// <summary>One param, tag or last metric of a run.</summary>
internal sealed class RunValueRow
{
    public string RunId { get; set; } = "";
    public string Name { get; set; } = "";
    public string Value { get; set; } = "";
}

/// <summary>The last value of a run's metric.</summary>
internal sealed class RunMetricRow
{
    public string RunId { get; set; } = "";
    public string Name { get; set; } = "";
    public double Value { get; set; }
    public bool IsNan { get; set; }
}

/// <summary>Makes runs of rows, with all that was logged to them.</summary>
internal static class RunReader
{
    public static async Task<IReadOnlyList<Run>> ReadAsync(DbSession session, IReadOnlyList<RunRow> rows)
    {
        if (rows.Count == 0) return [];
        var ids = new { ids = rows.Select(r => r.Id).ToArray() };
        var parameters = (await session.QueryAsync<RunValueRow>("SELECT run_id, name, value FROM experiments_params WHERE run_id IN @ids ORDER BY name", ids)).ToLookup(r => r.RunId);
        var tags = (await session.QueryAsync<RunValueRow>("SELECT run_id, name, value FROM experiments_tags WHERE run_id IN @ids ORDER BY name", ids)).ToLookup(r => r.RunId);
        var metrics = (await session.QueryAsync<RunMetricRow>("SELECT run_id, name, value, is_nan FROM experiments_metrics WHERE run_id IN @ids ORDER BY name", ids)).ToLookup(r => r.RunId);
        return [.. rows.Select(r => new Run
        {
            Id = r.Id,
            ExperimentId = r.ExperimentId,
            Name = r.Name,
            Status = r.RunStatus,
            User = r.UserName,
            StartedAt = Instants.FromMicros(r.StartedAt),
            EndedAt = Instants.FromMicros(r.EndedAt),
            Params = parameters[r.Id].ToDictionary(p => p.Name, p => p.Value),
            Tags = tags[r.Id].ToDictionary(t => t.Name, t => t.Value),
            Metrics = metrics[r.Id].ToDictionary(m => m.Name, m => m.IsNan ? double.NaN : m.Value),
        })];
    }
}
