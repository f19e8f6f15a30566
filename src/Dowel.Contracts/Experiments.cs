namespace Dowel.Contracts;

/// <summary>An experiment: a set of runs that try to answer one question.</summary>
public sealed record Experiment : ResourceInfo
{
    /// <summary>For JSON.</summary>
    public Experiment() { }
    /// <summary>With what every thing has in common.</summary>
    public Experiment(ResourceInfo info) : base(info) { }
    /// <summary>Runs in it.</summary>
    public long Runs { get; init; }
    /// <summary>When it was put into the bin; null where it is not in it.</summary>
    public DateTimeOffset? DeletedAt { get; init; }
}

/// <summary>Makes an experiment.</summary>
public sealed record CreateExperiment : ResourceSpec;

/// <summary>Where a run stands.</summary>
public enum RunStatus
{
    /// <summary>Under way.</summary>
    Running,
    /// <summary>Planned.</summary>
    Scheduled,
    /// <summary>Ended well.</summary>
    Finished,
    /// <summary>Ended with an error.</summary>
    Failed,
    /// <summary>Ended by somebody.</summary>
    Killed,
}

/// <summary>One run: what was tried and what came out.</summary>
public sealed record Run
{
    /// <summary>Stable id.</summary>
    public string Id { get; init; } = "";
    /// <summary>Id of its experiment.</summary>
    public string ExperimentId { get; init; } = "";
    /// <summary>Name.</summary>
    public string Name { get; init; } = "";
    /// <summary>Status.</summary>
    public RunStatus Status { get; init; }
    /// <summary>Who made it, by name.</summary>
    public string User { get; init; } = "";
    /// <summary>When it began.</summary>
    public DateTimeOffset StartedAt { get; init; }
    /// <summary>When it ended.</summary>
    public DateTimeOffset? EndedAt { get; init; }
    /// <summary>Parameters; written once each.</summary>
    public IReadOnlyDictionary<string, string> Params { get; init; } = new Dictionary<string, string>();
    /// <summary>The last value of each metric: that of the highest step, then the newest timestamp, then the largest value. NaN and infinities as strings.</summary>
    public IReadOnlyDictionary<string, double> Metrics { get; init; } = new Dictionary<string, double>();
    /// <summary>Tags.</summary>
    public IReadOnlyDictionary<string, string> Tags { get; init; } = new Dictionary<string, string>();
    /// <summary>When it was put into the bin; null where it is not in it.</summary>
    public DateTimeOffset? DeletedAt { get; init; }
    /// <summary>The last value of each metric with its step and time; only where one run is asked for.</summary>
    public IReadOnlyList<MetricPoint>? LastMetrics { get; init; }
    /// <summary>The datasets that it read; only where one run is asked for.</summary>
    public IReadOnlyList<RunDataset>? Datasets { get; init; }
    /// <summary>Ids of the logged models that it made; only where one run is asked for.</summary>
    public IReadOnlyList<string>? Models { get; init; }
    /// <summary>The same with their names.</summary>
    public IReadOnlyList<RunModel>? LoggedModels { get; init; }
}

/// <summary>A logged model that a run made.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Name">Its name.</param>
public sealed record RunModel(string Id, string Name);

/// <summary>A logged model, as MLflow 3 knows them: a model of an experiment with params, tags and metrics of its own.</summary>
public sealed record LoggedModelInfo
{
    /// <summary>Stable id.</summary>
    public string Id { get; init; } = "";
    /// <summary>Name; several may have the same.</summary>
    public string Name { get; init; } = "";
    /// <summary>Id of its experiment.</summary>
    public string ExperimentId { get; init; } = "";
    /// <summary>Id of the run that made it; null where none did.</summary>
    public string? RunId { get; init; }
    /// <summary>Where it stands.</summary>
    public LoggedModelState Status { get; init; }
    /// <summary>What its maker says that it is; may be empty.</summary>
    public string ModelType { get; init; } = "";
    /// <summary>When it was made.</summary>
    public DateTimeOffset CreatedAt { get; init; }
    /// <summary>When it was changed last.</summary>
    public DateTimeOffset UpdatedAt { get; init; }
    /// <summary>When it was put into the bin; null where it is not in it.</summary>
    public DateTimeOffset? DeletedAt { get; init; }
    /// <summary>Parameters.</summary>
    public IReadOnlyDictionary<string, string> Params { get; init; } = new Dictionary<string, string>();
    /// <summary>Tags.</summary>
    public IReadOnlyDictionary<string, string> Tags { get; init; } = new Dictionary<string, string>();
    /// <summary>Every value that was logged for it, by name, time and step.</summary>
    public IReadOnlyList<LoggedModelMetric> Metrics { get; init; } = [];
}

/// <summary>A value of a logged model's metric.</summary>
/// <param name="Key">Name of the metric.</param>
/// <param name="Value">Value.</param>
/// <param name="Step">Step.</param>
/// <param name="At">When.</param>
/// <param name="RunId">The run that logged it.</param>
/// <param name="Dataset">On which dataset; null where that was not said.</param>
/// <param name="Digest">The dataset's fingerprint, if it was said.</param>
public sealed record LoggedModelMetric(string Key, double Value, long Step, DateTimeOffset At, string RunId, string? Dataset, string? Digest);

