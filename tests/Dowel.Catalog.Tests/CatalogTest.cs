using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text;
using Dowel.Contracts;
using Dowel.Testing;

namespace Dowel.Catalog.Tests;

/// <summary>Shorthands for speaking to the catalog.</summary>
internal static class CatalogTest
{
    public static string TitanicFile => Path.Combine(AppContext.BaseDirectory, "titanic.csv");

    public static Task<Dataset> CreateDatasetAsync(this HttpClient http, string name, string? project = null)
        => http.PostAsync<Dataset>("/api/v1/datasets", new CreateDataset { Name = name, Project = project });

    public static async Task<T> PostAsync<T>(this HttpClient http, string path, object body)
        => await RoomHost.ReadAsync<T>(await http.PostAsync(path, JsonContent.Create(body, body.GetType(), options: DowelJson.Options)));

    public static async Task<T> GetAsync<T>(this HttpClient http, string path) => await RoomHost.ReadAsync<T>(await http.GetAsync(path));

    public static Task<HttpResponseMessage> SendFileAsync(this HttpClient http, string dataset, byte[] content, string query = "format=csv", string? contentType = null)
    {
        var body = new ByteArrayContent(content);
        if (contentType is not null) body.Headers.ContentType = MediaTypeHeaderValue.Parse(contentType);
        return http.PostAsync($"/api/v1/datasets/{Uri.EscapeDataString(dataset)}/versions?{query}", body);
    }

    public static async Task<DatasetVersion> UploadAsync(this HttpClient http, string dataset, string content, string query = "format=csv")
        => await RoomHost.ReadAsync<DatasetVersion>(await http.SendFileAsync(dataset, Encoding.UTF8.GetBytes(content), query));

    public static async Task<DatasetVersion> UploadTitanicAsync(this HttpClient http, string dataset)
        => await RoomHost.ReadAsync<DatasetVersion>(await http.SendFileAsync(dataset, await File.ReadAllBytesAsync(TitanicFile), "source=titanic.csv"));

    public static Task<HttpResponseMessage> QueryAsync(this HttpClient http, string sql, int? limit = null)
        => http.PostAsJsonAsync("/api/v1/query", new SqlQuery { Sql = sql, Limit = limit }, DowelJson.Options);

    public static async Task<SqlResult> RowsAsync(this HttpClient http, string sql, int? limit = null) => await RoomHost.ReadAsync<SqlResult>(await http.QueryAsync(sql, limit));

    /// <summary>Files that a request left in the catalog's work folder.</summary>
    public static string[] Leftovers(this RoomHost host) => Directory.GetFileSystemEntries(Path.Combine(host.DataDir, "catalog", "work"));
}
