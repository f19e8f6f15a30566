using System.Globalization;
using Dowel.Contracts;

namespace Dowel.Client;

/// <summary>Deployments and what is set of them, in words.</summary>
public static class DeploymentText
{
    /// <summary>What it runs: <c>churn/3</c>, an image, an address.</summary>
    public static string Serves(Deployment deployment)
    {
        ArgumentNullException.ThrowIfNull(deployment);
        if (deployment.Container is { } container) return container.Image;
        if (deployment.Remote is { } remote) return remote.Url;
        if (deployment.Graph is { } graph) return $"a graph of {Of(graph.Nodes.Values.Sum(n => n.Steps.Count), "step")}";
        return deployment.Runtime == "observed" ? "a model elsewhere" : $"{deployment.Model}/{deployment.Version}";
    }

    /// <summary>How it runs, a sentence a setting.</summary>
    public static IReadOnlyList<string> Settings(Deployment deployment)
    {
        ArgumentNullException.ThrowIfNull(deployment);
        var settings = deployment.Settings;
        List<string> texts = [];
        if (settings.Scaling is { } s)
        {
            texts.Add($"{s.Min} to {Of(s.Max, "replica")}, {N(s.TargetConcurrency)} requests at once for each{(s.TargetLatencyMs is { } latency ? $", 95 % within {N(latency)} ms" : "")}; load averaged over {N(s.WindowSeconds)} s");
            if (s.Min == 0) texts.Add($"the last replica goes after {N(s.IdleSeconds)} s without a request; the next request waits for it up to {N(s.ColdStartSeconds)} s");
        }
        else if (deployment.Runtime is not ("observed" or "graph" or "remote")) texts.Add($"{Of(deployment.Replicas, "replica")}, whatever the load");
        if (settings.Batching is { } b) texts.Add($"batches of up to {Of(b.MaxSize, "row")}, waiting {N(b.MaxWaitMs)} ms at most");
        if (settings.TimeoutSeconds is { } timeout) texts.Add($"a request may take {N(timeout)} s");
        if (settings.Breaker is { } breaker)
            texts.Add(breaker.FailureRatio >= 1 ? "no circuit breaker" : $"left alone for {N(breaker.OpenSeconds)} s when {N(breaker.FailureRatio * 100)} % of at least {breaker.MinimumRequests} requests in {N(breaker.WindowSeconds)} s fail");
        if (settings.Resources is { } r && Resources(r) is { Length: > 0 } limits) texts.Add($"each replica may use {limits}");
        if (settings.Python?.Interpreter is { Length: > 0 } python) texts.Add($"Python: {python}");
        if (settings.Python?.InstallRequirements == true) texts.Add("a virtual environment of the model's requirements.txt");
        return texts;
    }

    /// <summary>How much may be asked; null for no limit.</summary>
    public static string? Limits(EndpointLimits? limits)
    {
        if (limits is null) return null;
        List<string> texts = [];
        if (limits.RequestsPerSecond is { } rps) texts.Add($"{N(rps)} requests a second");
        if (limits.MaxConcurrency is { } most) texts.Add($"{most} at once");
        if (limits.CallerRequestsPerSecond is { } each) texts.Add($"{N(each)} a second for each caller");
        if (limits.CallerMaxConcurrency is { } own) texts.Add($"{own} at once for each caller");
        return texts.Count == 0 ? null : string.Join(", ", texts);
    }

    /// <summary>Who may call, besides having the permission; null for no further rule.</summary>
    public static string? Ingress(IngressPolicy? ingress)
    {
        if (ingress is null) return null;
        List<string> who = [.. ingress.Users, .. ingress.Projects.Select(p => $"members of {p}")];
        List<string> texts = [];
        if (who.Count > 0) texts.Add(string.Join(", ", who));
        if (ingress.Addresses.Count > 0) texts.Add($"from {string.Join(", ", ingress.Addresses)}");
        return texts.Count == 0 ? null : string.Join("; ", texts);
    }

    private static string Resources(ResourceLimits limits)
    {
        List<string> texts = [];
        if (limits.Cpus is { } cpus) texts.Add($"{N(cpus)} CPU");
        if (limits.MemoryMb is { } memory) texts.Add($"{memory.ToString(CultureInfo.InvariantCulture)} MiB of memory");
        if (limits.Gpus is { } gpus and not 0) texts.Add(gpus < 0 ? "all GPUs" : Of(gpus, "GPU"));
        return string.Join(", ", texts);
    }

    private static string Of(int count, string word) => $"{count.ToString(CultureInfo.InvariantCulture)} {word}{(count == 1 ? "" : "s")}";

    private static string N(double value) => value.ToString("0.###", CultureInfo.InvariantCulture);
}
