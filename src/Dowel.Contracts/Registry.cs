namespace Dowel.Contracts;

/// <summary>A registered model: a name with versions.</summary>
public sealed record RegisteredModel : ResourceInfo
{
    /// <summary>For JSON.</summary>
    public RegisteredModel() { }
    /// <summary>With what every thing has in common.</summary>
    public RegisteredModel(ResourceInfo info) : base(info) { }
    /// <summary>The newest version's number; 0 before the first.</summary>
    public int LatestVersion { get; init; }
    /// <summary>Aliases and the versions they point at.</summary>
    public IReadOnlyDictionary<string, int> Aliases { get; init; } = new Dictionary<string, int>();
    /// <summary>What a version must pass before a protected alias moves to it.</summary>
    public ValidationGate Gate { get; init; } = new();
}

/// <summary>Makes a registered model.</summary>
public sealed record CreateModel : ResourceSpec
{
    /// <summary>The gate; null for the default one.</summary>
    public ValidationGate? Gate { get; init; }
}

/// <summary>What a version must pass before a protected alias moves to it.</summary>
public sealed record ValidationGate
{
    /// <summary>Aliases that move only past the gate; default <c>production</c>.</summary>
    public IReadOnlyList<string> ProtectedAliases { get; init; } = ["production"];
    /// <summary>Metrics of the version's run and the bounds they must keep.</summary>
    public IReadOnlyList<MetricBound> Metrics { get; init; } = [];
    /// <summary>The version must have a signature that its model keeps.</summary>
    public bool RequireSignature { get; init; } = true;
    /// <summary>The version's input example must predict without error, with outputs as the signature says.</summary>
    public bool RequireInputExample { get; init; } = true;
    /// <summary>The median latency of predicting the input example may be at most this, in milliseconds; null for no budget.</summary>
    public double? LatencyBudgetMs { get; init; }
    /// <summary>How the version's signature must relate to that of the alias's present holder.</summary>
    public SchemaRule Schema { get; init; }
    /// <summary>Slices of data on which the model must be good enough.</summary>
    public IReadOnlyList<DataSlice> Slices { get; init; } = [];
    /// <summary>Inputs whose outputs are known.</summary>
    public IReadOnlyList<GoldenPrediction> Golden { get; init; } = [];
    /// <summary>Pairs of inputs whose outputs must agree.</summary>
    public IReadOnlyList<Invariance> Invariances { get; init; } = [];
    /// <summary>The approvals that a version needs before a protected alias moves to it; null for none.</summary>
    public ApprovalRule? Approvals { get; init; }
}

/// <summary>A bound on a metric.</summary>
/// <param name="Metric">Its name in the run.</param>
/// <param name="Min">At least; null for no lower bound.</param>
/// <param name="Max">At most; null for no upper bound.</param>
/// <param name="Tolerance">By how much it may be worse than that of the alias's present holder; null for no comparison.</param>
/// <param name="LowerIsBetter">Whether a smaller value is the better one, as for a loss.</param>
public sealed record MetricBound(string Metric, double? Min = null, double? Max = null, double? Tolerance = null, bool LowerIsBetter = false);

/// <summary>How a version's signature must relate to that of the present holder.</summary>
public enum SchemaRule
{
    /// <summary>Not at all.</summary>
    Any,
    /// <summary>Whoever calls the holder can call it: the same inputs, besides optional ones, and at least the same outputs.</summary>
    Extend,
    /// <summary>The same inputs and outputs.</summary>
    Equal,
}

/// <summary>Rows of a part of the data, with the outputs that are right.</summary>
public sealed record DataSlice
{
    /// <summary>Its name, such as <c>women over 60</c>.</summary>
    public string Name { get; init; } = "";
    /// <summary>Each input's values by name, all of the same length.</summary>
    public IReadOnlyDictionary<string, object?[]> Inputs { get; init; } = new Dictionary<string, object?[]>();
    /// <summary>The output that is compared; null for the first.</summary>
    public string? Output { get; init; }
    /// <summary>What is right, a value a row.</summary>
    public IReadOnlyList<object?> Expected { get; init; } = [];
    /// <summary>The share of rows that must be right, from 0 to 1; null for no such floor.</summary>
    public double? MinAccuracy { get; init; }
    /// <summary>The mean absolute error may be at most this; null for no such bound.</summary>
    public double? MaxError { get; init; }
}