/// <summary>A dataset that a run read, as it was logged.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Digest">A fingerprint of its content.</param>
/// <param name="SourceType">What kind of place it came from.</param>
/// <param name="Context">What it was for, such as <c>training</c>; null where that was not said.</param>
public sealed record RunDataset(string Name, string Digest, string SourceType, string? Context);

/// <summary>Starts a run.</summary>
public sealed record CreateRun
{
    /// <summary>Name; null for a made-up one.</summary>
    public string? Name { get; init; }
    /// <summary>When it began; null for now.</summary>
    public DateTimeOffset? StartedAt { get; init; }
    /// <summary>Parameters.</summary>
    public IReadOnlyDictionary<string, string>? Params { get; init; }
    /// <summary>Tags.</summary>
    public IReadOnlyDictionary<string, string>? Tags { get; init; }
    /// <summary>What it learns from, for the lineage: dataset or feature view references, each with an optional <c>@version</c>, such as <c>dataset:titanic@1</c>.</summary>
    public IReadOnlyList<string>? Inputs { get; init; }
}

/// <summary>Changes a run.</summary>
public sealed record PatchRun
{
    /// <summary>New name.</summary>
    public string? Name { get; init; }
    /// <summary>New status; a final one ends it.</summary>
    public RunStatus? Status { get; init; }
    /// <summary>When it ended; null for now where the status is final.</summary>
    public DateTimeOffset? EndedAt { get; init; }
}

/// <summary>Logs to a run; at most 1000 metrics, 100 params and 100 tags a call, all or nothing.</summary>
public sealed record LogToRun
{
    /// <summary>Metrics.</summary>
    public IReadOnlyList<MetricPoint>? Metrics { get; init; }
    /// <summary>Parameters; one that exists with another value is refused.</summary>
    public IReadOnlyDictionary<string, string>? Params { get; init; }
    /// <summary>Tags; overwritten where they exist.</summary>
    public IReadOnlyDictionary<string, string>? Tags { get; init; }
}

/// <summary>One value of a metric.</summary>
/// <param name="Key">Name of the metric.</param>
/// <param name="Value">Value.</param>
/// <param name="Step">Step; default 0.</param>
/// <param name="At">When; null for now.</param>
public sealed record MetricPoint(string Key, double Value, long Step = 0, DateTimeOffset? At = null);

/// <summary>A file of a run or model version, or a folder of them.</summary>
/// <param name="Path">Path below the run's artifact root, with '/'.</param>
/// <param name="IsFolder">Whether it is a folder.</param>
/// <param name="Bytes">Size; null for folders.</param>
/// <param name="Hash">SHA-256, hexadecimal; null for folders.</param>
public sealed record ArtifactInfo(string Path, bool IsFolder, long? Bytes, string? Hash);

/// <summary>Which runs.</summary>
public sealed record RunQuery
{
    /// <summary>Text that the name contains.</summary>
    public string? Search { get; init; }
    /// <summary>Only this status.</summary>
    public RunStatus? Status { get; init; }
    /// <summary>A filter in MLflow's grammar, such as <c>metrics.auc &gt; 0.8 AND params.model = 'forest'</c>.</summary>
    public string? Filter { get; init; }
    /// <summary>Those there, those in the bin, or both.</summary>
    public LifecycleView View { get; init; }
    /// <summary>
    /// <c>started</c>, <c>ended</c>, <c>name</c>, <c>status</c>, <c>user</c>, <c>metrics.KEY</c>, <c>params.KEY</c> or <c>tags.KEY</c>, with a leading '-' for descending;
    /// several with commas between them, at most 5; default <c>-started</c>.
    /// </summary>
    public string? Sort { get; init; }
    /// <summary>The page before's cursor.</summary>
    public string? Cursor { get; init; }
    /// <summary>How many of the first are left out, to begin anywhere in the list; not together with a cursor.</summary>
    public int? Skip { get; init; }
    /// <summary>How many at most: 1 to 1000, default 50.</summary>
    public int? Limit { get; init; }
}

/// <summary>How many runs there are.</summary>
/// <param name="Runs">The number.</param>
public sealed record RunCount(long Runs);

/// <summary>What is done with several runs of an experiment.</summary>
public enum RunChange
{
    /// <summary>They go into the bin.</summary>
    Trash,
    /// <summary>They come out of the bin.</summary>
    Restore,
    /// <summary>They are deleted for good.</summary>
    Delete,
    /// <summary>They get tags.</summary>
    Tag,
}

/// <summary>Changes several runs of an experiment; all of them, or none.</summary>
public sealed record ChangeRuns
{
    /// <summary>What is done.</summary>
    public RunChange Change { get; init; }
    /// <summary>Their ids; 1 to 1000.</summary>
    public IReadOnlyList<string> Runs { get; init; } = [];
    /// <summary>The tags to set, where that is the change.</summary>
    public IReadOnlyDictionary<string, string>? Tags { get; init; }
}
