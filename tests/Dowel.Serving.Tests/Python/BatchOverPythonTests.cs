using System.Net.Http.Json;
using Dowel.Contracts;
using Dowel.Kernel.Ports;
using Dowel.Serving.Tests.Batch;
using Dowel.Testing;
using Microsoft.Extensions.DependencyInjection;

namespace Dowel.Serving.Tests.Python;

public sealed class BatchOverPythonTests
{
    [Fact]
    public async Task A_row_that_ends_the_process_is_set_aside_and_the_others_are_answered()
    {
        await DebianPython.RequireAsync("numpy");
        using var datasets = new DatasetFolder();
        await using var host = await RoomHost.StartAsync(Engine.Sqlite, [new ServingRoom()], new Dictionary<string, string?> { ["Serving:Python:Interpreter"] = DebianPython.Path },
            services => services.AddSingleton(datasets).AddSingleton<IDatasetFiles, KeptDatasets>());
        var folder = Directory.CreateDirectory(Path.Combine(host.DataDir, "models", "fragile", "1")).FullName;
        await File.WriteAllTextAsync(Path.Combine(folder, "dowel-version.json"), """{"flavor": "python"}""");
        await File.WriteAllTextAsync(Path.Combine(folder, "model.py"), """
            import os
            class Fragile:
                inputs = {"x": "FP32"}
                outputs = {"y": "FP32"}
                def predict(self, x):
                    if (x == 42).any(): os._exit(5)
                    return x * 3
            """);
        datasets.Add("numbers", "SELECT i AS x FROM range(40, 48) t(i)");
        var create = new CreateBatchRun { Model = "fragile", Version = 1, Input = "numbers", Output = "out" };
        var run = await RoomHost.ReadAsync<BatchRun>(await host.AdminClient.PostAsJsonAsync("/api/v1/batch", create, DowelJson.Options));
        for (var i = 0; i < 600 && run.State is BatchState.Queued or BatchState.Running; i++)
        {
            await Task.Delay(100);
            run = await RoomHost.ReadAsync<BatchRun>(await host.AdminClient.GetAsync($"/api/v1/batch/{run.Id}"));
        }
        Assert.True(run.State == BatchState.Succeeded, run.Message);
        Assert.Equal((8L, 1L), (run.Done, run.Failed));
        Assert.Equal(Enumerable.Range(40, 8).Except([42]).Select(i => $"{i * 3}"), datasets.Rows("out", "CAST(y AS INTEGER)"));
        Assert.Contains("The model's worker ended while it had the request", Assert.Single(datasets.Rows("out_failed", "reason")), StringComparison.Ordinal);
    }
}
