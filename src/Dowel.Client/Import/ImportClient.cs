using Dowel.Contracts;

namespace Dowel.Client;

/// <summary>Brings what another tracking server has into a project. Every call is whole or absent, and the same again changes nothing.</summary>
public sealed class ImportClient
{
    private readonly DowelHttp http;

    internal ImportClient(DowelHttp http) => this.http = http;

    /// <summary>An import from a source into a project.</summary>
    /// <param name="project">The project.</param>
    /// <param name="source">What tells the source from others: a SHA-256 in lower-case hexadecimal.</param>
    public MlflowImport FromMlflow(string project, string source) => new(http, project, source);
}

/// <summary>An import of an MLflow server's data into a project.</summary>
public sealed class MlflowImport
{
    private readonly DowelHttp http;
    private readonly string project;
    private readonly string source;

    internal MlflowImport(DowelHttp http, string project, string source) => (this.http, this.project, this.source) = (http, project, source);

    private ApiPath Root => ApiPath.Api("import/mlflow").Then(project).Then(source);

    /// <summary>Takes in an experiment, or finds the one that came before.</summary>
    public Task<ImportedExperiment> ExperimentAsync(string id, ImportExperiment experiment, CancellationToken cancellationToken = default) =>
        http.SendAsync<ImportedExperiment>(HttpMethod.Put, Root.Literal("experiments").Then(id), experiment, null, cancellationToken);

    /// <summary>How far runs are.</summary>
    public Task<IReadOnlyList<ImportState>> CheckRunsAsync(IReadOnlyList<ImportItem> runs, CancellationToken cancellationToken = default) =>
        PostAsync<IReadOnlyList<ImportState>>(Root.Literal("runs/check"), new ImportCheck { Items = runs }, cancellationToken);

    /// <summary>Takes in runs of an experiment.</summary>
    public Task<ImportResult> RunsAsync(string experiment, IReadOnlyList<ImportRun> runs, CancellationToken cancellationToken = default) =>
        PostAsync<ImportResult>(Root.Literal("experiments").Then(experiment).Literal("runs"), new ImportRuns { Runs = runs }, cancellationToken);

    /// <summary>Takes in metric points of runs.</summary>
    public Task<ImportResult> MetricsAsync(IReadOnlyList<ImportSeries> runs, CancellationToken cancellationToken = default) =>
        PostAsync<ImportResult>(Root.Literal("metrics"), new ImportMetrics { Runs = runs }, cancellationToken);

    /// <summary>How far logged models are.</summary>
    public Task<IReadOnlyList<ImportState>> CheckLoggedModelsAsync(IReadOnlyList<ImportItem> models, CancellationToken cancellationToken = default) =>
        PostAsync<IReadOnlyList<ImportState>>(Root.Literal("logged-models/check"), new ImportCheck { Items = models }, cancellationToken);

    /// <summary>Takes in logged models of an experiment.</summary>
    public Task<ImportResult> LoggedModelsAsync(string experiment, IReadOnlyList<ImportLoggedModel> models, CancellationToken cancellationToken = default) =>
        PostAsync<ImportResult>(Root.Literal("experiments").Then(experiment).Literal("logged-models"), new ImportLoggedModels { Models = models }, cancellationToken);

    /// <summary>Which files are still to be sent.</summary>
    public Task<ImportFilesState> CheckFilesAsync(IReadOnlyList<ImportFile> files, CancellationToken cancellationToken = default) =>
        PostAsync<ImportFilesState>(Root.Literal("files/check"), new ImportFiles { Files = files }, cancellationToken);

    /// <summary>Sends a file of a run or logged model; the content is sent as it is read, and closed.</summary>
    public Task<ArtifactInfo> FileAsync(string owner, string path, Stream content, CancellationToken cancellationToken = default) =>
        http.UploadAsync<ArtifactInfo>(HttpMethod.Put, Root.Literal("files").Then(owner).ThenPath(path), content, "application/octet-stream", cancellationToken);

    /// <summary>Takes in a registered model, or says which of its versions have come.</summary>
    public Task<ImportedModel> ModelAsync(ImportModel model, CancellationToken cancellationToken = default) => PostAsync<ImportedModel>(Root.Literal("models"), model, cancellationToken);

    /// <summary>Takes in versions of an imported model.</summary>
    public Task<ImportResult> ModelVersionsAsync(string model, IReadOnlyList<ImportModelVersion> versions, CancellationToken cancellationToken = default) =>
        PostAsync<ImportResult>(Root.Literal("models/versions"), new ImportModelVersions { Model = model, Versions = versions }, cancellationToken);

    /// <summary>Sets the aliases of an imported model, and closes its import.</summary>
    public Task<ImportResult> AliasesAsync(ImportAliases aliases, CancellationToken cancellationToken = default) => PostAsync<ImportResult>(Root.Literal("models/aliases"), aliases, cancellationToken);

    private Task<T> PostAsync<T>(ApiPath path, object body, CancellationToken cancellationToken) => http.SendAsync<T>(HttpMethod.Post, path, body, null, cancellationToken);
}
