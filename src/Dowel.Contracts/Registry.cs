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
}

/// <summary>A bound on a metric.</summary>
/// <param name="Metric">Its name in the run.</param>
/// <param name="Min">At least; null for no lower bound.</param>
/// <param name="Max">At most; null for no upper bound.</param>
public sealed record MetricBound(string Metric, double? Min = null, double? Max = null);

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
    /// <summary>The run it came from.</summary>
    public string? RunId { get; init; }
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
}

/// <summary>Registers a version from a run's artifacts.</summary>
public sealed record CreateModelVersion
{
    /// <summary>The run whose artifacts it is made of.</summary>
    public string RunId { get; init; } = "";
    /// <summary>The folder of the model among the run's artifacts.</summary>
    public string ArtifactPath { get; init; } = "model";
    /// <summary>How the files are to be loaded, such as <c>mlnet</c>.</summary>
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
/// <param name="Name">Its name, such as <c>metric auc</c>, <c>signature</c>, <c>input example</c>, <c>latency</c>.</param>
/// <param name="Passed">Whether it passed.</param>
/// <param name="Given">What was found.</param>
/// <param name="Expected">What it takes.</param>
public sealed record GateCheck(string Name, bool Passed, string Given, string Expected);

/// <summary>Points an alias at a version.</summary>
/// <param name="Version">The version's number.</param>
/// <param name="Reason">Why; kept in the history.</param>
public sealed record SetAlias(int Version, string? Reason = null);

/// <summary>One move of an alias.</summary>
public sealed record AliasMove
{
    /// <summary>The alias.</summary>
    public string Alias { get; init; } = "";
    /// <summary>From which version; null if it was new.</summary>
    public int? From { get; init; }
    /// <summary>To which version; null if it was removed.</summary>
    public int? To { get; init; }
    /// <summary>Who moved it.</summary>
    public string By { get; init; } = "";
    /// <summary>When.</summary>
    public DateTimeOffset At { get; init; }
    /// <summary>Why.</summary>
    public string Reason { get; init; } = "";
}
