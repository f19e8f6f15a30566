using System.Text;
using System.Text.Json;
using Dowel.Contracts;
using Dowel.Experiments;
using Dowel.Registry;
using Dowel.Testing;

namespace Dowel.Protocols.Mlflow.Tests.Tracking;

/// <summary>One host an engine for all tests of a class; they keep apart by the names of their experiments.</summary>
public sealed class TrackingHosts : IAsyncDisposable
{
    private readonly Dictionary<Engine, RoomHost> _hosts = [];

    public async Task<RoomHost> OnAsync(Engine engine)
    {
        if (_hosts.TryGetValue(engine, out var host)) return host;
        host = await RoomHost.StartAsync(engine, [new ExperimentsRoom(), new RegistryRoom()], null, null, app => app.MapMlflow(true, true));
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

/// <summary>Sends what MLflow's client sends, as bytes.</summary>
internal static class Wire
{
    public static async Task<Answer> SendAsync(this RoomHost host, string? user, string method, string path, string? body = null, string contentType = "application/json", string prefix = "/api/2.0/mlflow/")
    {
        using var http = host.HttpFor(user);
        var request = new HttpRequestMessage(new HttpMethod(method), prefix + path);
        request.Headers.TryAddWithoutValidation("User-Agent", "mlflow-python-client/3.6.0");
        if (body is not null)
        {
            request.Content = new ByteArrayContent(Encoding.UTF8.GetBytes(body));
            if (contentType.Length > 0) request.Content.Headers.TryAddWithoutValidation("Content-Type", contentType);
        }
        var response = await http.SendAsync(request);
        var text = await response.Content.ReadAsStringAsync();
        return new Answer((int)response.StatusCode, text.Length == 0 ? default : JsonDocument.Parse(text).RootElement, text);
    }

    public static Task<Answer> PostAsync(this RoomHost host, string path, string body, string user = "ada") => host.SendAsync(user, "POST", path, body);

    public static Task<Answer> GetAsync(this RoomHost host, string path, string user = "ada") => host.SendAsync(user, "GET", path);

    public static async Task<string> NewExperimentAsync(this RoomHost host, string? name = null)
        => (await host.PostAsync("experiments/create", $$"""{"name": "{{name ?? $"e-{Guid.NewGuid():n}"}}"}""")).Ok().GetProperty("experiment_id").GetString()!;

    public static async Task<string> NewRunAsync(this RoomHost host, string? experiment = null, string more = "")
        => (await host.PostAsync("runs/create", $$"""{"experiment_id": "{{experiment ?? await host.NewExperimentAsync()}}", "user_id": "root", "start_time": 1700000000123{{more}}}""")).Ok().GetProperty("run").GetProperty("info").GetProperty("run_id").GetString()!;

    /// <summary>Every route that MLflow's client knows of runs, with an id in its place.</summary>
    public static readonly (string Method, string Path, string? Body)[] RunCalls =
    [
        ("GET", "runs/get?run_uuid=RUN&run_id=RUN", null),
        ("POST", "runs/update", """{"run_uuid": "RUN", "run_id": "RUN", "status": "FINISHED", "end_time": 1700000000999}"""),
        ("POST", "runs/delete", """{"run_id": "RUN"}"""),
        ("POST", "runs/restore", """{"run_id": "RUN"}"""),
        ("POST", "runs/log-metric", """{"run_uuid": "RUN", "run_id": "RUN", "key": "m", "value": 1.0, "timestamp": 1, "step": 0}"""),
        ("POST", "runs/log-parameter", """{"run_uuid": "RUN", "run_id": "RUN", "key": "p", "value": "1"}"""),
        ("POST", "runs/set-tag", """{"run_uuid": "RUN", "run_id": "RUN", "key": "t", "value": "1"}"""),
        ("POST", "runs/delete-tag", """{"run_id": "RUN", "key": "t"}"""),
        ("POST", "runs/log-batch", """{"run_id": "RUN", "metrics": [], "params": [], "tags": [{"key": "t", "value": "1"}]}"""),
        ("GET", "metrics/get-history?run_uuid=RUN&metric_key=m&run_id=RUN", null),
        ("GET", "metrics/get-history-bulk?run_id=RUN&metric_key=m", null),
        ("GET", "metrics/get-history-bulk-interval?run_ids=RUN&metric_key=m", null),
    ];

    public static readonly (string Method, string Path, string? Body)[] ExperimentCalls =
    [
        ("GET", "experiments/get?experiment_id=EXP", null),
        ("POST", "experiments/update", """{"experiment_id": "EXP", "new_name": "stolen"}"""),
        ("POST", "experiments/delete", """{"experiment_id": "EXP"}"""),
        ("POST", "experiments/restore", """{"experiment_id": "EXP"}"""),
        ("POST", "experiments/set-experiment-tag", """{"experiment_id": "EXP", "key": "a", "value": "b"}"""),
        ("POST", "experiments/delete-experiment-tag", """{"experiment_id": "EXP", "key": "a"}"""),
        ("POST", "runs/create", """{"experiment_id": "EXP", "user_id": "root", "start_time": 1}"""),
    ];
}

internal sealed record Answer(int Status, JsonElement Json, string Text)
{
    public JsonElement Ok()
    {
        Assert.True(Status == 200, $"{Status}: {Text}");
        return Json;
    }

    /// <summary>An error in MLflow's own form, and nothing else in it.</summary>
    public string Refused(int status, string code)
    {
        Assert.True(Status == status, $"expected {status}, got {Status}: {Text}");
        Assert.Equal(["error_code", "message"], Json.EnumerateObject().Select(p => p.Name).Order());
        Assert.Equal(code, Json.GetProperty("error_code").GetString());
        return Json.GetProperty("message").GetString()!;
    }
}
