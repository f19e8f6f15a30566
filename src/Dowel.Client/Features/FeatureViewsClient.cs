using Dowel.Contracts;

namespace Dowel.Client;

/// <summary>Feature views: pushing and reading features.</summary>
public sealed class FeatureViewsClient
{
    private readonly DowelHttp http;

    internal FeatureViewsClient(DowelHttp http) => this.http = http;

    /// <summary>A page of the feature views that the caller may see.</summary>
    public Task<Page<FeatureView>> ListAsync(ListQuery? query = null, CancellationToken cancellationToken = default) =>
        http.GetAsync<Page<FeatureView>>(ApiPath.Api("feature-views").With(query), cancellationToken);

    /// <summary>All feature views that the caller may see.</summary>
    public IAsyncEnumerable<FeatureView> AllAsync(ListQuery? query = null, CancellationToken cancellationToken = default) =>
        Paging.AllAsync((cursor, ct) => ListAsync((query ?? new()) with { Cursor = cursor }, ct), cancellationToken);

    /// <summary>One feature view.</summary>
    public Task<FeatureView> GetAsync(string view, CancellationToken cancellationToken = default) => http.GetAsync<FeatureView>(ApiPath.Api("feature-views").Then(view), cancellationToken);

    /// <summary>Makes a feature view.</summary>
    public Task<FeatureView> CreateAsync(CreateFeatureView view, CancellationToken cancellationToken = default) =>
        http.SendAsync<FeatureView>(HttpMethod.Post, ApiPath.Api("feature-views"), view, null, cancellationToken);

    /// <summary>Changes a feature view: its state, more features, or what every thing has.</summary>
    public Task<FeatureView> UpdateAsync(string view, PatchFeatureView change, long? ifRevision = null, CancellationToken cancellationToken = default) =>
        http.SendAsync<FeatureView>(HttpMethod.Patch, ApiPath.Api("feature-views").Then(view), change, ifRevision, cancellationToken);

    /// <summary>Deletes a feature view with its rows.</summary>
    public Task DeleteAsync(string view, long? ifRevision = null, CancellationToken cancellationToken = default) =>
        http.SendAsync(HttpMethod.Delete, ApiPath.Api("feature-views").Then(view), null, ifRevision, cancellationToken);

    /// <summary>Pushes rows into the offline store and, where the view is online, the online store.</summary>
    public Task<PushResult> PushAsync(string view, TableData rows, CancellationToken cancellationToken = default) =>
        http.SendAsync<PushResult>(HttpMethod.Post, ApiPath.Api("feature-views").Then(view).Literal("push"), rows, null, cancellationToken);

    /// <summary>Pushes rows as CSV with a header; the content is sent as it is read, and closed.</summary>
    public Task<PushResult> PushCsvAsync(string view, Stream csv, CancellationToken cancellationToken = default) =>
        http.UploadAsync<PushResult>(HttpMethod.Post, ApiPath.Api("feature-views").Then(view).Literal("push"), csv, "text/csv", cancellationToken);

    /// <summary>The newest rows of the offline store.</summary>
    public Task<TableData> ValuesAsync(string view, int? limit = null, CancellationToken cancellationToken = default) =>
        http.GetAsync<TableData>(ApiPath.Api("feature-views").Then(view).Literal("values").With("limit", limit), cancellationToken);

    /// <summary>Features as they were at each row's time (point-in-time join).</summary>
    public Task<HistoricalFeatures> HistoricalAsync(HistoricalFeaturesRequest request, CancellationToken cancellationToken = default) =>
        http.SendAsync<HistoricalFeatures>(HttpMethod.Post, ApiPath.Api("features/historical"), request, null, cancellationToken);

    /// <summary>The newest features of entities.</summary>
    public Task<OnlineFeatures> OnlineAsync(OnlineFeaturesRequest request, CancellationToken cancellationToken = default) =>
        http.SendAsync<OnlineFeatures>(HttpMethod.Post, ApiPath.Api("features/online"), request, null, cancellationToken);
}
