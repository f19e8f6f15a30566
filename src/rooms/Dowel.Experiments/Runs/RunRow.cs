using System.Text.Json;
using Dowel.Contracts;
using Dowel.Experiments.Datasets;
using Dowel.Kernel.Relational;

namespace Dowel.Experiments.Runs;

/// <summary>A row of <c>experiments_runs</c>, with its experiment.</summary>
internal sealed class RunRow
{
    /// <summary>The columns, of <c>experiments_runs r</c> and <c>experiments_experiments e</c>.</summary>
    public const string Columns = "r.no, r.id, r.experiment_no, e.id AS experiment_id, e.artifact_location, r.name, r.status, r.user_name, r.started_at, r.ended_at, r.deleted_at, r.inputs";

    public long No { get; set; }
    public string Id { get; set; } = "";
    public long ExperimentNo { get; set; }
    public string ExperimentId { get; set; } = "";
    public string ArtifactLocation { get; set; } = "";
    public string Name { get; set; } = "";
    public string Status { get; set; } = "";
    public string UserName { get; set; } = "";
    public long StartedAt { get; set; }
    public long? EndedAt { get; set; }
    public long? DeletedAt { get; set; }
    public string Inputs { get; set; } = "[]";

    public RunStatus RunStatus => Enum.Parse<RunStatus>(Status, ignoreCase: true);

    public IReadOnlyList<string> InputList => JsonSerializer.Deserialize<string[]>(Inputs) ?? [];

    /// <summary>Where its artifacts are, as MLflow's clients name it.</summary>
    public string ArtifactUri => $"{ArtifactLocation.TrimEnd('/')}/{Id}/artifacts";

    public RunKey Key => new(No, Id, ExperimentNo, DeletedAt);

    public static string Text(RunStatus status) => status.ToString().ToLowerInvariant();
}

/// <summary>A run with all that was logged to it.</summary>
internal sealed class RunData(RunRow row)
{
    public RunRow Row { get; } = row;
    public List<KeyValuePair<string, string>> Params { get; } = [];
    public List<KeyValuePair<string, string>> Tags { get; } = [];
    public List<LastMetric> Metrics { get; } = [];
    public RunInputs Inputs { get; set; } = new();

    public Run ToRun() => new()
    {
        Id = Row.Id,
        ExperimentId = Row.ExperimentId,
        Name = Row.Name,
        Status = Row.RunStatus,
        User = Row.UserName,
        StartedAt = Instants.FromMicros(Row.StartedAt),
        EndedAt = Instants.FromMicros(Row.EndedAt),
        Params = new Dictionary<string, string>(Params),
        Tags = new Dictionary<string, string>(Tags),
        Metrics = Metrics.ToDictionary(m => m.Name, m => m.Value),
        DeletedAt = Instants.FromMicros(Row.DeletedAt),
    };

    /// <summary>With the step and time of each metric, and what it read and made.</summary>
    public Run ToWholeRun() => ToRun() with
    {
        LastMetrics = [.. Metrics.Select(m => new MetricPoint(m.Name, m.Value, m.Step, Instants.FromMicros(m.At)))],
        Datasets = [.. Inputs.Datasets.Select(d => new RunDataset(d.Name, d.Digest, d.SourceType, d.Tags.FirstOrDefault(t => t.Key == "mlflow.data.context").Value))],
        Models = [.. Inputs.Outputs.Select(o => o.ModelId)],
        LoggedModels = [.. Inputs.Outputs.Select(o => new RunModel(o.ModelId, o.Name ?? o.ModelId))],
    };
}

/// <summary>The last value of a run's metric.</summary>
/// <param name="Name">Name.</param>
/// <param name="Value">Value.</param>
/// <param name="Step">Step.</param>
/// <param name="At">Unix microseconds.</param>
internal readonly record struct LastMetric(string Name, double Value, long Step, long At);
