namespace Dowel.Contracts;

/// <summary>An experiment of another tracking server, as an import brings it.</summary>
public sealed record ImportExperiment
{
    /// <summary>Name.</summary>
    public string Name { get; init; } = "";
    /// <summary>A text that changes when the source's experiment does; what came under the same one is not written again.</summary>
    public string Version { get; init; } = "";
    /// <summary>The store outside of Dowel where its files stay, such as <c>s3://bucket/folder</c>; null where the files are imported as well.</summary>
    public string? ArtifactLocation { get; init; }
    /// <summary>Whether it is in the source's bin.</summary>
    public bool IsDeleted { get; init; }
    /// <summary>When it was made; null for now.</summary>
    public DateTimeOffset? CreatedAt { get; init; }
    /// <summary>When it was changed last, or deleted; null for now.</summary>
    public DateTimeOffset? UpdatedAt { get; init; }
    /// <summary>Tags.</summary>
    public IReadOnlyDictionary<string, string> Tags { get; init; } = new Dictionary<string, string>();
}

/// <summary>What an import did with a thing.</summary>
public enum ImportOutcome
{
    /// <summary>It is new here.</summary>
    Created,
    /// <summary>One of its name was here, and takes in what comes.</summary>
    Joined,
    /// <summary>It had come before and has changed at its source.</summary>
    Updated,
    /// <summary>It had come before.</summary>
    Unchanged,
}

/// <summary>An experiment that was imported.</summary>
/// <param name="Id">Its id here.</param>
/// <param name="Name">Its name here.</param>
/// <param name="Outcome">What was done.</param>
public sealed record ImportedExperiment(string Id, string Name, ImportOutcome Outcome);

/// <summary>Asks what there is already; at most 1000 items a call.</summary>
public sealed record ImportCheck
{
    /// <summary>The things of the source.</summary>
    public IReadOnlyList<ImportItem> Items { get; init; } = [];
}

/// <summary>A run, logged model or registered model of the source.</summary>
/// <param name="Id">Its id at the source.</param>
/// <param name="Version">A text that changes when it does.</param>
/// <param name="Points">The metric points that the source has of it.</param>
public sealed record ImportItem(string Id, string Version, long Points = 0);

/// <summary>How far the import of a thing is.</summary>
/// <param name="Id">Its id at the source.</param>
/// <param name="IsKnown">Whether it came from this source before.</param>
/// <param name="IsCurrent">Whether it is here in the version that was asked for; its metric points may still be on their way.</param>
/// <param name="Sent">How many of the metric points are here, in the order of the source; 0 where the source has another number of them than when they were sent.</param>
/// <param name="Conflict">Why it cannot be imported; null where it can.</param>
public sealed record ImportState(string Id, bool IsKnown, bool IsCurrent, long Sent, string? Conflict = null);

/// <summary>Runs of one experiment: all of them are written, or none; at most 1000 a call.</summary>
public sealed record ImportRuns
{
    /// <summary>The runs.</summary>
    public IReadOnlyList<ImportRun> Runs { get; init; } = [];
}

/// <summary>A run of another tracking server. Its id stays its own.</summary>
public sealed record ImportRun
{
    /// <summary>Its id.</summary>
    public string Id { get; init; } = "";
    /// <summary>A text that changes when the source's run does.</summary>
    public string Version { get; init; } = "";
    /// <summary>Name.</summary>
    public string Name { get; init; } = "";
    /// <summary>The user's name at the source.</summary>
    public string User { get; init; } = "";
    /// <summary>Status.</summary>
    public RunStatus Status { get; init; }
    /// <summary>When it began; null where the source does not say.</summary>
    public DateTimeOffset? StartedAt { get; init; }
    /// <summary>When it ended.</summary>
    public DateTimeOffset? EndedAt { get; init; }
    /// <summary>When it was put into the source's bin; null while it is in use.</summary>
    public DateTimeOffset? DeletedAt { get; init; }
    /// <summary>Parameters.</summary>
    public IReadOnlyDictionary<string, string> Params { get; init; } = new Dictionary<string, string>();
    /// <summary>Tags.</summary>
    public IReadOnlyDictionary<string, string> Tags { get; init; } = new Dictionary<string, string>();
    /// <summary>The datasets that it read.</summary>
    public IReadOnlyList<ImportDataset> Datasets { get; init; } = [];
    /// <summary>The logged models that it read or made.</summary>
    public IReadOnlyList<ImportRunModel> Models { get; init; } = [];
}

