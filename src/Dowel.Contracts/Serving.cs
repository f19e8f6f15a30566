namespace Dowel.Contracts;

/// <summary>Where an endpoint or a deployment stands.</summary>
public enum DeploymentState
{
    /// <summary>Its model is being loaded.</summary>
    Loading,
    /// <summary>It answers.</summary>
    Ready,
    /// <summary>It could not be started; <see cref="Deployment.Message"/> says why.</summary>
    Failed,
    /// <summary>Switched off by somebody.</summary>
    Stopped,
    /// <summary>Let go of while nobody asks; the next request starts it.</summary>
    Idle,
}

/// <summary>What to answer when an entity has no stored features.</summary>
public enum MissingFeaturesPolicy
{
    /// <summary>Refuse the request, naming the entities.</summary>
    Error,
    /// <summary>Use each feature's default, or a missing value where it has none.</summary>
    Defaults,
}

/// <summary>An endpoint: a stable name and URL that answers predictions.</summary>
public sealed record Endpoint : ResourceInfo
{
    /// <summary>For JSON.</summary>
    public Endpoint() { }
    /// <summary>With what every thing has in common.</summary>
    public Endpoint(ResourceInfo info) : base(info) { }
    /// <summary>State: ready when every deployment with traffic is.</summary>
    public DeploymentState State { get; init; }
    /// <summary>The path to post predictions to, below the server's address (Open Inference Protocol).</summary>
    public string PredictionPath { get; init; } = "";
    /// <summary>Its deployments.</summary>
    public IReadOnlyList<Deployment> Deployments { get; init; } = [];
    /// <summary>The features it joins by itself; null for none.</summary>
    public FeatureJoin? Features { get; init; }
    /// <summary>What callers send: the signature's inputs that are not joined, and the entity's key.</summary>
    public ModelSignature? Signature { get; init; }
    /// <summary>An example of what callers send, each input's values by name.</summary>
    public IReadOnlyDictionary<string, object?[]>? InputExample { get; init; }
    /// <summary>How much may be asked of it; null for no limit.</summary>
    public EndpointLimits? Limits { get; init; }
    /// <summary>From where and by whom it may be called, besides the permission; null for no further rule.</summary>
    public IngressPolicy? Ingress { get; init; }
}

/// <summary>How much may be asked of an endpoint. What is above is refused at once with 429.</summary>
public sealed record EndpointLimits
{
    /// <summary>Requests a second, of all callers together; null for no limit.</summary>
    public double? RequestsPerSecond { get; init; }
    /// <summary>Requests under way at once, of all callers together; null for no limit.</summary>
    public int? MaxConcurrency { get; init; }
    /// <summary>Requests a second of one caller; null for no limit.</summary>
    public double? CallerRequestsPerSecond { get; init; }
    /// <summary>Requests under way at once of one caller; null for no limit.</summary>
    public int? CallerMaxConcurrency { get; init; }
}

/// <summary>From where and by whom an endpoint may be called. It only narrows what the caller's permission allows; an empty list is no rule.</summary>
public sealed record IngressPolicy
{
    /// <summary>Names of users who may call it.</summary>
    public IReadOnlyList<string> Users { get; init; } = [];
    /// <summary>Names of projects whose members may call it, besides <see cref="Users"/>.</summary>
    public IReadOnlyList<string> Projects { get; init; } = [];
    /// <summary>Address ranges from which it may be called, such as <c>10.0.0.0/8</c> or <c>::1</c>.</summary>
    public IReadOnlyList<string> Addresses { get; init; } = [];
}

/// <summary>The features an endpoint joins by itself from the online store.</summary>
public sealed record FeatureJoin
{
    /// <summary>The feature view, by name, project.name or id.</summary>
    public string View { get; init; } = "";
    /// <summary>What to do when an entity has no features.</summary>
    public MissingFeaturesPolicy OnMissing { get; init; } = MissingFeaturesPolicy.Error;
}

