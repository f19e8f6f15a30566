using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;
using System.Net;
using Dowel.Kernel.Access;
using Dowel.Kernel.Relational;

namespace Dowel.Kernel.Identity;

/// <summary>
/// The tokens in use, in memory: the hot path asks nobody else. A change on this server drops them at once (<see cref="IdentityCaches"/>);
/// one made by another server on the same database is seen after <see cref="Lifetime"/> at most.
/// </summary>
internal sealed class TokenCache(TimeProvider time, TokenUsage usage)
{
    public static readonly TimeSpan Lifetime = TimeSpan.FromSeconds(30);
    private readonly ConcurrentDictionary<SecretKey, TokenEntry> _entries = new();
    private long _generation;

    public long Generation => Interlocked.Read(ref _generation);

    public void Clear()
    {
        Interlocked.Increment(ref _generation);
        _entries.Clear();
    }

    public bool TryGet(in SecretKey key, IPAddress? remote, [MaybeNullWhen(false)] out Actor actor)
    {
        actor = null;
        if (!_entries.TryGetValue(key, out var entry) || time.GetTimestamp() >= entry.Until) return false;
        var now = time.NowMicros();
        if (entry.ExpiresAt <= now) return false;
        usage.Touch(entry, now);
        actor = entry.Actors.For(remote);
        return true;
    }

    /// <summary>Keeps what was read from the database, unless something changed since <paramref name="generation"/> was taken.</summary>
    public TokenEntry Put(in SecretKey key, Actor actor, long? expiresAt, long? lastUsedAt, long generation)
    {
        var entry = new TokenEntry(actor, expiresAt, lastUsedAt ?? 0, time.GetTimestamp() + (long)(Lifetime.TotalSeconds * time.TimestampFrequency));
        if (generation != Generation) return entry;
        if (_entries.Count > 50_000) _entries.Clear();
        _entries[key] = entry;
        if (generation != Generation) _entries.TryRemove(key, out _);
        return entry;
    }
}

/// <summary>A token in memory.</summary>
internal sealed class TokenEntry(Actor actor, long? expiresAt, long lastUsedAt, long until)
{
    private long _lastUsedAt = lastUsedAt;

    public ActorAtRemote Actors { get; } = new(actor);
    public string TokenId { get; } = actor.TokenId ?? "";
    public string UserId { get; } = actor.UserId;
    public long? ExpiresAt { get; } = expiresAt;
    public long Until { get; } = until;

    /// <summary>True once a minute: then the use is to be written down.</summary>
    public bool IsNoteworthy(long now)
    {
        var last = Volatile.Read(ref _lastUsedAt);
        return now - last >= TokenUsage.IntervalMicros && Interlocked.CompareExchange(ref _lastUsedAt, now, last) == last;
    }
}
