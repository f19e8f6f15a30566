using Dowel.Contracts;

namespace Dowel.Client;

/// <summary>Sharing and lineage of any thing, by its id.</summary>
public sealed class ResourcesClient
{
    private readonly DowelHttp http;

    internal ResourcesClient(DowelHttp http) => this.http = http;

    /// <summary>Who may see a thing.</summary>
    public Task<Sharing> SharingAsync(string id, CancellationToken cancellationToken = default) =>
        http.GetAsync<Sharing>(ApiPath.Api("resources").Then(id).Literal("sharing"), cancellationToken);

    /// <summary>Sets who may see a thing; replaces what was set.</summary>
    public Task<Sharing> ShareAsync(string id, Sharing sharing, CancellationToken cancellationToken = default) =>
        http.SendAsync<Sharing>(HttpMethod.Put, ApiPath.Api("resources").Then(id).Literal("sharing"), sharing, null, cancellationToken);

    /// <summary>Where a thing comes from and what was made from it.</summary>
    /// <param name="id">The thing's id.</param>
    /// <param name="cancellationToken">Ends it.</param>
    public Task<IReadOnlyList<LineageEdge>> LineageAsync(string id, CancellationToken cancellationToken = default) => LineageAsync(id, null, null, cancellationToken);

    /// <summary>Where a thing or one version of it comes from and what was made from it, so many steps away.</summary>
    /// <param name="id">The thing's id.</param>
    /// <param name="version">Its version (of an experiment: a run's id); null for all.</param>
    /// <param name="depth">How many edges away at most; null for the server's default.</param>
    /// <param name="cancellationToken">Ends it.</param>
    public Task<IReadOnlyList<LineageEdge>> LineageAsync(string id, string? version, int? depth, CancellationToken cancellationToken = default) =>
        http.GetAsync<IReadOnlyList<LineageEdge>>(ApiPath.Api("resources").Then(id).Literal("lineage").With("version", version).With("depth", depth), cancellationToken);
}
