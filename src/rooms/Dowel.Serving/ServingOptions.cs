using Dowel.Serving.Batch;
using Dowel.Serving.Models;
using Dowel.Serving.Python;

namespace Dowel.Serving;

/// <summary>Settings of the serving room, section <c>Serving</c>.</summary>
public sealed class ServingOptions
{
    /// <summary>The configuration section.</summary>
    public const string Section = "Serving";

    /// <summary>How long one request may take, in seconds.</summary>
    public int TimeoutSeconds { get; set; } = 60;

    /// <summary>Rows in one request at most.</summary>
    public int MaxRows { get; set; } = 10_000;

    /// <summary>Replicas of all deployments of one project at most, where replicas follow the load; default 64.</summary>
    public int MaxReplicasPerProject { get; set; } = 64;

    /// <summary>Memory of the server in MiB above which models that may be let go of are, the least recently used first; null for what the machine or container has.</summary>
    public int? MaxMemoryMb { get; set; }

    /// <summary>Bytes of one answer of a container or of a server elsewhere at most.</summary>
    public long MaxAnswerBytes { get; set; } = 64 << 20;

    /// <summary>The endpoint that this server is for, where it is for one alone, as the images of <c>dowel package</c> are: it answers at <c>/api/v1.0/predictions</c> and <c>/invocations</c> as well,
    /// and the server is not ready before it is. Empty for none.</summary>
    public string RootEndpoint { get; set; } = "";

    /// <summary>Batch inference.</summary>
    public BatchOptions Batch { get; } = new();

    /// <summary>Docker images.</summary>
    public DockerOptions Docker { get; } = new();

    /// <summary>Models in Python workers.</summary>
    public PythonOptions Python { get; } = new();

    /// <summary>Model servers elsewhere.</summary>
    public RemoteOptions Remote { get; } = new();
}