/// <summary>A dataset that a run read, as MLflow describes it.</summary>
public sealed record ImportDataset
{
    /// <summary>Name.</summary>
    public string Name { get; init; } = "";
    /// <summary>Digest.</summary>
    public string Digest { get; init; } = "";
    /// <summary>Type of the source.</summary>
    public string SourceType { get; init; } = "";
    /// <summary>The source.</summary>
    public string Source { get; init; } = "";
    /// <summary>Schema.</summary>
    public string? Schema { get; init; }
    /// <summary>Profile.</summary>
    public string? Profile { get; init; }
    /// <summary>Tags of the input, in order.</summary>
    public IReadOnlyList<ImportTag> Tags { get; init; } = [];
}

/// <summary>A tag.</summary>
/// <param name="Key">Key.</param>
/// <param name="Value">Value.</param>
public sealed record ImportTag(string Key, string Value);

/// <summary>A logged model that a run read or made.</summary>
/// <param name="ModelId">The model.</param>
/// <param name="IsOutput">Whether the run made it.</param>
/// <param name="Step">At which step.</param>
public sealed record ImportRunModel(string ModelId, bool IsOutput, long Step = 0);

/// <summary>What an import wrote.</summary>
public sealed record ImportResult
{
    /// <summary>Things written, new or changed.</summary>
    public int Written { get; init; }
    /// <summary>Values that this server cannot keep and left out.</summary>
    public IReadOnlyList<ImportSkip> Skipped { get; init; } = [];
}

/// <summary>A value that was left out.</summary>
/// <param name="Id">The run or model.</param>
/// <param name="What">What it is: <c>param</c>, <c>tag</c>, <c>metric</c>, <c>dataset</c>, <c>model</c>.</param>
/// <param name="Key">Its key.</param>
/// <param name="Why">Why.</param>
public sealed record ImportSkip(string Id, string What, string Key, string Why);

/// <summary>Metric points of runs, at most 10,000 a call in all: all of them are written, or none.</summary>
public sealed record ImportMetrics
{
    /// <summary>The runs.</summary>
    public IReadOnlyList<ImportSeries> Runs { get; init; } = [];
}

/// <summary>A part of a run's metric points, in columns.</summary>
public sealed record ImportSeries
{
    /// <summary>The run.</summary>
    public string Run { get; init; } = "";
    /// <summary>How many points the source has of the run.</summary>
    public long Of { get; init; }
    /// <summary>The place of the first point among them; what comes before must be here. 0 begins anew.</summary>
    public long Offset { get; init; }
    /// <summary>How many of the points that follow on <see cref="Offset"/> are left out here, because they are none that can be read.</summary>
    public long Left { get; init; }
    /// <summary>The keys that occur.</summary>
    public IReadOnlyList<string> Keys { get; init; } = [];
    /// <summary>Each point's key, as its place in <see cref="Keys"/>.</summary>
    public IReadOnlyList<int> Key { get; init; } = [];
    /// <summary>Each point's value; NaN and infinities as strings.</summary>
    public IReadOnlyList<double> Value { get; init; } = [];
    /// <summary>Each point's step.</summary>
    public IReadOnlyList<long> Step { get; init; } = [];
    /// <summary>Each point's time, in Unix milliseconds.</summary>
    public IReadOnlyList<long> At { get; init; } = [];
}

