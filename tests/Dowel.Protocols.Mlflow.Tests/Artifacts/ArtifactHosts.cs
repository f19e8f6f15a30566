using System.Net;
using System.Net.Sockets;
using System.Text;
using Dowel.Contracts;
using Dowel.Experiments;
using Dowel.Protocols.Mlflow.Tests.Tracking;
using Dowel.Registry;
using Dowel.Testing;

namespace Dowel.Protocols.Mlflow.Tests.Artifacts;

/// <summary>One host an engine for all tests of a class, with a small limit for uploads.</summary>
public sealed class ArtifactHosts : IAsyncDisposable
{
    public const int MostBytes = 5_000_000;
    private readonly Dictionary<Engine, RoomHost> _hosts = [];

    public async Task<RoomHost> OnAsync(Engine engine)
    {
        if (_hosts.TryGetValue(engine, out var host)) return host;
        host = await RoomHost.StartAsync(engine, [new ExperimentsRoom(), new RegistryRoom()], new Dictionary<string, string?> { ["Dowel:MaxUploadBytes"] = $"{MostBytes}" }, null, app => app.MapMlflow(true, true));
        await host.CreateUserAsync("ada");
        await host.CreateUserAsync("bob");
        await host.CreateUserAsync("vera");
        await host.CreateProjectAsync("ada", "lab", ("vera", ProjectRole.Viewer));
        return _hosts[engine] = host;
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var host in _hosts.Values) await host.DisposeAsync();
    }
}

internal static class ArtifactWire
{
    public const string Proxy = "/api/2.0/mlflow-artifacts/artifacts/";

    /// <summary>A run, and the root of its artifacts in the proxy.</summary>
    public static async Task<(string Run, string Root)> NewRootAsync(this RoomHost host)
    {
        var experiment = await host.NewExperimentAsync();
        var run = await host.NewRunAsync(experiment);
        return (run, $"{experiment}/{run}/artifacts");
    }

    public static async Task<Answer> PutFileAsync(this RoomHost host, string path, byte[] content, string user = "ada")
    {
        using var http = host.HttpFor(user);
        var response = await http.PutAsync(Proxy + path, new ByteArrayContent(content));
        return await AnswerAsync(response);
    }

    public static Task<Answer> PutFileAsync(this RoomHost host, string path, string content, string user = "ada") => host.PutFileAsync(path, Encoding.UTF8.GetBytes(content), user);

    public static async Task<string> ReadFileAsync(this RoomHost host, string path, string user = "ada")
    {
        using var http = host.HttpFor(user);
        var response = await http.GetAsync(path.StartsWith('/') ? path : Proxy + path);
        Assert.True(response.StatusCode == HttpStatusCode.OK, $"{(int)response.StatusCode} {path}");
        return await response.Content.ReadAsStringAsync();
    }

    /// <summary>What the proxy lists in a folder: folders with a '/' behind, files with their size.</summary>
    public static async Task<IReadOnlyList<string>> ListAsync(this RoomHost host, string folder, string user = "ada")
    {
        var json = (await host.SendAsync(user, "GET", $"artifacts?path={Uri.EscapeDataString(folder)}", prefix: "/api/2.0/mlflow-artifacts/")).Ok();
        return !json.TryGetProperty("files", out var files) ? [] : [.. files.EnumerateArray().Select(f => f.GetProperty("path").GetString() + (f.GetProperty("is_dir").GetBoolean() ? "/" : f.TryGetProperty("file_size", out var size) ? $":{size}" : ":"))];
    }

    public static async Task<Answer> AnswerAsync(HttpResponseMessage response)
    {
        var text = await response.Content.ReadAsStringAsync();
        return new Answer((int)response.StatusCode, text.Length == 0 ? default : System.Text.Json.JsonDocument.Parse(text).RootElement, text);
    }

    /// <summary>Sends a request line as it is: HTTP clients tidy paths up before they send them.</summary>
    public static async Task<(int Status, string Text)> RawAsync(this RoomHost host, string? user, string method, string target, string body = "", string? more = null)
    {
        using var socket = new TcpClient();
        await socket.ConnectAsync(host.Address.Host, host.Address.Port);
        var stream = socket.GetStream();
        var signed = user is null ? "" : $"Authorization: Bearer {host.TokenOf(user)}\r\n";
        await stream.WriteAsync(Encoding.UTF8.GetBytes($"{method} {target} HTTP/1.1\r\nHost: {host.Address.Authority}\r\n{signed}Connection: close\r\n{more ?? $"Content-Length: {Encoding.UTF8.GetByteCount(body)}\r\n"}\r\n{body}"));
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
}