/// <summary>One model version behind an endpoint.</summary>
public sealed record Deployment
{
    /// <summary>Stable id.</summary>
    public string Id { get; init; } = "";
    /// <summary>Name, unique in the endpoint.</summary>
    public string Name { get; init; } = "";
    /// <summary>The model.</summary>
    public string Model { get; init; } = "";
    /// <summary>The model's version.</summary>
    public int Version { get; init; }
    /// <summary>The alias it was chosen by, if it was.</summary>
    public string? Alias { get; init; }
    /// <summary>How it runs, such as <c>mlnet</c> in process, <c>docker</c>, <c>remote</c>, <c>graph</c> or <c>observed</c>.</summary>
    public string Runtime { get; init; } = "";
    /// <summary>The image that runs; null for other deployments.</summary>
    public ContainerSpec? Container { get; init; }
    /// <summary>The model server elsewhere; null for other deployments.</summary>
    public RemoteSpec? Remote { get; init; }
    /// <summary>The endpoints that it is made of; null for other deployments.</summary>
    public InferenceGraph? Graph { get; init; }
    /// <summary>How it runs.</summary>
    public DeploymentSettings Settings { get; init; } = new();
    /// <summary>Replicas that are loaded now.</summary>
    public int ReadyReplicas { get; init; }
    /// <summary>Replicas.</summary>
    public int Replicas { get; init; }
    /// <summary>Its share of the traffic, 0 to 100.</summary>
    public int Traffic { get; init; }
    /// <summary>State.</summary>
    public DeploymentState State { get; init; }
    /// <summary>What happened, where it failed; what it is doing, while it starts.</summary>
    public string? Message { get; init; }
    /// <summary>When it was made.</summary>
    public DateTimeOffset CreatedAt { get; init; }
}

/// <summary>Names a model version to deploy.</summary>
public record DeploymentSpec
{
    /// <summary>The model, by name, project.name or id.</summary>
    public string Model { get; init; } = "";
    /// <summary>The version's number; or null and <see cref="Alias"/>.</summary>
    public int? Version { get; init; }
    /// <summary>An alias, resolved once, now; default <c>production</c> where no version is given.</summary>
    public string? Alias { get; init; }
    /// <summary>Replicas, 1 to 64; default 1.</summary>
    public int? Replicas { get; init; }
    /// <summary>Deploy a version that its gate refused all the same.</summary>
    public bool AllowRefused { get; init; }
    /// <summary>Leave the present deployments where they are and give this one no traffic yet, in place of replacing them. It can be asked by its version, and given a share by <see cref="PatchEndpoint.Traffic"/>.</summary>
    public bool Beside { get; init; }
    /// <summary>A Docker image to run, in place of a model version.</summary>
    public ContainerSpec? Container { get; init; }
    /// <summary>A model server that runs elsewhere, in place of a model version.</summary>
    public RemoteSpec? Remote { get; init; }
    /// <summary>A graph of other endpoints, in place of a model version.</summary>
    public InferenceGraph? Graph { get; init; }
    /// <summary>A model that runs elsewhere and whose predictions are sent here to be watched, in place of a model version.</summary>
    public ObservedSpec? Observed { get; init; }
    /// <summary>How it runs; null keeps what it replaces, or the defaults.</summary>
    public DeploymentSettings? Settings { get; init; }
}

/// <summary>Makes an endpoint with its first deployment.</summary>
public sealed record CreateEndpoint : ResourceSpec
{
    /// <summary>What to deploy.</summary>
    public DeploymentSpec Deployment { get; init; } = new();
    /// <summary>The features it joins by itself.</summary>
    public FeatureJoin? Features { get; init; }
    /// <summary>How much may be asked of it; null for no limit.</summary>
    public EndpointLimits? Limits { get; init; }
    /// <summary>From where and by whom it may be called; null for no further rule.</summary>
    public IngressPolicy? Ingress { get; init; }
}

/// <summary>Changes an endpoint. A new deployment replaces the present one once it is ready; until then the old one answers.</summary>
public sealed record PatchEndpoint : ResourcePatch
{
    /// <summary>What to deploy instead.</summary>
    public DeploymentSpec? Deployment { get; init; }
    /// <summary>The features it joins from now on.</summary>
    public FeatureJoin? Features { get; init; }
    /// <summary>How much may be asked of it from now on; an empty object for no limit.</summary>
    public EndpointLimits? Limits { get; init; }
    /// <summary>From where and by whom it may be called from now on; an empty object for no further rule.</summary>
    public IngressPolicy? Ingress { get; init; }
    /// <summary>Each deployment's share of the traffic by its name, 100 in all; one that is left out gets none.</summary>
    public IReadOnlyDictionary<string, int>? Traffic { get; init; }
    /// <summary>Names of deployments to let go of; they have no traffic.</summary>
    public IReadOnlyList<string>? RemoveDeployments { get; init; }
    /// <summary>True stops it (answers 503), false starts it again.</summary>
    public bool? Stopped { get; init; }
}
