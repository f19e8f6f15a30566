using Dowel.Contracts;
using Dowel.Kernel.Access;
using Dowel.Kernel.Relational;

namespace Dowel.Kernel.Lineage;

/// <summary>Edges between things across rooms: what was made from what, what uses what.</summary>
public interface ILineage
{
    /// <summary>Adds an edge within a transaction; an edge that exists stays.</summary>
    /// <param name="session">The transaction.</param>
    /// <param name="fromId">Id of the source resource.</param>
    /// <param name="fromVersion">Its version, or empty.</param>
    /// <param name="toId">Id of the resource made from it.</param>
    /// <param name="toVersion">Its version (or run id), or empty.</param>
    /// <param name="relation">How: <c>feeds</c>, <c>trained</c>, <c>registered</c>, <c>serves</c>, <c>joins</c>, <c>predicts</c>.</param>
    Task AddAsync(DbSession session, string fromId, string fromVersion, string toId, string toVersion, string relation);

    /// <summary>Removes the edges into a resource of one relation, such as when an endpoint joins other features.</summary>
    Task RemoveAsync(DbSession session, string toId, string relation);

    /// <summary>Resolves references such as <c>dataset:titanic@1</c> or <c>features:passenger_features@3</c> to edges into a resource; unknown ones are skipped.</summary>
    Task AddReferencesAsync(DbSession session, Actor actor, IEnumerable<string> references, string toId, string toVersion, string relation);

    /// <summary>The edges around a resource, or one version of it, both ways, as far as <paramref name="depth"/> steps. Things the actor may not see are hidden.</summary>
    Task<IReadOnlyList<LineageEdge>> AroundAsync(Actor actor, string resourceId, string? version, int depth, CancellationToken cancellationToken);
}
