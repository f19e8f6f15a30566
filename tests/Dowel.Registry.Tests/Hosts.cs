using System.Text;
using Dowel.Client;
using Dowel.Contracts;
using Dowel.Experiments;
using Dowel.Kernel.Ports;
using Dowel.Testing;
using Microsoft.Extensions.DependencyInjection;

namespace Dowel.Registry.Tests;

/// <summary>One host an engine, with a runtime of fake models, for all tests of a class.</summary>
public sealed class Hosts : IAsyncDisposable
{
    private readonly Dictionary<Engine, RoomHost> _hosts = [];

    public async Task<RoomHost> OnAsync(Engine engine)
    {
        if (_hosts.TryGetValue(engine, out var host)) return host;
        host = await RoomHost.StartAsync(engine, [new ExperimentsRoom(), new RegistryRoom()], new Dictionary<string, string?> { ["Registry:GateSeconds"] = "2", ["Registry:GatesAtOnce"] = "4" },
            s => s.AddSingleton<IModelRuntime, FakeRuntime>());
        foreach (var user in new[] { "ada", "bob", "carl", "vera" }) await host.CreateUserAsync(user);
        await host.CreateUserAsync("otto", isAuditor: true);
        await host.CreateProjectAsync("ada", "lab", ("vera", ProjectRole.Viewer), ("carl", ProjectRole.Contributor));
        return _hosts[engine] = host;
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var host in _hosts.Values) await host.DisposeAsync();
    }
}

internal static class Helpers
{
    public static Task<RegisteredModel> NewModelAsync(this DowelClient client, ValidationGate? gate = null)
        => client.Models.CreateAsync(new CreateModel { Project = "lab", Name = $"m-{Guid.NewGuid():n}", Gate = gate });

    /// <summary>A run with a model folder that behaves so.</summary>
    public static async Task<Run> NewRunAsync(this DowelClient client, string behaviour = "good", params (string Key, double Value)[] metrics)
    {
        var experiment = await client.Experiments.CreateAsync(new CreateExperiment { Project = "lab", Name = $"e-{Guid.NewGuid():n}" });
        var run = await client.Runs.CreateAsync(experiment.Id, new CreateRun { Inputs = ["dataset:titanic@1"] });
        await client.Runs.UploadArtifactAsync(run.Id, "model/behaviour", new MemoryStream(Encoding.UTF8.GetBytes(behaviour)));
        if (metrics.Length > 0) await client.Runs.LogAsync(run.Id, new LogToRun { Metrics = [.. metrics.Select(m => new MetricPoint(m.Key, m.Value))] });
        return run;
    }

    public static CreateModelVersion Spec(string runId) => new()
    {
        RunId = runId,
        Flavor = "fake",
        Signature = FakeRuntime.Signature,
        InputExample = new Dictionary<string, object?[]> { ["x"] = [1L, 2.5, -3L] },
    };

    public static async Task<ModelVersion> NewVersionAsync(this DowelClient client, RegisteredModel model, string behaviour = "good", params (string Key, double Value)[] metrics)
        => await client.Models.CreateVersionAsync(model.Id, Spec((await client.NewRunAsync(behaviour, metrics)).Id));

    public static async Task<IReadOnlyList<ModelChange>> MovesAsync(this DowelClient client, string model)
        => (await client.Models.HistoryAsync(model, new HistoryQuery { Kind = ModelChangeKind.Alias, Limit = 1000 })).Items;

    public static async Task<DowelException> RefusedAsync(ErrorCode code, Func<Task> call)
    {
        var e = await Assert.ThrowsAsync<DowelException>(call);
        Assert.True(e.Code == code.Code, $"expected {code.Code}, got {e.Code}: {e.Message}");
        Assert.Equal(code.Status, e.Status);
        return e;
    }

    public static async Task<IReadOnlyList<AuditRecord>> AuditOfAsync(this RoomHost host, string resourceId)
    {
        var page = await RoomHost.ReadAsync<Page<AuditRecord>>(await host.AdminClient.GetAsync($"/api/v1/audit?resource={resourceId}&limit=1000"));
        return [.. page.Items.Reverse()];
    }
}
