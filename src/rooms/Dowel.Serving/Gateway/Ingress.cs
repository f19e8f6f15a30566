using System.Net;
using Dowel.Contracts;
using Dowel.Kernel.Access;
using Dowel.Kernel.Results;

namespace Dowel.Serving.Gateway;

/// <summary>An endpoint's ingress policy, ready to be asked by every request.</summary>
internal sealed class Ingress
{
    private readonly HashSet<string> _users;
    private readonly string[] _projects;
    private readonly IPNetwork[] _addresses;

    private Ingress(HashSet<string> users, string[] projects, IPNetwork[] addresses) => (_users, _projects, _addresses) = (users, projects, addresses);

    /// <summary>Null where there is no rule.</summary>
    /// <param name="policy">The policy.</param>
    /// <param name="projects">The ids of its projects.</param>
    public static Ingress? Of(IngressPolicy? policy, IReadOnlyList<string> projects)
        => policy is null or { Users.Count: 0, Projects.Count: 0, Addresses.Count: 0 } ? null : new Ingress([.. policy.Users], [.. projects], [.. policy.Addresses.Select(a => Parse(a)!.Value)]);

    /// <summary>What is wrong with the ranges; null for nothing.</summary>
    public static Failure? Check(IngressPolicy policy)
    {
        foreach (var range in policy.Addresses)
            if (Parse(range) is null) return Failure.Invalid("ingress.addresses", range, "an address or a range such as 10.0.0.0/8 or 2001:db8::/32");
        return null;
    }

    /// <summary>Whether the actor may call from where they are. <paramref name="isMember"/> says whether they belong to a project.</summary>
    public async ValueTask<bool> AllowsAsync(Actor actor, Func<Actor, string, ValueTask<bool>> isMember)
    {
        if (_addresses.Length > 0 && (!IPAddress.TryParse(actor.Remote, out var from) || !Array.Exists(_addresses, a => a.Contains(from.IsIPv4MappedToIPv6 ? from.MapToIPv4() : from)))) return false;
        if (_users.Count == 0 && _projects.Length == 0) return true;
        if (_users.Contains(actor.UserName)) return true;
        foreach (var project in _projects)
            if (await isMember(actor, project)) return true;
        return false;
    }

    private static IPNetwork? Parse(string range)
    {
        if (IPNetwork.TryParse(range, out var network)) return network;
        return IPAddress.TryParse(range, out var address) ? new IPNetwork(address, address.AddressFamily == System.Net.Sockets.AddressFamily.InterNetwork ? 32 : 128) : null;
    }
}