/// <summary>Inputs whose outputs are known.</summary>
public sealed record GoldenPrediction
{
    /// <summary>Its name.</summary>
    public string Name { get; init; } = "";
    /// <summary>Each input's values by name.</summary>
    public IReadOnlyDictionary<string, object?[]> Inputs { get; init; } = new Dictionary<string, object?[]>();
    /// <summary>The values of outputs by name; outputs that are not named may be anything.</summary>
    public IReadOnlyDictionary<string, object?[]> Outputs { get; init; } = new Dictionary<string, object?[]>();
    /// <summary>By how much a number may differ.</summary>
    public double Tolerance { get; init; } = 1e-6;
}

/// <summary>Inputs that may change without the outputs changing.</summary>
public sealed record Invariance
{
    /// <summary>Its name, such as <c>the passenger's title</c>.</summary>
    public string Name { get; init; } = "";
    /// <summary>Each input's values by name.</summary>
    public IReadOnlyDictionary<string, object?[]> Inputs { get; init; } = new Dictionary<string, object?[]>();
    /// <summary>The values that differ, by the inputs' names; the other inputs stay.</summary>
    public IReadOnlyDictionary<string, object?[]> Changed { get; init; } = new Dictionary<string, object?[]>();
    /// <summary>By how much a number may differ.</summary>
    public double Tolerance { get; init; } = 1e-6;
}

/// <summary>The approvals that a version needs.</summary>
public sealed record ApprovalRule
{
    /// <summary>How many people must approve.</summary>
    public int Count { get; init; } = 1;
    /// <summary>Who may, by user name; empty for the owners of the project.</summary>
    public IReadOnlyList<string> By { get; init; } = [];
    /// <summary>Whether who registered the version may approve it.</summary>
    public bool AllowCreator { get; init; }
}

/// <summary>Approves or rejects a version for a protected alias.</summary>
/// <param name="Alias">The alias.</param>
/// <param name="Approve">Approved, or rejected.</param>
/// <param name="Comment">Why.</param>
public sealed record SetApproval(string Alias, bool Approve, string? Comment = null);

/// <summary>What somebody said of a version before a protected alias.</summary>
public sealed record Approval
{
    /// <summary>The alias, in lower case.</summary>
    public string Alias { get; init; } = "";
    /// <summary>Approved, or rejected.</summary>
    public bool Approved { get; init; }
    /// <summary>Whether it counts: it is the newest of this person, the gate has not changed since, and the person may still give it.</summary>
    public bool Counts { get; init; }
    /// <summary>Who.</summary>
    public string By { get; init; } = "";
    /// <summary>When.</summary>
    public DateTimeOffset At { get; init; }
    /// <summary>Why.</summary>
    public string Comment { get; init; } = "";
}

/// <summary>What goes into a model and what comes out.</summary>
public sealed record ModelSignature
{
    /// <summary>Inputs, in order.</summary>
    public IReadOnlyList<TensorSpec> Inputs { get; init; } = [];
    /// <summary>Outputs, in order.</summary>
    public IReadOnlyList<TensorSpec> Outputs { get; init; } = [];
}

/// <summary>One input or output.</summary>
public sealed record TensorSpec
{
    /// <summary>Name.</summary>
    public string Name { get; init; } = "";
    /// <summary>Open Inference Protocol data type: BOOL, UINT8…UINT64, INT8…INT64, FP16, FP32, FP64, BYTES (strings).</summary>
    public string Datatype { get; init; } = "FP32";
    /// <summary>Shape; -1 for any size; the first dimension is the batch.</summary>
    public IReadOnlyList<long> Shape { get; init; } = [-1];
    /// <summary>Whether it may be left out.</summary>
    public bool Optional { get; init; }
    /// <summary>The values it may take, for strings with few of them.</summary>
    public IReadOnlyList<string>? Values { get; init; }
    /// <summary>What it means.</summary>
    public string? Description { get; init; }
}

