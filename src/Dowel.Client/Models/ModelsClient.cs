using Dowel.Contracts;

namespace Dowel.Client;

/// <summary>Registered models, their versions, gates and aliases. A version is named by number or alias.</summary>
public sealed class ModelsClient
{
    private readonly DowelHttp http;

    internal ModelsClient(DowelHttp http) => this.http = http;

    /// <summary>A page of the models that the caller may see.</summary>
    public Task<Page<RegisteredModel>> ListAsync(ListQuery? query = null, CancellationToken cancellationToken = default) =>
        http.GetAsync<Page<RegisteredModel>>(ApiPath.Api("models").With(query), cancellationToken);

    /// <summary>All models that the caller may see.</summary>
    public IAsyncEnumerable<RegisteredModel> AllAsync(ListQuery? query = null, CancellationToken cancellationToken = default) =>
        Paging.AllAsync((cursor, ct) => ListAsync((query ?? new()) with { Cursor = cursor }, ct), cancellationToken);

    /// <summary>One model.</summary>
    public Task<RegisteredModel> GetAsync(string model, CancellationToken cancellationToken = default) =>
        http.GetAsync<RegisteredModel>(Path(model), cancellationToken);

    /// <summary>Makes a registered model, without versions at first.</summary>
    public Task<RegisteredModel> CreateAsync(CreateModel model, CancellationToken cancellationToken = default) =>
        http.SendAsync<RegisteredModel>(HttpMethod.Post, ApiPath.Api("models"), model, null, cancellationToken);

    /// <summary>Changes a model's description, owner, name or tags.</summary>
    public Task<RegisteredModel> UpdateAsync(string model, ResourcePatch change, long? ifRevision = null, CancellationToken cancellationToken = default) =>
        http.SendAsync<RegisteredModel>(HttpMethod.Patch, Path(model), change, ifRevision, cancellationToken);

    /// <summary>Deletes a model with its versions.</summary>
    public Task DeleteAsync(string model, long? ifRevision = null, CancellationToken cancellationToken = default) =>
        http.SendAsync(HttpMethod.Delete, Path(model), null, ifRevision, cancellationToken);

    /// <summary>Sets what a version must pass before a protected alias moves to it.</summary>
    public Task<RegisteredModel> SetGateAsync(string model, ValidationGate gate, CancellationToken cancellationToken = default) =>
        http.SendAsync<RegisteredModel>(HttpMethod.Put, Path(model).Literal("gate"), gate, null, cancellationToken);

    /// <summary>A page of a model's versions.</summary>
    public Task<Page<ModelVersion>> VersionsAsync(string model, ListQuery? query = null, CancellationToken cancellationToken = default) =>
        http.GetAsync<Page<ModelVersion>>(Path(model).Literal("versions").With(query), cancellationToken);

    /// <summary>All versions of a model.</summary>
    public IAsyncEnumerable<ModelVersion> AllVersionsAsync(string model, ListQuery? query = null, CancellationToken cancellationToken = default) =>
        Paging.AllAsync((cursor, ct) => VersionsAsync(model, (query ?? new()) with { Cursor = cursor }, ct), cancellationToken);

    /// <summary>One version.</summary>
    public Task<ModelVersion> GetVersionAsync(string model, string version, CancellationToken cancellationToken = default) =>
        http.GetAsync<ModelVersion>(Path(model).Literal("versions").Then(version), cancellationToken);

    /// <summary>Registers a version from a run's artifacts.</summary>
    public Task<ModelVersion> CreateVersionAsync(string model, CreateModelVersion version, CancellationToken cancellationToken = default) =>
        http.SendAsync<ModelVersion>(HttpMethod.Post, Path(model).Literal("versions"), version, null, cancellationToken);

    /// <summary>Runs a version through the model's gate.</summary>
    public Task<GateResult> ValidateAsync(string model, string version, CancellationToken cancellationToken = default) =>
        http.SendAsync<GateResult>(HttpMethod.Post, Path(model).Literal("versions").Then(version).Literal("validate"), null, null, cancellationToken);

    /// <summary>Opens a file of a version; dispose the stream.</summary>
    public Task<Stream> DownloadFileAsync(string model, string version, string path, long? from = null, CancellationToken cancellationToken = default) =>
        http.DownloadAsync(Path(model).Literal("versions").Then(version).Literal("files").ThenPath(path), from, cancellationToken);

    /// <summary>Points an alias at a version; a protected one moves only past the gate.</summary>
    public Task SetAliasAsync(string model, string alias, int version, string? reason = null, CancellationToken cancellationToken = default) =>
        http.SendAsync(HttpMethod.Put, Path(model).Literal("aliases").Then(alias), new SetAlias(version, reason), null, cancellationToken);

    /// <summary>Removes an alias.</summary>
    public Task DeleteAliasAsync(string model, string alias, CancellationToken cancellationToken = default) =>
        http.SendAsync(HttpMethod.Delete, Path(model).Literal("aliases").Then(alias), null, null, cancellationToken);

    /// <summary>Every move of the model's aliases.</summary>
    public Task<IReadOnlyList<AliasMove>> AliasHistoryAsync(string model, CancellationToken cancellationToken = default) =>
        http.GetAsync<IReadOnlyList<AliasMove>>(Path(model).Literal("aliases/history"), cancellationToken);

    private static ApiPath Path(string model) => ApiPath.Api("models").Then(model);
}