/// <summary>Logged models of one experiment: all of them are written, or none; at most 1000 a call.</summary>
public sealed record ImportLoggedModels
{
    /// <summary>The models.</summary>
    public IReadOnlyList<ImportLoggedModel> Models { get; init; } = [];
}

/// <summary>Where a logged model stands.</summary>
public enum LoggedModelState
{
    /// <summary>Its files are being uploaded.</summary>
    Pending,
    /// <summary>It is whole.</summary>
    Ready,
    /// <summary>The upload failed.</summary>
    UploadFailed,
}

/// <summary>A logged model of MLflow 3. Its id stays its own.</summary>
public sealed record ImportLoggedModel
{
    /// <summary>Its id, <c>m-…</c>.</summary>
    public string Id { get; init; } = "";
    /// <summary>A text that changes when the source's model does.</summary>
    public string Version { get; init; } = "";
    /// <summary>Name.</summary>
    public string Name { get; init; } = "";
    /// <summary>The run that made it; empty for none.</summary>
    public string SourceRunId { get; init; } = "";
    /// <summary>Where it stands.</summary>
    public LoggedModelState Status { get; init; }
    /// <summary>What is to say about the status.</summary>
    public string StatusMessage { get; init; } = "";
    /// <summary>Type of the model.</summary>
    public string ModelType { get; init; } = "";
    /// <summary>The user's name at the source.</summary>
    public string User { get; init; } = "";
    /// <summary>When it was made.</summary>
    public DateTimeOffset? CreatedAt { get; init; }
    /// <summary>When it was changed last, or deleted.</summary>
    public DateTimeOffset? UpdatedAt { get; init; }
    /// <summary>Whether it is in the source's bin.</summary>
    public bool IsDeleted { get; init; }
    /// <summary>Parameters.</summary>
    public IReadOnlyDictionary<string, string> Params { get; init; } = new Dictionary<string, string>();
    /// <summary>Tags.</summary>
    public IReadOnlyDictionary<string, string> Tags { get; init; } = new Dictionary<string, string>();
    /// <summary>Metrics; of several of a key, run and dataset the last counts.</summary>
    public IReadOnlyList<ImportModelMetric> Metrics { get; init; } = [];
}

/// <summary>A metric of a logged model.</summary>
/// <param name="Key">Name.</param>
/// <param name="Value">Value.</param>
/// <param name="Step">Step.</param>
/// <param name="At">Unix milliseconds.</param>
/// <param name="RunId">The run that logged it.</param>
/// <param name="DatasetName">The dataset's name, or empty.</param>
/// <param name="DatasetDigest">The dataset's digest, or empty.</param>
public sealed record ImportModelMetric(string Key, double Value, long Step, long At, string RunId, string DatasetName = "", string DatasetDigest = "");

/// <summary>Asks which files of imported runs and logged models are still to be sent; at most 1000 a call.</summary>
public sealed record ImportFiles
{
    /// <summary>The files.</summary>
    public IReadOnlyList<ImportFile> Files { get; init; } = [];
}

/// <summary>A file of the source.</summary>
/// <param name="Owner">The run or logged model.</param>
/// <param name="Path">Its path among the owner's artifacts.</param>
/// <param name="Hash">SHA-256, hexadecimal.</param>
/// <param name="Bytes">Size.</param>
public sealed record ImportFile(string Owner, string Path, string Hash, long Bytes);

/// <summary>What is to become of the files that were asked about, in their order.</summary>
public sealed record ImportFilesState
{
    /// <summary>One answer a file.</summary>
    public IReadOnlyList<ImportFileState> Files { get; init; } = [];
}

/// <summary>What is to become of a file.</summary>
/// <param name="State">What is to be done.</param>
/// <param name="Why">Why it is refused.</param>
public sealed record ImportFileState(ImportFileAnswer State, string? Why = null);

