namespace Dowel.Serving.Models;

/// <summary>Docker images, section <c>Serving:Docker</c>.</summary>
public sealed class DockerOptions
{
    /// <summary>The engine's address: <c>unix://</c> and a socket, <c>npipe://</c> or <c>tcp://</c>.</summary>
    public string Engine { get; set; } = "unix:///var/run/docker.sock";

    /// <summary>Who may deploy images, besides needing the right to deploy at all.</summary>
    public DockerUse Use { get; set; } = DockerUse.Everyone;

    /// <summary>Leave containers running when the server stops, so that they answer at once when it starts again.</summary>
    public bool KeepRunning { get; set; } = true;

    /// <summary>Processes and threads in one container at most.</summary>
    public int MaxProcesses { get; set; } = 4096;
}

/// <summary>Who may deploy Docker images.</summary>
public enum DockerUse
{
    /// <summary>Whoever may deploy models.</summary>
    Everyone,
    /// <summary>Administrators.</summary>
    Admins,
    /// <summary>Nobody.</summary>
    Off,
}

/// <summary>Model servers elsewhere, section <c>Serving:Remote</c>.</summary>
public sealed class RemoteOptions
{
    /// <summary>Hosts to which everybody who may deploy models may have requests sent, as <c>host</c>, <c>host:port</c> or <c>*.domain</c>. Administrators may have them sent anywhere.</summary>
    public IList<string> Allowed { get; } = [];
}
