using System.Net;
using System.Net.Sockets;
using Dowel.Contracts;
using Dowel.Kernel.Results;
using Microsoft.AspNetCore.Http;

namespace Dowel.Kernel.Identity;

/// <summary>
/// Ten failed attempts in five minutes for each address and each user name, then 429. In memory and bounded. An attempt counts from its beginning
/// and is taken back when it succeeds, so attempts in parallel get no further than those in a row. An IPv6 network of /64 counts as one address.
/// </summary>
internal sealed class SignInLimiter(TimeProvider time)
{
    public const int Limit = 10;
    public static readonly TimeSpan Window = TimeSpan.FromMinutes(5);
    internal const int MaxKeys = 20_000;
    private readonly Dictionary<string, Counter> _counters = [];
    private readonly Lock _lock = new();

    internal int Count { get { lock (_lock) return _counters.Count; } }

    /// <summary>Begins an attempt; null if it may go on, otherwise the refusal, with Retry-After set on the response.</summary>
    public Failure? Begin(HttpContext context, string? user)
    {
        if (Begin(context.Connection.RemoteIpAddress, user) is not { } wait) return null;
        var seconds = Math.Max(1, (int)Math.Ceiling(wait.TotalSeconds));
        context.Response.Headers.RetryAfter = seconds.ToString(System.Globalization.CultureInfo.InvariantCulture);
        return new Failure(ErrorCodes.RateLimited, $"Too many failed attempts to sign in; try again in {seconds} seconds.");
    }

    /// <summary>Begins an attempt; null if it may go on, otherwise how long to wait.</summary>
    public TimeSpan? Begin(IPAddress? remote, string? user)
    {
        lock (_lock)
        {
            var now = time.GetTimestamp();
            var address = Find(AddressKey(remote), now);
            var name = user is null ? null : Find(UserKey(user), now);
            var full = address.Count >= Limit ? address : name?.Count >= Limit ? name : null;
            if (full is not null) return Window - time.GetElapsedTime(full.Since, now);
            address.Count++;
            if (name is not null) name.Count++;
            return null;
        }
    }

    /// <summary>Ends an attempt that succeeded: the user's counter starts anew, the address loses this one.</summary>
    public void Succeeded(IPAddress? remote, string? user)
    {
        lock (_lock)
        {
            if (_counters.TryGetValue(AddressKey(remote), out var address) && --address.Count <= 0) _counters.Remove(AddressKey(remote));
            if (user is not null) _counters.Remove(UserKey(user));
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

    private static string AddressKey(IPAddress? remote)
    {
        if (remote is { IsIPv4MappedToIPv6: true }) remote = remote.MapToIPv4();
        return remote is { AddressFamily: AddressFamily.InterNetworkV6 } ? $"a:{Convert.ToHexString(remote.GetAddressBytes(), 0, 8)}" : $"a:{remote}";
    }

    private static string UserKey(string user) => $"u:{(user.Length > 64 ? user[..64] : user).ToLowerInvariant()}";

    private sealed class Counter
    {
        public long Since { get; set; }
        public int Count { get; set; }
    }
}
