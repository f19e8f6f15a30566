using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Dowel.Observability.Log;

/// <summary>Degraded while files of the log are damaged or gone: the server answers with what is left, and says that it is not all.</summary>
internal sealed class PredictionLogIsWhole(PredictionLog log) : IHealthCheck
{
    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken)
        => Task.FromResult(log.Lost is { Count: > 0 } lost
            ? HealthCheckResult.Degraded($"The prediction log lacks the records of {string.Join(", ", lost)}. Put the files back from a backup and start again, or delete these to accept the loss.")
            : HealthCheckResult.Healthy());
}
