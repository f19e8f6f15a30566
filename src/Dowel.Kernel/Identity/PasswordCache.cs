using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;

namespace Dowel.Kernel.Identity;

/// <summary>
/// Passwords of HTTP Basic that were verified in the last five minutes, so that a request does not cost a tenth of a second each.
/// Kept as an HMAC under a key that lives only in this process; forgotten at any change of users (<see cref="IdentityCaches"/>).
/// </summary>
internal sealed class PasswordCache(TimeProvider time)
{
    private static readonly TimeSpan Lifetime = TimeSpan.FromMinutes(5);
    private readonly byte[] _key = RandomNumberGenerator.GetBytes(32);
    private readonly ConcurrentDictionary<SecretKey, (UserRow User, long Until)> _verified = new();
    private long _generation;

    public long Generation => Interlocked.Read(ref _generation);

    public SecretKey KeyOf(string user, string password) => SecretKey.FromHash(HMACSHA256.HashData(_key, Encoding.UTF8.GetBytes($"{user}\0{password}")));

    public void Clear()
    {
        Interlocked.Increment(ref _generation);
        _verified.Clear();
    }

    public UserRow? Find(in SecretKey key) => _verified.TryGetValue(key, out var found) && time.GetTimestamp() < found.Until ? found.User : null;

    public void Put(in SecretKey key, UserRow user, long generation)
    {
        if (generation != Generation) return;
        if (_verified.Count > 10_000) _verified.Clear();
        _verified[key] = (user, time.GetTimestamp() + (long)(Lifetime.TotalSeconds * time.TimestampFrequency));
        if (generation != Generation) _verified.TryRemove(key, out _);
    }

    public void Forget(in SecretKey key) => _verified.TryRemove(key, out _);
}
