using Dowel.Contracts;

namespace Dowel.Client;

/// <summary>The audit trail.</summary>
public sealed class AuditClient
{
    private readonly DowelHttp http;

    internal AuditClient(DowelHttp http) => this.http = http;

    /// <summary>A page of the trail, newest first.</summary>
    public Task<Page<AuditRecord>> ListAsync(AuditQuery? query = null, CancellationToken cancellationToken = default) =>
        http.GetAsync<Page<AuditRecord>>(
            ApiPath.Api("audit")
                .With("actor", query?.Actor).With("action", query?.Action).With("resource", query?.Resource).With("outcome", query?.Outcome)
                .With("from", query?.From).With("to", query?.To).With("cursor", query?.Cursor).With("limit", query?.Limit),
            cancellationToken);

    /// <summary>All records, newest first.</summary>
    public IAsyncEnumerable<AuditRecord> AllAsync(AuditQuery? query = null, CancellationToken cancellationToken = default) =>
        Paging.AllAsync((cursor, ct) => ListAsync((query ?? new()) with { Cursor = cursor }, ct), cancellationToken);

    /// <summary>Checks the whole hash chain.</summary>
    public Task<AuditVerification> VerifyAsync(CancellationToken cancellationToken = default) => http.GetAsync<AuditVerification>(ApiPath.Api("audit/verify"), cancellationToken);

    /// <summary>Opens the trail as JSON lines, one record a line; dispose the stream.</summary>
    public Task<Stream> ExportAsync(CancellationToken cancellationToken = default) => http.DownloadAsync(ApiPath.Api("audit/export"), null, cancellationToken);
}
