using System.Collections.Concurrent;
using Dowel.Contracts;
using Dowel.Kernel.Access;

namespace Dowel.Kernel.Resources;

/// <summary>Remembers permissions for the hot path. Cleared at every change that could alter one.</summary>
public sealed class AccessCache(TimeProvider time)
{
    private static readonly TimeSpan Lifetime = TimeSpan.FromSeconds(30);
    private readonly ConcurrentDictionary<Key, (Permission Permission, long Until)> _answers = new();
    private long _generation;

    /// <summary>Counts the clearings; an answer computed before one is not kept after it.</summary>
    internal long Generation => Interlocked.Read(ref _generation);

    /// <summary>Forgets everything. Call it after a change of users, tokens, roles, shares or visibility.</summary>
    public void Clear()
    {
        Interlocked.Increment(ref _generation);
        _answers.Clear();
    }

    internal bool TryGet(Actor actor, string resourceId, out Permission permission)
    {
        if (_answers.TryGetValue(KeyOf(actor, resourceId), out var answer) && time.GetTimestamp() < answer.Until)
        {
            permission = answer.Permission;
            return true;
        }
        permission = Permission.None;
        return false;
    }

    internal void Put(Actor actor, string resourceId, Permission permission, long generation)
    {
        if (generation != Generation) return;
        // Strangers could fill the memory with ids that do not exist.
        if (_answers.Count > 100_000) _answers.Clear();
        _answers[KeyOf(actor, resourceId)] = (permission, time.GetTimestamp() + (long)(Lifetime.TotalSeconds * time.TimestampFrequency));
        if (generation != Generation) _answers.Clear();
    }

    private static Key KeyOf(Actor actor, string resourceId) => new(actor.UserId, actor.ProjectScope, actor.IsAdmin, actor.IsAuditor, resourceId);

    private readonly record struct Key(string User, string? Scope, bool Admin, bool Auditor, string Resource);
}
