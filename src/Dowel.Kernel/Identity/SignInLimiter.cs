using System.Net;
using System.Net.Sockets;

namespace Dowel.Kernel.Identity;

/// <summary>
/// Failed attempts in five minutes, then 429: ten for a user name from one address, fifty for an address (many people may share one), a hundred for
/// a user name (so that nobody is shut out by somebody elsewhere too easily). In memory and bounded. An attempt counts from its beginning
/// and is taken back when it succeeds, so attempts in parallel get no further than those in a row. An IPv6 network of /64 counts as one address.
/// </summary>
internal sealed class SignInLimiter(TimeProvider time)
{
    public const int PairLimit = 10;
    public const int AddressLimit = 50;
    public const int UserLimit = 100;
    public static readonly TimeSpan Window = TimeSpan.FromMinutes(5);
    internal const int MaxKeys = 20_000;
    private readonly Dictionary<string, Counter> _counters = [];
    private readonly Lock _lock = new();

    internal int Count { get { lock (_lock) return _counters.Count; } }

    /// <summary>Begins an attempt; null if it may go on, otherwise how long to wait.</summary>
    public TimeSpan? Begin(IPAddress? remote, string? user)
    {
        lock (_lock)
        {
            var now = time.GetTimestamp();
            var counters = KeysOf(remote, user).Select(k => (Counter: Find(k.Key, now), k.Limit)).ToList();
            if (counters.Find(c => c.Counter.Count >= c.Limit).Counter is { } full) return Window - time.GetElapsedTime(full.Since, now);
            foreach (var (counter, _) in counters) counter.Count++;
            return null;
        }
    }

    /// <summary>Ends an attempt that succeeded: the user's counters start anew, the address loses this one.</summary>
    public void Succeeded(IPAddress? remote, string? user)
    {
        lock (_lock)
        {
            foreach (var (key, limit) in KeysOf(remote, user))
                if (limit != AddressLimit || (_counters.TryGetValue(key, out var address) && --address.Count <= 0)) _counters.Remove(key);
        }
    }

    private Counter Find(string key, long now)
    {
        if (_counters.TryGetValue(key, out var counter))
        {
            if (time.GetElapsedTime(counter.Since, now) < Window) return counter;
            (counter.Since, counter.Count) = (now, 0);
            return counter;
        }
        if (_counters.Count >= MaxKeys) MakeRoom(now);
        return _counters[key] = new Counter { Since = now };
    }

    private void MakeRoom(long now)
    {
        foreach (var (key, counter) in _counters)
            if (time.GetElapsedTime(counter.Since, now) >= Window) _counters.Remove(key);
        if (_counters.Count < MaxKeys) return;
        // Those with the fewest failures go first: whoever is near the limit stays known.
        foreach (var (key, _) in _counters.OrderBy(c => c.Value.Count).ThenBy(c => c.Value.Since).Take(MaxKeys / 10).ToList()) _counters.Remove(key);
    }

    private static IEnumerable<(string Key, int Limit)> KeysOf(IPAddress? remote, string? user)
    {
        if (remote is { IsIPv4MappedToIPv6: true }) remote = remote.MapToIPv4();
        var address = remote is { AddressFamily: AddressFamily.InterNetworkV6 } ? Convert.ToHexString(remote.GetAddressBytes(), 0, 8) : $"{remote}";
        yield return ($"a:{address}", AddressLimit);
        if (user is null) yield break;
        var name = (user.Length > 64 ? user[..64] : user).ToLowerInvariant();
        yield return ($"p:{address} {name}", PairLimit);
        yield return ($"u:{name}", UserLimit);
    }

    private sealed class Counter
    {
        public long Since { get; set; }
        public int Count { get; set; }
    }
}
