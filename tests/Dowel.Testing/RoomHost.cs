using System.Collections.Concurrent;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using Dowel.Client;
using Dowel.Contracts;
using Dowel.Kernel.Hosting;
using Dowel.Kernel.Identity;
using Dowel.Kernel.Rooms;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Dowel.Testing;

/// <summary>A bare host with the kernel and one room (or a few) on Kestrel at a free loopback port, on a data folder and database of its own.</summary>
public sealed class RoomHost : IAsyncDisposable
{
    private readonly ConcurrentDictionary<string, string> _tokens = new();
    private readonly Settings _settings;
    private WebApplication _app = null!;

    private RoomHost(Settings settings) => _settings = settings;

    public string DataDir => _settings.DataDir;
    public IServiceProvider Services => _app.Services;
    public Uri Address { get; private set; } = null!;

    /// <summary>Signed in as the first administrator, <c>admin</c>.</summary>
    public HttpClient AdminClient => HttpFor("admin");

    public static Task<RoomHost> StartAsync(params IRoom[] rooms) => StartAsync(Engine.Sqlite, rooms);

    public static Task<RoomHost> StartAsync(Engine engine, params IRoom[] rooms) => StartAsync(engine, rooms, null, null);

    /// <param name="engine">The relational engine.</param>
    /// <param name="rooms">The rooms.</param>
    /// <param name="settings">More configuration, such as <c>Dowel:MaxUploadBytes</c>.</param>
    /// <param name="configure">Replaces services, such as a port by a fake.</param>
    /// <param name="map">Maps more, such as protocols.</param>
    public static async Task<RoomHost> StartAsync(Engine engine, IRoom[] rooms, IReadOnlyDictionary<string, string?>? settings, Action<IServiceCollection>? configure, Action<WebApplication>? map = null)
    {
        var dataDir = Directory.CreateTempSubdirectory("dowel-test-").FullName;
        var database = engine == Engine.Postgres ? await Engines.CreateDatabaseAsync() : null;
        var host = new RoomHost(new Settings(rooms, dataDir, database, settings, configure, map));
        await host.RunAsync();
        return host;
    }

    /// <summary>Stops and starts again on the same data.</summary>
    /// <param name="meanwhile">Done to the data in between.</param>
    public async Task RestartAsync(Action? meanwhile = null)
    {
        await _app.DisposeAsync();
        meanwhile?.Invoke();
        await RunAsync();
    }

    /// <summary>Makes a user; an HTTP client with their token.</summary>
    public async Task<HttpClient> CreateUserAsync(string name, bool isAuditor = false, bool isAdmin = false)
    {
        var created = await ReadAsync<CreatedUser>(await AdminClient.PostAsJsonAsync("/api/v1/users", new CreateUser { Name = name, IsAuditor = isAuditor, IsAdmin = isAdmin }, DowelJson.Options));
        _tokens[name] = await RedeemAsync(created.SignInLink!);
        return HttpFor(name);
    }

    /// <summary>Makes a project of <paramref name="owner"/>, with members.</summary>
    public async Task CreateProjectAsync(string owner, string project, params (string User, ProjectRole Role)[] members)
    {
        var http = HttpFor(owner);
        await ReadAsync<Project>(await http.PostAsJsonAsync("/api/v1/projects", new CreateProject { Name = project }, DowelJson.Options));
        foreach (var (user, role) in members)
            await EnsureAsync(await http.PutAsJsonAsync($"/api/v1/projects/{project}/members/{user}", new SetMember(role), DowelJson.Options));
    }

    /// <summary>The typed client of a user made here, or of <c>admin</c>.</summary>
    public DowelClient Connect(string user) => DowelClient.Connect(Address, _tokens[user]);

    /// <summary>The raw token of a user made here, or of <c>admin</c>.</summary>
    public string TokenOf(string user) => _tokens[user];

    /// <summary>An HTTP client of a user made here, or of <c>admin</c>; null for nobody.</summary>
    public HttpClient HttpFor(string? user)
    {
        var http = new HttpClient { BaseAddress = Address };
        if (user is not null) http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", _tokens[user]);
        return http;
    }

    /// <summary>The answer's JSON, or a failed test with the problem it answered.</summary>
    public static async Task<T> ReadAsync<T>(HttpResponseMessage response)
    {
        await EnsureAsync(response);
        return (await response.Content.ReadFromJsonAsync<T>(DowelJson.Options))!;
    }

    /// <summary>The problem that a request was refused with; checks status and code.</summary>
    public static async Task<Problem> ProblemAsync(HttpResponseMessage response, ErrorCode expected)
    {
        var text = await response.Content.ReadAsStringAsync();
        Assert.True((int)response.StatusCode == expected.Status, $"expected {expected.Status}, got {(int)response.StatusCode}: {text}");
        Assert.Equal("application/problem+json", response.Content.Headers.ContentType?.MediaType);
        var problem = System.Text.Json.JsonSerializer.Deserialize<Problem>(text, DowelJson.Options)!;
        Assert.Equal(expected.Code, problem.Code);
        return problem;
    }

    private static async Task EnsureAsync(HttpResponseMessage response)
        => Assert.True(response.IsSuccessStatusCode, $"{response.RequestMessage?.Method} {response.RequestMessage?.RequestUri?.PathAndQuery}: {(int)response.StatusCode} {(response.IsSuccessStatusCode ? "" : await response.Content.ReadAsStringAsync())}");

    private async Task RunAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Configuration.Sources.Clear();
        builder.Configuration.AddInMemoryCollection(new Dictionary<string, string?>(_settings.More ?? new Dictionary<string, string?>())
        {
            ["Dowel:DataDir"] = DataDir,
            ["Dowel:Database"] = _settings.Database,
        });
        builder.WebHost.UseKestrel().UseUrls("http://127.0.0.1:0");
        builder.Logging.ClearProviders();
        builder.AddDowel(_settings.Rooms);
        _settings.Configure?.Invoke(builder.Services);
        _app = builder.Build();
        _app.UseDowel();
        _settings.Map?.Invoke(_app);
        await _app.PrepareDowelAsync();
        await _app.StartAsync();
        Address = new Uri(_app.Urls.First());
        await _app.Services.AnnounceFirstAdminAsync(Address);
        var link = Path.Combine(DataDir, "first-sign-in.url");
        if (!_tokens.ContainsKey("admin") && File.Exists(link)) _tokens["admin"] = await RedeemAsync(await File.ReadAllTextAsync(link));
    }

    private async Task<string> RedeemAsync(string link)
    {
        var code = link.Trim().Split("code=")[1];
        using var http = HttpFor(null);
        return (await ReadAsync<CreatedToken>(await http.PostAsJsonAsync("/api/v1/auth/link", new RedeemLink(code), DowelJson.Options))).Secret;
    }

    public async ValueTask DisposeAsync()
    {
        await _app.DisposeAsync();
        if (_settings.Database is { } database) await Engines.DropDatabaseAsync(database);
        await DeleteAsync(DataDir);
    }

    // A pooled connection that closes late may take its WAL file away, or leave it, while the folder is being deleted.
    private static async Task DeleteAsync(string folder)
    {
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                Directory.Delete(folder, recursive: true);
                return;
            }
            catch (IOException) when (attempt < 20)
            {
                await Task.Delay(50);
            }
        }
    }

    private sealed record Settings(IRoom[] Rooms, string DataDir, string? Database, IReadOnlyDictionary<string, string?>? More, Action<IServiceCollection>? Configure, Action<WebApplication>? Map);
}
