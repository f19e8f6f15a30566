using System.Net.Sockets;
using System.Text;
using Dowel.Client;
using Dowel.Contracts;
using Dowel.Testing;

namespace Dowel.Experiments.Tests;

/// <summary>One host an engine for all tests of a class; they keep apart by the names of their experiments.</summary>
public sealed class Hosts : IAsyncDisposable
{
    private readonly Dictionary<Engine, RoomHost> _hosts = [];

    public async Task<RoomHost> OnAsync(Engine engine)
    {
        if (_hosts.TryGetValue(engine, out var host)) return host;
        host = await RoomHost.StartAsync(engine, [new ExperimentsRoom()], new Dictionary<string, string?> { ["Dowel:MaxUploadBytes"] = "1000000" }, null);
        await host.CreateUserAsync("ada");
        await host.CreateUserAsync("bob");
        await host.CreateUserAsync("vera");
        await host.CreateUserAsync("otto", isAuditor: true);
        await host.CreateProjectAsync("ada", "lab", ("vera", ProjectRole.Viewer));
        return _hosts[engine] = host;
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var host in _hosts.Values) await host.DisposeAsync();
    }
}

internal static class Helpers
{
    public static Task<Experiment> NewExperimentAsync(this DowelClient client)
        => client.Experiments.CreateAsync(new CreateExperiment { Project = "lab", Name = $"e-{Guid.NewGuid():n}" });

    public static async Task<Run> NewRunAsync(this DowelClient client, CreateRun? spec = null)
        => await client.Runs.CreateAsync((await client.NewExperimentAsync()).Id, spec ?? new CreateRun());

    public static async Task<DowelException> RefusedAsync(ErrorCode code, Func<Task> call)
    {
        var e = await Assert.ThrowsAsync<DowelException>(call);
        Assert.True(e.Code == code.Code, $"expected {code.Code}, got {e.Code}: {e.Message}");
        Assert.Equal(code.Status, e.Status);
        return e;
    }

    public static Task UploadAsync(this DowelClient client, string run, string path, string content)
        => client.Runs.UploadArtifactAsync(run, path, new MemoryStream(Encoding.UTF8.GetBytes(content)));

    public static async Task<IReadOnlyList<AuditRecord>> AuditOfAsync(this RoomHost host, string resourceId)
    {
        var page = await RoomHost.ReadAsync<Page<AuditRecord>>(await host.AdminClient.GetAsync($"/api/v1/audit?resource={resourceId}&limit=1000"));
        return [.. page.Items.Reverse()];
    }

    /// <summary>Sends a request line as it is: HTTP clients tidy paths up before they send them.</summary>
    public static async Task<(int Status, string Text)> RawAsync(this RoomHost host, string user, string method, string target, string body = "", string? more = null)
    {
        using var socket = new TcpClient();
        await socket.ConnectAsync(host.Address.Host, host.Address.Port);
        var stream = socket.GetStream();
        await stream.WriteAsync(Encoding.UTF8.GetBytes($"{method} {target} HTTP/1.1\r\nHost: {host.Address.Authority}\r\nAuthorization: Bearer {host.TokenOf(user)}\r\nConnection: close\r\n{more ?? $"Content-Length: {Encoding.UTF8.GetByteCount(body)}\r\n"}\r\n{body}"));
        var answer = new MemoryStream();
        try
        {
            await stream.CopyToAsync(answer);
        }
        catch (IOException)
        {
            // A server that refuses a body without reading it may reset the connection once it has answered.
        }
        var text = Encoding.UTF8.GetString(answer.ToArray());
        return (text.Length > 12 ? int.Parse(text[9..12]) : 0, text);
    }

    public static Task<HttpResponseMessage> LogAsync(this HttpClient http, string run, string json)
        => http.PostAsync($"/api/v1/runs/{run}/log", new StringContent(json, Encoding.UTF8, "application/json"));
}
