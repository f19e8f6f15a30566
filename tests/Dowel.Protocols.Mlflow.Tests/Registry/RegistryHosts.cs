using System.Net;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Dowel.Client;
using Dowel.Contracts;
using Dowel.Experiments;
using Dowel.Registry;
using Dowel.Testing;

namespace Dowel.Protocols.Mlflow.Tests.Registry;

/// <summary>One host an engine with both rooms and the protocol. ada owns the project lab, carl contributes, vera views; bob is a stranger.</summary>
public sealed class RegistryHosts : IAsyncDisposable
{
    private readonly Dictionary<Engine, RoomHost> _hosts = [];

    public async Task<RoomHost> OnAsync(Engine engine)
    {
        if (_hosts.TryGetValue(engine, out var host)) return host;
        host = await RoomHost.StartAsync(engine, [new ExperimentsRoom(), new RegistryRoom()], null, null, a => a.MapMlflow(tracking: false, registry: true));
        foreach (var user in new[] { "ada", "bob", "carl", "vera" }) await host.CreateUserAsync(user);
        await host.CreateProjectAsync("ada", "lab", ("vera", ProjectRole.Viewer), ("carl", ProjectRole.Contributor));
        return _hosts[engine] = host;
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var host in _hosts.Values) await host.DisposeAsync();
    }
}

/// <summary>Sends what MLflow's client sends, byte for byte, and gives the answer's JSON.</summary>
internal sealed class Wire(RoomHost host, string user, string? project = null) : IDisposable
{
    private readonly HttpClient _http = host.HttpFor(user);

    public static string Name(string prefix = "m") => $"{prefix}-{Guid.NewGuid():n}";

    public async Task<JsonNode> GetAsync(string pathAndQuery) => await OkAsync(await SendAsync(HttpMethod.Get, pathAndQuery, null));

    public async Task<JsonNode> CallAsync(string method, string path, string body) => await OkAsync(await SendAsync(new HttpMethod(method), path, body));

    public Task<JsonNode> PostAsync(string path, string body) => CallAsync("POST", path, body);

    /// <summary>The message of a refusal, after its status and error code are as expected.</summary>
    public async Task<string> RefusedAsync(int status, string code, string method, string path, string? body = null)
    {
        using var response = await SendAsync(new HttpMethod(method), path, body);
        var text = await response.Content.ReadAsStringAsync();
        Assert.True((int)response.StatusCode == status, $"{method} {(path.Length > 300 ? path[..300] : path)}: expected {status}, got {(int)response.StatusCode} {text}");
        Assert.Equal("application/json", response.Content.Headers.ContentType?.MediaType);
        var error = JsonNode.Parse(text)!;
        Assert.Equal(code, (string?)error["error_code"]);
        return (string)error["message"]!;
    }

    public async Task<string> NewModelAsync(string? name = null)
    {
        name ??= Name();
        await PostAsync("registered-models/create", $$"""{"name": "{{name}}"}""");
        return name;
    }

    public async Task<JsonNode> NewVersionAsync(string model, string source = "https://example.com/model", string more = "")
        => (await PostAsync("model-versions/create", $$"""{"name": "{{model}}", "source": "{{source}}"{{more}}}"""))["model_version"]!;

    public async Task<IReadOnlyList<string>> FindModelsAsync(string filter, string more = "")
        => [.. (await GetAsync($"registered-models/search?filter={Uri.EscapeDataString(filter)}&max_results=100{more}"))["registered_models"]?.AsArray().Select(m => (string)m!["name"]!) ?? []];

    public async Task<IReadOnlyList<string>> FindVersionsAsync(string filter, string more = "")
        => [.. (await GetAsync($"model-versions/search?filter={Uri.EscapeDataString(filter)}&max_results=10000{more}"))["model_versions"]?.AsArray().Select(m => (string)m!["version"]!) ?? []];

    public DowelClient Native => host.Connect(user);

    public async Task<HttpResponseMessage> SendAsync(HttpMethod method, string path, string? body)
    {
        using var request = new HttpRequestMessage(method, $"/api/2.0/mlflow/{path}");
        request.Headers.TryAddWithoutValidation("User-Agent", "mlflow-python-client/3.6.0");
        if (project is not null) request.Headers.Add("X-MLFLOW-WORKSPACE", project);
        if (body is not null) request.Content = new StringContent(body, Encoding.UTF8, "application/json");
        return await _http.SendAsync(request);
    }

    public void Dispose() => _http.Dispose();

    private static async Task<JsonNode> OkAsync(HttpResponseMessage response)
    {
        using (response)
        {
            var text = await response.Content.ReadAsStringAsync();
            Assert.True(response.StatusCode == HttpStatusCode.OK, $"{response.RequestMessage!.Method} {response.RequestMessage.RequestUri!.PathAndQuery}: {(int)response.StatusCode} {text}");
            return JsonNode.Parse(text, documentOptions: new JsonDocumentOptions { AllowDuplicateProperties = false })!;
        }
    }
}
