namespace Dowel.Contracts;

/// <summary>How far a batch run is.</summary>
public enum BatchState
{
    /// <summary>It waits for its turn.</summary>
    Queued,
    /// <summary>It is under way; after a restart of the server it goes on.</summary>
    Running,
    /// <summary>Its output is there.</summary>
    Succeeded,
    /// <summary>It stopped; the message says why. It can be resumed.</summary>
    Failed,
    /// <summary>Somebody stopped it. It can be resumed.</summary>
    Cancelled,
}

/// <summary>Starts a batch run: an endpoint, or a model version, over the rows of a dataset into another dataset.</summary>
public sealed record CreateBatchRun
{
    /// <summary>The endpoint that answers; else <see cref="Model"/>.</summary>
    public string? Endpoint { get; init; }
    /// <summary>The model, by name, <c>project.name</c> or id; it is loaded for the run alone.</summary>
    public string? Model { get; init; }
    /// <summary>The model's version; null for <see cref="Alias"/>.</summary>
    public int? Version { get; init; }
    /// <summary>An alias of the model, resolved now; default <c>production</c>.</summary>
    public string? Alias { get; init; }
    /// <summary>Run a version that its gate refused all the same.</summary>
    public bool AllowRefused { get; init; }
    /// <summary>The dataset, by name, <c>project.name</c> or id.</summary>
    public string Input { get; init; } = "";
    /// <summary>The dataset's version; null for the newest now.</summary>
    public int? InputVersion { get; init; }
    /// <summary>Name of the dataset that takes the output as a new version; it is made if it is not there. Failed rows go to the one with <c>_failed</c> behind its name.</summary>
    public string Output { get; init; } = "";
    /// <summary>The project of the output; null for the caller's own.</summary>
    public string? Project { get; init; }
    /// <summary>Which column fills which input (by the input's name), where the names differ.</summary>
    public IReadOnlyDictionary<string, string>? Columns { get; init; }
    /// <summary>The columns that are copied to the output; null for all of them.</summary>
    public IReadOnlyList<string>? Keep { get; init; }
    /// <summary>How it runs; null for the defaults.</summary>
    public BatchSettings? Settings { get; init; }
}

/// <summary>How a batch run goes about it.</summary>
public sealed record BatchSettings
{
    /// <summary>Rows that are kept at once, and done again after a crash in the middle of them: 1 to 100000.</summary>
    public int ChunkRows { get; init; } = 10_000;
    /// <summary>Chunks under way at the same time: 1 to 16.</summary>
    public int Concurrency { get; init; } = 1;
    /// <summary>Rows a second at most; null for no limit.</summary>
    public double? MaxRowsPerSecond { get; init; }
    /// <summary>The share of rows that may fail, 0 to 1; above it the run stops, from 1,000 rows on or at its end.</summary>
    public double MaxFailedShare { get; init; } = 0.5;
}

/// <summary>A batch run.</summary>
public sealed record BatchRun
{
    /// <summary>Id.</summary>
    public string Id { get; init; } = "";
    /// <summary>The project of its output, whose members see it.</summary>
    public string Project { get; init; } = "";
    /// <summary>How far it is.</summary>
    public BatchState State { get; init; }
    /// <summary>Why it failed, or what it waits for; null for nothing.</summary>
    public string? Message { get; init; }
    /// <summary>The endpoint that answers; null for a model version.</summary>
    public string? Endpoint { get; init; }
    /// <summary>Id of that endpoint.</summary>
    public string? EndpointId { get; init; }
    /// <summary>The model; null for an endpoint.</summary>
    public string? Model { get; init; }
    /// <summary>The model's version; null for an endpoint.</summary>
    public int? Version { get; init; }
    /// <summary>The dataset it reads, as <c>project.name</c>.</summary>
    public string Input { get; init; } = "";
    /// <summary>Id of that dataset.</summary>
    public string InputId { get; init; } = "";
    /// <summary>The version it reads.</summary>
    public int InputVersion { get; init; }
    /// <summary>Name of the dataset it writes.</summary>
    public string Output { get; init; } = "";
    /// <summary>What came of it; null before the end.</summary>
    public BatchResult? Result { get; init; }
    /// <summary>Which column fills which input, where the names differ.</summary>
    public IReadOnlyDictionary<string, string>? Columns { get; init; }
    /// <summary>The columns that are copied to the output; null for all of them.</summary>
    public IReadOnlyList<string>? Keep { get; init; }
    /// <summary>How it runs.</summary>
    public BatchSettings Settings { get; init; } = new();
    /// <summary>Rows in all.</summary>
    public long Rows { get; init; }
    /// <summary>Rows done, those that failed among them.</summary>
    public long Done { get; init; }
    /// <summary>Rows that failed.</summary>
    public long Failed { get; init; }
    /// <summary>Rows a second since it was started last; null while nothing is known.</summary>
    public double? RowsPerSecond { get; init; }
    /// <summary>Seconds until its end at that rate; null while nothing is known.</summary>
    public double? SecondsLeft { get; init; }
    /// <summary>When it was asked for.</summary>
    public DateTimeOffset CreatedAt { get; init; }
    /// <summary>In whose name it runs: who started or resumed it.</summary>
    public string CreatedBy { get; init; } = "";
    /// <summary>When it was started last.</summary>
    public DateTimeOffset? StartedAt { get; init; }
    /// <summary>When it ended.</summary>
    public DateTimeOffset? EndedAt { get; init; }
}

/// <summary>What came of a batch run.</summary>
public sealed record BatchResult
{
    /// <summary>Id of the dataset with the answers.</summary>
    public string DatasetId { get; init; } = "";
    /// <summary>Its version.</summary>
    public int Version { get; init; }
    /// <summary>Id of the dataset with the rows that failed and the reasons; null where none did.</summary>
    public string? FailedDatasetId { get; init; }
    /// <summary>Its version.</summary>
    public int? FailedVersion { get; init; }
    /// <summary>The model versions that answered, as <c>name/version</c>.</summary>
    public IReadOnlyList<string> Models { get; init; } = [];
}
