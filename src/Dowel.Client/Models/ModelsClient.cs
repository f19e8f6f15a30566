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

    /// <summary>A page of the models that the caller may see: of MLflow's prompts alone, or without them.</summary>
    public Task<Page<RegisteredModel>> ListAsync(ListQuery? query, bool prompts, CancellationToken cancellationToken = default) =>
        http.GetAsync<Page<RegisteredModel>>(ApiPath.Api("models").With(query).With("prompts", prompts ? "true" : "false"), cancellationToken);

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
    public Task<RegisteredModel> UpdateAsync(string model, ResourcePatch change, long? ifRevision = null, string? reason = null, CancellationToken cancellationToken = default) =>
        http.SendAsync<RegisteredModel>(HttpMethod.Patch, Path(model).With("reason", reason), change, ifRevision, cancellationToken);

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

    /// <summary>Changes a version's description or tags.</summary>
    public Task<ModelVersion> UpdateVersionAsync(string model, string version, PatchModelVersion change, CancellationToken cancellationToken = default) =>
        http.SendAsync<ModelVersion>(HttpMethod.Patch, Version(model, version), change, null, cancellationToken);

    /// <summary>Deletes a version; its number is not given again.</summary>
    public Task DeleteVersionAsync(string model, string version, string? reason = null, CancellationToken cancellationToken = default) =>
        http.SendAsync(HttpMethod.Delete, Version(model, version).With("reason", reason), null, null, cancellationToken);

    /// <summary>Moves a version to a stage of MLflow's; a protected one is entered only past the gate.</summary>
    public Task<ModelVersion> SetStageAsync(string model, string version, SetStage stage, CancellationToken cancellationToken = default) =>
        http.SendAsync<ModelVersion>(HttpMethod.Put, Version(model, version).Literal("stage"), stage, null, cancellationToken);

    /// <summary>Runs a version through the model's gate, against the holder of an alias (by default the first protected one).</summary>
    public Task<GateResult> ValidateAsync(string model, string version, string? alias = null, CancellationToken cancellationToken = default) =>
        http.SendAsync<GateResult>(HttpMethod.Post, Version(model, version).Literal("validate").With("alias", alias), null, null, cancellationToken);

    /// <summary>What people said of a version before its protected aliases, newest first.</summary>
    public Task<IReadOnlyList<Approval>> ApprovalsAsync(string model, string version, CancellationToken cancellationToken = default) =>
        http.GetAsync<IReadOnlyList<Approval>>(Version(model, version).Literal("approvals"), cancellationToken);

    /// <summary>Approves or rejects a version for a protected alias.</summary>
    public Task<Approval> ApproveAsync(string model, string version, SetApproval approval, CancellationToken cancellationToken = default) =>
        http.SendAsync<Approval>(HttpMethod.Post, Version(model, version).Literal("approvals"), approval, null, cancellationToken);

    /// <summary>Opens a file of a version; dispose the stream.</summary>
    public Task<Stream> DownloadFileAsync(string model, string version, string path, long? from = null, CancellationToken cancellationToken = default) =>
        http.DownloadAsync(Path(model).Literal("versions").Then(version).Literal("files").ThenPath(path), from, cancellationToken);

    /// <summary>Points an alias at a version; a protected one moves only past the gate.</summary>
    public Task SetAliasAsync(string model, string alias, int version, string? reason = null, CancellationToken cancellationToken = default) =>
        http.SendAsync(HttpMethod.Put, Path(model).Literal("aliases").Then(alias), new SetAlias(version, reason), null, cancellationToken);

    /// <summary>Removes an alias.</summary>
    public Task DeleteAliasAsync(string model, string alias, string? reason = null, CancellationToken cancellationToken = default) =>
        http.SendAsync(HttpMethod.Delete, Path(model).Literal("aliases").Then(alias).With("reason", reason), null, null, cancellationToken);

    /// <summary>A page of the changes of a model and its versions, newest first.</summary>
    public Task<Page<ModelChange>> HistoryAsync(string model, HistoryQuery? query = null, CancellationToken cancellationToken = default) =>
        http.GetAsync<Page<ModelChange>>(Path(model).Literal("history").With("kind", query?.Kind).With("version", query?.Version).With("cursor", query?.Cursor).With("limit", query?.Limit), cancellationToken);

    /// <summary>All changes of a model and its versions, newest first.</summary>
    public IAsyncEnumerable<ModelChange> AllHistoryAsync(string model, HistoryQuery? query = null, CancellationToken cancellationToken = default) =>
        Paging.AllAsync((cursor, ct) => HistoryAsync(model, (query ?? new()) with { Cursor = cursor }, ct), cancellationToken);

    private static ApiPath Version(string model, string version) => Path(model).Literal("versions").Then(version);

    private static ApiPath Path(string model) => ApiPath.Api("models").Then(model);
}
