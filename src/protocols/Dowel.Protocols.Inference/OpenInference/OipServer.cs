using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Dowel.Protocols.Inference.OpenInference;

/// <summary>What the server says of itself, over REST and gRPC alike.</summary>
internal static class OipServer
{
    public const string Name = "dowel";

    public static string Version { get; } = typeof(OipServer).Assembly.GetName().Version!.ToString(3);

    /// <summary>The extensions of the protocol that are spoken.</summary>
    public static IReadOnlyList<string> Extensions { get; } = ["model_repository", "binary_tensor_data", "parameters"];

    /// <summary>Whether the models that were deployed are loaded, and the rest of the server is ready.</summary>
    public static async Task<bool> IsReadyAsync(HealthCheckService health, CancellationToken cancellationToken)
        => (await health.CheckHealthAsync(c => c.Tags.Contains("ready"), cancellationToken)).Status != HealthStatus.Unhealthy;

    /// <summary>The state of an endpoint in the protocol's words.</summary>
    public static string StateOf(Contracts.DeploymentState state) => state switch
    {
        Contracts.DeploymentState.Ready or Contracts.DeploymentState.Idle => "READY",
        Contracts.DeploymentState.Loading => "LOADING",
        _ => "UNAVAILABLE",
    };
}