/// <summary>One version of a model; its files never change.</summary>
public sealed record ModelVersion
{
    /// <summary>Stable id.</summary>
    public string Id { get; init; } = "";
    /// <summary>The model's name.</summary>
    public string Model { get; init; } = "";
    /// <summary>Id of the model.</summary>
    public string ModelId { get; init; } = "";
    /// <summary>Number, from 1.</summary>
    public int Version { get; init; }
    /// <summary>What it is.</summary>
    public string Description { get; init; } = "";
    /// <summary>How the files are to be loaded, such as <c>mlnet</c>.</summary>
    public string Flavor { get; init; } = "";
    /// <summary>Inputs and outputs.</summary>
    public ModelSignature? Signature { get; init; }
    /// <summary>One example: each input's values by name.</summary>
    public IReadOnlyDictionary<string, object?[]>? InputExample { get; init; }
    /// <summary>The run it came from; null where the client named none.</summary>
    public string? RunId { get; init; }
    /// <summary>Where its files came from, as a URI: <c>runs:/ID/PATH</c>, <c>models:/m-ID</c>, <c>s3://…</c>.</summary>
    public string Source { get; init; } = "";
    /// <summary>A link to the run where it is not on this server.</summary>
    public string RunLink { get; init; } = "";
    /// <summary>The logged model of MLflow that it came from.</summary>
    public string? LoggedModelId { get; init; }
    /// <summary>MLflow's stage: None, Staging, Production or Archived.</summary>
    public string Stage { get; init; } = "None";
    /// <summary>The metrics of that run when it was registered.</summary>
    public IReadOnlyDictionary<string, double> Metrics { get; init; } = new Dictionary<string, double>();
    /// <summary>What it learned from: dataset and feature versions, such as <c>dataset:titanic@1</c>, <c>features:passenger_features@1</c>.</summary>
    public IReadOnlyList<string> TrainingData { get; init; } = [];
    /// <summary>Tags.</summary>
    public IReadOnlyDictionary<string, string> Tags { get; init; } = new Dictionary<string, string>();
    /// <summary>Aliases that point at it.</summary>
    public IReadOnlyList<string> Aliases { get; init; } = [];
    /// <summary>Its files.</summary>
    public IReadOnlyList<ArtifactInfo> Files { get; init; } = [];
    /// <summary>The newest gate result.</summary>
    public GateResult? Gate { get; init; }
    /// <summary>When it was registered.</summary>
    public DateTimeOffset CreatedAt { get; init; }
    /// <summary>Who registered it.</summary>
    public string CreatedBy { get; init; } = "";
    /// <summary>When its description or stage last changed; its files never do.</summary>
    public DateTimeOffset UpdatedAt { get; init; }
}

/// <summary>Registers a version from a run's artifacts, or from any source.</summary>
public sealed record CreateModelVersion
{
    /// <summary>The run whose artifacts it is made of.</summary>
    public string RunId { get; init; } = "";
    /// <summary>The folder of the model among the run's artifacts.</summary>
    public string ArtifactPath { get; init; } = "model";
    /// <summary>Instead of run and folder: where the model is, as a URI. Files are kept where it names a run, a logged model or a version of this server.</summary>
    public string? Source { get; init; }
    /// <summary>A link to the run where it is not on this server.</summary>
    public string? RunLink { get; init; }
    /// <summary>The logged model of MLflow that it comes from.</summary>
    public string? LoggedModelId { get; init; }
    /// <summary>How the files are to be loaded, such as <c>mlnet</c>; empty for what their <c>MLmodel</c> file says.</summary>
    public string Flavor { get; init; } = "";
    /// <summary>What it is.</summary>
    public string? Description { get; init; }
    /// <summary>Inputs and outputs.</summary>
    public ModelSignature? Signature { get; init; }
    /// <summary>One example: each input's values by name, all of the same length.</summary>
    public IReadOnlyDictionary<string, object?[]>? InputExample { get; init; }
    /// <summary>What it learned from.</summary>
    public IReadOnlyList<string>? TrainingData { get; init; }
    /// <summary>Tags.</summary>
    public IReadOnlyDictionary<string, string>? Tags { get; init; }
}

