namespace Dowel.Contracts;

/// <summary>How a deployment runs.</summary>
public sealed record DeploymentSettings
{
    /// <summary>How long one request may take, in seconds; null for the server's default.</summary>
    public double? TimeoutSeconds { get; init; }
    /// <summary>How requests are put together; null for each alone.</summary>
    public BatchingSettings? Batching { get; init; }
    /// <summary>How replicas follow the load; null for a fixed number.</summary>
    public ScalingSettings? Scaling { get; init; }
    /// <summary>When a failing model is left alone for a while; null for the defaults.</summary>
    public BreakerSettings? Breaker { get; init; }
    /// <summary>What a replica may use of the machine, where it has a process of its own.</summary>
    public ResourceLimits? Resources { get; init; }
    /// <summary>The Python of models that run in a worker.</summary>
    public PythonSettings? Python { get; init; }
}

/// <summary>Adaptive batching: requests that come together are run as one.</summary>
public sealed record BatchingSettings
{
    /// <summary>Rows in a batch at most; default 64.</summary>
    public int MaxSize { get; init; } = 64;
    /// <summary>How long the first request of a batch waits for others at most, in milliseconds; default 5. A request that comes alone does not wait.</summary>
    public double MaxWaitMs { get; init; } = 5;
}

/// <summary>Replicas that follow the load. Windows and their meaning as in Knative's autoscaler.</summary>
public sealed record ScalingSettings
{
    /// <summary>Replicas at least; 0 lets go of the model while nobody asks.</summary>
    public int Min { get; init; } = 1;
    /// <summary>Replicas at most; default 4.</summary>
    public int Max { get; init; } = 4;
    /// <summary>Requests under way that one replica is meant to have; default 4.</summary>
    public double TargetConcurrency { get; init; } = 4;
    /// <summary>Latency at the 95th percentile that is wished, in milliseconds; null for none.</summary>
    public double? TargetLatencyMs { get; init; }
    /// <summary>Seconds over which load is averaged; default 60. The panic window is a tenth of it.</summary>
    public double WindowSeconds { get; init; } = 60;
    /// <summary>Seconds without a request after which the last replica goes, where <see cref="Min"/> is 0; default 60.</summary>
    public double IdleSeconds { get; init; } = 60;
    /// <summary>Seconds that a request waits for a replica to start at most; default 30.</summary>
    public double ColdStartSeconds { get; init; } = 30;
}

/// <summary>A circuit breaker: a model that fails most of the time is not asked for a while, so that its callers get their answer at once.</summary>
public sealed record BreakerSettings
{
    /// <summary>Share of requests that must fail, 0 to 1; default 0.5. 1 or more switches it off.</summary>
    public double FailureRatio { get; init; } = 0.5;
    /// <summary>Requests in the window before it may open; default 20.</summary>
    public int MinimumRequests { get; init; } = 20;
    /// <summary>The window, in seconds; default 10.</summary>
    public double WindowSeconds { get; init; } = 10;
    /// <summary>How long the model is left alone, in seconds; default 5. Then one request tries it.</summary>
    public double OpenSeconds { get; init; } = 5;
}

/// <summary>What one replica may use.</summary>
public sealed record ResourceLimits
{
    /// <summary>Processors, such as 0.5; null for no limit. Containers only.</summary>
    public double? Cpus { get; init; }
    /// <summary>Memory in MiB; null for no limit.</summary>
    public int? MemoryMb { get; init; }
    /// <summary>GPUs; -1 for all. Containers only.</summary>
    public int? Gpus { get; init; }
}

/// <summary>The Python that a worker runs in.</summary>
public sealed record PythonSettings
{
    /// <summary>Path of an interpreter or of a virtual environment's folder; null for the server's default.</summary>
    public string? Interpreter { get; init; }
    /// <summary>Make a virtual environment of the model's <c>requirements.txt</c>.</summary>
    public bool InstallRequirements { get; init; }
}

/// <summary>A Docker image that answers HTTP.</summary>
public sealed record ContainerSpec
{
    /// <summary>The image, such as <c>registry.example.com/team/model:3</c>.</summary>
    public string Image { get; init; } = "";
    /// <summary>What it speaks: <c>oip</c> (Open Inference Protocol v2), <c>seldon</c> (Seldon v1), <c>mlflow</c> (scoring server), <c>openai</c> or <c>raw</c>, whose requests are handed on as they are.</summary>
    public string Protocol { get; init; } = "oip";
    /// <summary>The port it listens on; null for the protocol's own (8080, 9000, 8080, 8000, 8080).</summary>
    public int? Port { get; init; }
    /// <summary>The name of the model in it, for <c>oip</c>; null for its only one.</summary>
    public string? ModelName { get; init; }
    /// <summary>Command and arguments in place of the image's own.</summary>
    public IReadOnlyList<string>? Command { get; init; }
    /// <summary>Environment variables.</summary>
    public IReadOnlyDictionary<string, string>? Environment { get; init; }
    /// <summary>Environment variables that are kept encrypted and never shown again. In an answer the values are empty.</summary>
    public IReadOnlyDictionary<string, string>? Secrets { get; init; }
    /// <summary>Folders of this machine in the container, such as <c>/srv/weights:/weights:ro</c>; administrators only.</summary>
    public IReadOnlyList<string>? Volumes { get; init; }
    /// <summary>A path that answers 2xx once it is ready; null for the protocol's own.</summary>
    public string? HealthPath { get; init; }
    /// <summary>How long it may take to become ready, in seconds; default 120.</summary>
    public double StartSeconds { get; init; } = 120;
    /// <summary>User of a private registry.</summary>
    public string? RegistryUser { get; init; }
    /// <summary>Password or token of a private registry; kept encrypted, never shown again.</summary>
    public string? RegistryPassword { get; init; }
    /// <summary>Where it may connect to, as <c>host:port</c> or <c>address/bits:port</c>; empty for nowhere, <c>*</c> for anywhere.</summary>
    public IReadOnlyList<string> Egress { get; init; } = [];
}

/// <summary>A model server that Dowel does not run.</summary>
public sealed record RemoteSpec
{
    /// <summary>Its address, such as <c>https://models.example.com</c>.</summary>
    public string Url { get; init; } = "";
    /// <summary>What it speaks, as <see cref="ContainerSpec.Protocol"/>.</summary>
    public string Protocol { get; init; } = "oip";
    /// <summary>The name of the model there, for <c>oip</c>; null for its only one.</summary>
    public string? ModelName { get; init; }
    /// <summary>Headers to send along, such as authorization; kept encrypted, never shown again. In an answer the values are empty.</summary>
    public IReadOnlyDictionary<string, string>? Headers { get; init; }
}
