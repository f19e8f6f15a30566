using System.Globalization;
using System.Net.Http.Json;
using System.Text;
using Dowel.Contracts;
using Dowel.Testing;

namespace Dowel.Features.Tests;

/// <summary>Shorthands for speaking to the feature store.</summary>
internal static class FeaturesTest
{
    public static readonly DateTimeOffset T0 = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    public static string At(double hours) => T0.AddHours(hours).ToString("yyyy-MM-dd'T'HH:mm:ss.ffffff'Z'", CultureInfo.InvariantCulture);

    public static Task<HttpResponseMessage> PostJsonAsync(this HttpClient http, string path, object body) => http.PostAsync(path, JsonContent.Create(body, body.GetType(), options: DowelJson.Options));

    public static async Task<T> PostAsync<T>(this HttpClient http, string path, object body) => await RoomHost.ReadAsync<T>(await http.PostJsonAsync(path, body));

    public static async Task<T> GetAsync<T>(this HttpClient http, string path) => await RoomHost.ReadAsync<T>(await http.GetAsync(path));

    public static Task<FeatureView> CreateViewAsync(this HttpClient http, string name, params Feature[] features)
        => http.CreateViewAsync(new CreateFeatureView { Name = name, Entity = new("id", "int64"), Features = features });

    public static Task<FeatureView> CreateViewAsync(this HttpClient http, CreateFeatureView view) => http.PostAsync<FeatureView>("/api/v1/feature-views", view);

    public static Feature Feature(string name, string type = "float64", object? @default = null) => new() { Name = name, Type = type, Default = @default };

    public static TableData Table(string columns, params object?[][] rows) => new() { Columns = [.. columns.Split(' ').Select(c => new ColumnInfo(c, "string"))], Rows = rows };

    public static Task<HttpResponseMessage> TryPushAsync(this HttpClient http, string view, TableData rows) => http.PostJsonAsync($"/api/v1/feature-views/{Uri.EscapeDataString(view)}/push", rows);

    public static Task<HttpResponseMessage> TryPushCsvAsync(this HttpClient http, string view, string csv) => http.TryPushCsvAsync(view, Encoding.UTF8.GetBytes(csv));

    public static Task<HttpResponseMessage> TryPushCsvAsync(this HttpClient http, string view, byte[] csv)
        => http.PostAsync($"/api/v1/feature-views/{Uri.EscapeDataString(view)}/push", new ByteArrayContent(csv) { Headers = { ContentType = new("text/csv") } });

    public static async Task<PushResult> PushRowsAsync(this HttpClient http, string view, string columns, params object?[][] rows)
        => await RoomHost.ReadAsync<PushResult>(await http.TryPushAsync(view, Table(columns, rows)));

    public static async Task<PushResult> PushCsvAsync(this HttpClient http, string view, string csv) => await RoomHost.ReadAsync<PushResult>(await http.TryPushCsvAsync(view, csv));

    public static Task<TableData> ValuesAsync(this HttpClient http, string view, int limit = 1000) => http.GetAsync<TableData>($"/api/v1/feature-views/{Uri.EscapeDataString(view)}/values?limit={limit}");

    public static Task<OnlineFeatures> OnlineAsync(this HttpClient http, string features, string entity, params object[] keys)
        => http.PostAsync<OnlineFeatures>("/api/v1/features/online", new OnlineFeaturesRequest { Features = features.Split(' '), Entities = new Dictionary<string, IReadOnlyList<object>> { [entity] = keys } });

    public static Task<HistoricalFeatures> HistoricalAsync(this HttpClient http, string features, string columns, params object?[][] rows)
        => http.PostAsync<HistoricalFeatures>("/api/v1/features/historical", new HistoricalFeaturesRequest { Features = features.Split(' '), EntityRows = Table(columns, rows) });

    /// <summary>Files that a push left in the room's work folder.</summary>
    public static string[] Leftovers(this RoomHost host) => Directory.GetFileSystemEntries(Path.Combine(host.DataDir, "features", "work"));
}