/// <summary>Whether a file is to be sent.</summary>
public enum ImportFileAnswer
{
    /// <summary>It was here.</summary>
    Present,
    /// <summary>Its content was in the project already, and is now this file as well.</summary>
    Linked,
    /// <summary>It is to be sent.</summary>
    Missing,
    /// <summary>It cannot be kept.</summary>
    Refused,
}

/// <summary>A registered model of another registry, as an import brings it: first it, then its versions, then its aliases.</summary>
public sealed record ImportModel
{
    /// <summary>Its name.</summary>
    public string Name { get; init; } = "";
    /// <summary>A text that changes when the source's model does.</summary>
    public string Version { get; init; } = "";
    /// <summary>What it is.</summary>
    public string Description { get; init; } = "";
    /// <summary>Tags.</summary>
    public IReadOnlyDictionary<string, string> Tags { get; init; } = new Dictionary<string, string>();
    /// <summary>The highest number that the source ever gave, so that none comes twice.</summary>
    public int LastVersion { get; init; }
    /// <summary>When it was made.</summary>
    public DateTimeOffset? CreatedAt { get; init; }
}

/// <summary>A registered model that is being imported.</summary>
public sealed record ImportedModel
{
    /// <summary>Its id here.</summary>
    public string Id { get; init; } = "";
    /// <summary>Its name here.</summary>
    public string Name { get; init; } = "";
    /// <summary>What was done.</summary>
    public ImportOutcome Outcome { get; init; }
    /// <summary>The versions that came before, by their numbers, each as it was.</summary>
    public IReadOnlyDictionary<string, string> Versions { get; init; } = new Dictionary<string, string>();
}

/// <summary>Versions of an imported model: all of them are written, or none; at most 1000 a call.</summary>
public sealed record ImportModelVersions
{
    /// <summary>The model's name at the source.</summary>
    public string Model { get; init; } = "";
    /// <summary>The versions.</summary>
    public IReadOnlyList<ImportModelVersion> Versions { get; init; } = [];
}

/// <summary>A version of a registered model. Its number stays its own.</summary>
public sealed record ImportModelVersion
{
    /// <summary>Its number.</summary>
    public int Number { get; init; }
    /// <summary>A text that changes when the source's version does.</summary>
    public string Version { get; init; } = "";
    /// <summary>What it is.</summary>
    public string Description { get; init; } = "";
    /// <summary>The user's name at the source; empty where it does not say.</summary>
    public string User { get; init; } = "";
    /// <summary>MLflow's stage.</summary>
    public string Stage { get; init; } = "None";
    /// <summary>Where it came from, as a URI.</summary>
    public string Source { get; init; } = "";
    /// <summary>Where its files are among those imported before, <c>runs:/ID/PATH</c> or <c>models:/m-ID</c>; null for none.</summary>
    public string? Files { get; init; }
    /// <summary>The run it came from; null for none.</summary>
    public string? RunId { get; init; }
    /// <summary>A link to the run.</summary>
    public string RunLink { get; init; } = "";
    /// <summary>Tags.</summary>
    public IReadOnlyDictionary<string, string> Tags { get; init; } = new Dictionary<string, string>();
    /// <summary>When it was registered.</summary>
    public DateTimeOffset? CreatedAt { get; init; }
    /// <summary>When it was changed last.</summary>
    public DateTimeOffset? UpdatedAt { get; init; }
}

/// <summary>Closes the import of a model: its aliases, which do not run the gate the first time.</summary>
public sealed record ImportAliases
{
    /// <summary>The model's name at the source.</summary>
    public string Model { get; init; } = "";
    /// <summary>The aliases and the numbers they point at.</summary>
    public IReadOnlyDictionary<string, int> Aliases { get; init; } = new Dictionary<string, int>();
    /// <summary>When the model was changed last at the source.</summary>
    public DateTimeOffset? UpdatedAt { get; init; }
}
