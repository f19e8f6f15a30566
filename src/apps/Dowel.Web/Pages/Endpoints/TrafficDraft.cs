namespace Dowel.Web.Pages.Endpoints;

/// <summary>The shares of an endpoint's deployments, in percent, as a form has them.</summary>
public sealed class TrafficDraft
{
    private readonly Dictionary<string, int> shares;

    /// <summary>The shares as they are.</summary>
    /// <param name="deployments">The deployments.</param>
    public TrafficDraft(IReadOnlyList<Deployment> deployments) => shares = deployments.ToDictionary(d => d.Name, d => d.Traffic);

    /// <summary>The share of a deployment.</summary>
    /// <param name="name">Its name.</param>
    public int this[string name] => shares[name];

    /// <summary>What is given in all.</summary>
    public int Total => shares.Values.Sum();

    /// <summary>All shares by name.</summary>
    public IReadOnlyDictionary<string, int> Shares => shares;

    /// <summary>Sets a share. Of two, the other one gets the rest.</summary>
    /// <param name="name">The deployment.</param>
    /// <param name="share">0 to 100.</param>
    public void Set(string name, int share)
    {
        shares[name] = Math.Clamp(share, 0, 100);
        if (shares.Count == 2) shares[shares.Keys.First(n => n != name)] = 100 - shares[name];
    }
}