/// <summary>What the gate found.</summary>
public sealed record GateResult
{
    /// <summary>Whether every check passed.</summary>
    public bool Passed { get; init; }
    /// <summary>The checks, in order.</summary>
    public IReadOnlyList<GateCheck> Checks { get; init; } = [];
    /// <summary>When.</summary>
    public DateTimeOffset At { get; init; }
    /// <summary>Who asked for it.</summary>
    public string By { get; init; } = "";
}

/// <summary>One check of a gate.</summary>
/// <param name="Name">Its name, such as <c>metric auc</c>, <c>signature</c>, <c>slice women</c>, <c>latency</c>, <c>approvals</c>.</param>
/// <param name="Passed">Whether it passed.</param>
/// <param name="Given">What was found.</param>
/// <param name="Expected">What it takes.</param>
public sealed record GateCheck(string Name, bool Passed, string Given, string Expected);

/// <summary>Points an alias at a version.</summary>
/// <param name="Version">The version's number.</param>
/// <param name="Reason">Why; kept in the history.</param>
public sealed record SetAlias(int Version, string? Reason = null);

/// <summary>Changes what may change of a version.</summary>
public sealed record PatchModelVersion
{
    /// <summary>New description.</summary>
    public string? Description { get; init; }
    /// <summary>Tags to set; null removes one. The others stay.</summary>
    public IReadOnlyDictionary<string, string?>? Tags { get; init; }
    /// <summary>Why; kept in the history.</summary>
    public string? Reason { get; init; }
}

/// <summary>Moves a version to a stage of MLflow's.</summary>
/// <param name="Stage">None, Staging, Production or Archived.</param>
/// <param name="ArchiveExisting">Whether the versions that are in that stage (Staging or Production) go to Archived.</param>
/// <param name="Reason">Why; kept in the history.</param>
public sealed record SetStage(string Stage, bool ArchiveExisting = false, string? Reason = null);

/// <summary>What changed of a model.</summary>
public enum ModelChangeKind
{
    /// <summary>An alias moved.</summary>
    Alias,
    /// <summary>A version moved to another stage.</summary>
    Stage,
    /// <summary>The model was renamed.</summary>
    Name,
    /// <summary>The description of the model or of a version.</summary>
    Description,
    /// <summary>A tag of the model or of a version.</summary>
    Tag,
    /// <summary>A version was registered or deleted.</summary>
    Version,
    /// <summary>The gate was changed.</summary>
    Gate,
    /// <summary>Somebody approved or rejected a version.</summary>
    Approval,
}

/// <summary>One change of a model or of a version of it.</summary>
public sealed record ModelChange
{
    /// <summary>Its number; a later change has a higher one.</summary>
    public long Id { get; init; }
    /// <summary>What changed.</summary>
    public ModelChangeKind Kind { get; init; }
    /// <summary>The version concerned; null for the model itself.</summary>
    public int? Version { get; init; }
    /// <summary>The alias or the tag; empty for the rest.</summary>
    public string Subject { get; init; } = "";
    /// <summary>What it was; null if there was nothing.</summary>
    public string? From { get; init; }
    /// <summary>What it is; null if it was removed.</summary>
    public string? To { get; init; }
    /// <summary>Who changed it.</summary>
    public string By { get; init; } = "";
    /// <summary>When.</summary>
    public DateTimeOffset At { get; init; }
    /// <summary>Why.</summary>
    public string Reason { get; init; } = "";
}

/// <summary>Which changes.</summary>
public sealed record HistoryQuery
{
    /// <summary>Only of this kind.</summary>
    public ModelChangeKind? Kind { get; init; }
    /// <summary>Only of this version.</summary>
    public int? Version { get; init; }
    /// <summary>The <see cref="Page{T}.NextCursor"/> of the page before.</summary>
    public string? Cursor { get; init; }
    /// <summary>How many at most: 1 to 1000, default 50.</summary>
    public int? Limit { get; init; }
}
