using System.Globalization;
using System.Net;
using Dowel.Kernel.Results;

namespace Dowel.Adapters.Docker;

/// <summary>Where a deployment may connect to.</summary>
/// <param name="allowed"><c>host:port</c>, <c>*.domain:port</c> or <c>address/bits:port</c>.</param>
internal sealed class EgressRules(IReadOnlyList<string> allowed)
{
    private readonly Rule[] _rules = [.. allowed.Select(a => Parse(a)!)];

    public IReadOnlyList<string> Allowed => allowed;

    /// <summary>What is wrong with a list; null for nothing.</summary>
    public static Failure? Check(IReadOnlyList<string> egress)
        => egress is ["*"] || egress.FirstOrDefault(e => Parse(e) is null) is not { } wrong ? null
            : Failure.Invalid("deployment.container.egress", wrong, "host:port or address/bits:port for each destination, nothing for nowhere, or '*' alone for anywhere");

    /// <summary>
    /// Which of the addresses that a host means are refused to it: all where no rule names the host, but for those that lie in a range of a rule. This machine's own
    /// (127.0.0.1) always is: what listens there counts on being asked from here alone.
    /// </summary>
    public Func<IPAddress, bool> Refuses(string host, int port)
    {
        var rules = _rules.Where(r => r.Port == port).ToList();
        var isNamed = rules.Exists(r => r.Range is null && (r.Host.StartsWith("*.", StringComparison.Ordinal) ? host.EndsWith(r.Host[1..], StringComparison.OrdinalIgnoreCase) : host.Equals(r.Host, StringComparison.OrdinalIgnoreCase)));
        return address => IPAddress.IsLoopback(address) || !(isNamed || rules.Exists(r => r.Range?.Contains(address) == true));
    }

    private static Rule? Parse(string text)
    {
        var colon = text.LastIndexOf(':');
        if (colon <= 0 || !int.TryParse(text.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var port) || port is < 1 or > 65535) return null;
        var host = text[..colon].Trim('[', ']');
        if (host.Contains('/')) return IPNetwork.TryParse(host, out var range) ? new(host, range, port) : null;
        if (IPAddress.TryParse(host, out var address)) return new(host, new IPNetwork(address, address.GetAddressBytes().Length * 8), port);
        return Uri.CheckHostName(host.StartsWith("*.", StringComparison.Ordinal) ? host[2..] : host) == UriHostNameType.Dns ? new(host, null, port) : null;
    }

    private sealed record Rule(string Host, IPNetwork? Range, int Port);
}
