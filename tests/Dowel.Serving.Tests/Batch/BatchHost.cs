using System.Net.Http.Json;
using Dowel.Contracts;
using Dowel.Kernel.Ports;
using Dowel.Testing;
using Microsoft.Extensions.DependencyInjection;

namespace Dowel.Serving.Tests.Batch;

/// <summary>The serving room with datasets, and shorthands for batch runs.</summary>
internal sealed class BatchHost : IAsyncDisposable
{
    private readonly ServingHost _serving;

    private BatchHost(ServingHost serving, DatasetFolder datasets) => (_serving, Datasets) = (serving, datasets);

    public DatasetFolder Datasets { get; }
    public ServingHost Serving => _serving;
    public RoomHost Host => _serving.Host;
    public HttpClient Alice => Host.HttpFor("alice");

    public static async Task<BatchHost> StartAsync(Engine engine = Engine.Sqlite, IReadOnlyDictionary<string, string?>? settings = null)
    {
        var datasets = new DatasetFolder();
        return new BatchHost(await ServingHost.StartAsync(engine, settings, services => services.AddSingleton(datasets).AddSingleton<IDatasetFiles, KeptDatasets>()), datasets);
    }

    public static async Task<BatchRun> CreateAsync(HttpClient http, CreateBatchRun run) => await RoomHost.ReadAsync<BatchRun>(await PostAsync(http, run));

    public static Task<HttpResponseMessage> PostAsync(HttpClient http, CreateBatchRun run) => http.PostAsJsonAsync("/api/v1/batch", run, DowelJson.Options);

    public async Task<BatchRun> RunAsync(CreateBatchRun run) => await EndAsync((await CreateAsync(Alice, run)).Id);

    public Task<BatchRun> EndAsync(string id) => WaitAsync(id, r => r.State is not (BatchState.Queued or BatchState.Running));

    public async Task<BatchRun> WaitAsync(string id, Func<BatchRun, bool> until)
    {
        using var alice = Alice;
        BatchRun? run = null;
        for (var i = 0; i < 3000; i++)
        {
            run = await RoomHost.ReadAsync<BatchRun>(await alice.GetAsync($"/api/v1/batch/{id}"));
            if (until(run)) return run;
            await Task.Delay(10);
        }
        throw new TimeoutException($"the run did not come to the state that was waited for: {run}");
    }

    public static async Task<BatchRun> AskAsync(HttpClient http, string id, string what) => await RoomHost.ReadAsync<BatchRun>(await http.PostAsync($"/api/v1/batch/{id}/{what}", null));

    /// <summary>The chunks that a run has done.</summary>
    public string[] Chunks(string id) => Directory.Exists(Folder(id)) ? [.. Directory.EnumerateFiles(Folder(id), "*.parquet").Select(f => Path.GetFileName(f)!).Order(StringComparer.Ordinal)] : [];

    public string Folder(string id) => Path.Combine(Host.DataDir, "batch", id);

    public async ValueTask DisposeAsync()
    {
        await _serving.DisposeAsync();
        Datasets.Dispose();
    }
}
