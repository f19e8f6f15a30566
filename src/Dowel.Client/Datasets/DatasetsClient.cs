using Dowel.Contracts;

namespace Dowel.Client;

/// <summary>Datasets and SQL queries over them.</summary>
public sealed class DatasetsClient
{
    private readonly DowelHttp http;

    internal DatasetsClient(DowelHttp http) => this.http = http;

    /// <summary>A page of the datasets that the caller may see.</summary>
    public Task<Page<Dataset>> ListAsync(ListQuery? query = null, CancellationToken cancellationToken = default) =>
        http.GetAsync<Page<Dataset>>(ApiPath.Api("datasets").With(query), cancellationToken);

    /// <summary>All datasets that the caller may see.</summary>
    public IAsyncEnumerable<Dataset> AllAsync(ListQuery? query = null, CancellationToken cancellationToken = default) =>
        Paging.AllAsync((cursor, ct) => ListAsync((query ?? new()) with { Cursor = cursor }, ct), cancellationToken);

    /// <summary>One dataset.</summary>
    public Task<Dataset> GetAsync(string dataset, CancellationToken cancellationToken = default) => http.GetAsync<Dataset>(ApiPath.Api("datasets").Then(dataset), cancellationToken);

    /// <summary>Makes a dataset, empty at first.</summary>
    public Task<Dataset> CreateAsync(CreateDataset dataset, CancellationToken cancellationToken = default) =>
        http.SendAsync<Dataset>(HttpMethod.Post, ApiPath.Api("datasets"), dataset, null, cancellationToken);

    /// <summary>Changes a dataset's description, owner, name or tags.</summary>
    public Task<Dataset> UpdateAsync(string dataset, ResourcePatch change, long? ifRevision = null, CancellationToken cancellationToken = default) =>
        http.SendAsync<Dataset>(HttpMethod.Patch, ApiPath.Api("datasets").Then(dataset), change, ifRevision, cancellationToken);

    /// <summary>Deletes a dataset with its versions.</summary>
    public Task DeleteAsync(string dataset, long? ifRevision = null, CancellationToken cancellationToken = default) =>
        http.SendAsync(HttpMethod.Delete, ApiPath.Api("datasets").Then(dataset), null, ifRevision, cancellationToken);

    /// <summary>The versions of a dataset.</summary>
    public Task<Page<DatasetVersion>> VersionsAsync(string dataset, ListQuery? query = null, CancellationToken cancellationToken = default) =>
        http.GetAsync<Page<DatasetVersion>>(ApiPath.Api("datasets").Then(dataset).Literal("versions").With(query), cancellationToken);

    /// <summary>Adds a version; the content is sent as it is read.</summary>
    /// <param name="dataset">The dataset.</param>
    /// <param name="content">The table; read to its end and closed.</param>
    /// <param name="format"><c>csv</c>, <c>parquet</c> or <c>jsonl</c>.</param>
    /// <param name="source">File name it comes from.</param>
    /// <param name="cancellationToken">Ends it; nothing is kept then.</param>
    /// <returns>The new version.</returns>
    public Task<DatasetVersion> UploadAsync(string dataset, Stream content, string format = "csv", string? source = null, CancellationToken cancellationToken = default) =>
        http.UploadAsync<DatasetVersion>(
            HttpMethod.Post,
            ApiPath.Api("datasets").Then(dataset).Literal("versions").With("format", format).With("source", source),
            content,
            DatasetFormats.ContentType(format),
            cancellationToken);

    /// <summary>Adds a version from a file; its extension says the format (.csv, .parquet, .jsonl).</summary>
    public async Task<DatasetVersion> UploadFileAsync(string dataset, string path, CancellationToken cancellationToken = default)
    {
        await using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, 1, FileOptions.Asynchronous | FileOptions.SequentialScan);
        return await UploadAsync(dataset, file, DatasetFormats.OfFile(path), Path.GetFileName(path), cancellationToken);
    }

    /// <summary>Some rows of a version (the newest, if none is named).</summary>
    public Task<TableData> SampleAsync(string dataset, int? version = null, int? limit = null, CancellationToken cancellationToken = default) =>
        http.GetAsync<TableData>(ApiPath.Api("datasets").Then(dataset).Literal("sample").With("version", version).With("limit", limit), cancellationToken);

    /// <summary>The profile of a version (the newest, if none is named).</summary>
    public Task<DatasetProfile> ProfileAsync(string dataset, int? version = null, CancellationToken cancellationToken = default) =>
        http.GetAsync<DatasetProfile>(ApiPath.Api("datasets").Then(dataset).Literal("profile").With("version", version), cancellationToken);

    /// <summary>Opens a version's rows as <c>csv</c> or <c>parquet</c>; dispose the stream.</summary>
    public Task<Stream> DownloadAsync(string dataset, int? version = null, string? format = null, CancellationToken cancellationToken = default) =>
        http.DownloadAsync(ApiPath.Api("datasets").Then(dataset).Literal("data").With("version", version).With("format", format), null, cancellationToken);

    /// <summary>Runs one SELECT over the datasets that the caller may use.</summary>
    public Task<SqlResult> QueryAsync(string sql, int? limit = null, CancellationToken cancellationToken = default) =>
        http.SendAsync<SqlResult>(HttpMethod.Post, ApiPath.Api("query"), new SqlQuery { Sql = sql, Limit = limit }, null, cancellationToken);
}
