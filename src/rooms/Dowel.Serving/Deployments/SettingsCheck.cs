using Dowel.Contracts;
using Dowel.Kernel.Results;

namespace Dowel.Serving.Deployments;

/// <summary>Checks settings of deployments and limits of endpoints.</summary>
internal static class SettingsCheck
{
    public const int MostReplicas = 64;

    public static Failure? Of(DeploymentSettings settings, string at = "deployment.settings")
    {
        Check[] checks =
        [
            new("timeoutSeconds", settings.TimeoutSeconds, 0.001, 3600),
            new("batching.maxSize", settings.Batching?.MaxSize, 1, 100_000),
            new("batching.maxWaitMs", settings.Batching?.MaxWaitMs, 0, 60_000),
            new("scaling.min", settings.Scaling?.Min, 0, MostReplicas),
            new("scaling.max", settings.Scaling?.Max, Math.Max(1, settings.Scaling?.Min ?? 1), MostReplicas),
            new("scaling.targetConcurrency", settings.Scaling?.TargetConcurrency, 0.01, 100_000),
            new("scaling.targetLatencyMs", settings.Scaling?.TargetLatencyMs, 0.01, 3_600_000),
            new("scaling.windowSeconds", settings.Scaling?.WindowSeconds, 6, 3600),
            new("scaling.idleSeconds", settings.Scaling?.IdleSeconds, 1, 604_800),
            new("scaling.coldStartSeconds", settings.Scaling?.ColdStartSeconds, 0.1, 3600),
            new("breaker.failureRatio", settings.Breaker?.FailureRatio, 0.01, 1),
            new("breaker.minimumRequests", settings.Breaker?.MinimumRequests, 2, 1_000_000),
            new("breaker.windowSeconds", settings.Breaker?.WindowSeconds, 0.5, 3600),
            new("breaker.openSeconds", settings.Breaker?.OpenSeconds, 0.5, 3600),
            new("resources.cpus", settings.Resources?.Cpus, 0.01, 1024),
            new("resources.memoryMb", settings.Resources?.MemoryMb, 16, 16_777_216),
            new("resources.gpus", settings.Resources?.Gpus, -1, 64),
        ];
        return First(checks, at);
    }

    public static Failure? Of(EndpointLimits limits) => First(
    [
        new("requestsPerSecond", limits.RequestsPerSecond, 0.001, 10_000_000),
        new("maxConcurrency", limits.MaxConcurrency, 1, 1_000_000),
        new("callerRequestsPerSecond", limits.CallerRequestsPerSecond, 0.001, 10_000_000),
        new("callerMaxConcurrency", limits.CallerMaxConcurrency, 1, 1_000_000),
    ], "limits");

    private static Failure? First(Check[] checks, string at)
    {
        foreach (var (field, value, least, most) in checks)
            if (value is { } given && !(given >= least && given <= most)) return Failure.Invalid($"{at}.{field}", given, FormattableString.Invariant($"a number from {least} to {most}"));
        return null;
    }

    private readonly record struct Check(string Field, double? Value, double Least, double Most);
}
