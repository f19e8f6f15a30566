using Dowel.Contracts;
using Dowel.Kernel.Relational;
using Dowel.Kernel.Results;

namespace Dowel.Serving.Endpoints;

/// <summary>New shares of an endpoint's traffic, and deployments that are let go of.</summary>
internal sealed class TrafficChange
{
    private readonly Dictionary<string, int> _shares;
    private readonly HashSet<string> _removed;

    private TrafficChange(Dictionary<string, int> shares, HashSet<string> removed) => (_shares, _removed) = (shares, removed);

    /// <summary>Checks what a patch asks for.</summary>
    public static Result<TrafficChange> Create(LiveEndpoint endpoint, PatchEndpoint patch)
    {
        var shares = endpoint.Deployments.ToDictionary(d => d.Row.Id, d => d.Row.Traffic);
        if (patch.Traffic is { } traffic)
        {
            foreach (var id in shares.Keys) shares[id] = 0;
            foreach (var (name, share) in traffic)
            {
                if (Find(endpoint, name) is not { } deployment) return Failure.Invalid("traffic", name, $"the name of a deployment: {Names(endpoint)}");
                if (share is < 0 or > 100) return Failure.Invalid($"traffic.{name}", share, "0 to 100");
                if (share > 0 && !deployment.Answers) return Failure.Invalid($"traffic.{name}", share, $"0, as the deployment is {deployment.State.ToString().ToLowerInvariant()}");
                shares[deployment.Row.Id] = share;
            }
            if (shares.Values.Sum() is not 100 and var sum) return Failure.Invalid("traffic", $"shares that add up to {sum}", "shares that add up to 100");
        }
        var removed = new HashSet<string>();
        foreach (var name in patch.RemoveDeployments ?? [])
        {
            if (Find(endpoint, name) is not { } deployment) return Failure.Invalid("removeDeployments", name, $"the name of a deployment: {Names(endpoint)}");
            if (shares[deployment.Row.Id] > 0) return Failure.Invalid("removeDeployments", name, "a deployment without traffic");
            removed.Add(deployment.Row.Id);
        }
        return new TrafficChange(shares, removed);
    }

    /// <summary>What the trail keeps.</summary>
    public static object Describe(LiveEndpoint endpoint, TrafficChange? change = null)
        => endpoint.Deployments.Where(d => change?._removed.Contains(d.Row.Id) != true).Select(d => new { d.Row.Name, Traffic = change?._shares[d.Row.Id] ?? d.Row.Traffic }).ToList();

    public async Task SaveAsync(DbSession session, EndpointStore store, LiveEndpoint endpoint)
    {
        foreach (var deployment in endpoint.Deployments)
            if (_removed.Contains(deployment.Row.Id)) await store.RemoveDeploymentAsync(session, deployment.Row.Id);
            else if (_shares[deployment.Row.Id] != deployment.Row.Traffic) await store.SetTrafficAsync(session, deployment.Row.Id, _shares[deployment.Row.Id]);
    }

    /// <summary>The endpoint with the new shares; rows that came meanwhile keep theirs.</summary>
    public LiveEndpoint Apply(LiveEndpoint endpoint, List<LiveDeployment> removed)
    {
        removed.Clear();
        removed.AddRange(endpoint.Deployments.Where(d => _removed.Contains(d.Row.Id)));
        foreach (var deployment in endpoint.Deployments)
            if (_shares.TryGetValue(deployment.Row.Id, out var share)) deployment.Row.Traffic = share;
        return endpoint with { Deployments = [.. endpoint.Deployments.Where(d => !_removed.Contains(d.Row.Id))] };
    }

    private static LiveDeployment? Find(LiveEndpoint endpoint, string name) => endpoint.Deployments.LastOrDefault(d => d.Row.Name == name || d.Row.Id == name);

    private static string Names(LiveEndpoint endpoint) => string.Join(", ", endpoint.Deployments.Select(d => d.Row.Name));
}
