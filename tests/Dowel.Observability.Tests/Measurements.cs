using System.Diagnostics;
using Dowel.Contracts;
using Dowel.Kernel.Relational;
using Dowel.Kernel.Resources;
using Dowel.Kernel.Tensors;
using Dowel.Observability.Log;
using Dowel.Tables;
using Microsoft.Extensions.DependencyInjection;
using static Dowel.Observability.Tests.Samples;

namespace Dowel.Observability.Tests;

/// <summary>Figures, not tests: run with DOWEL_MEASURE=1. Times depend on the machine and are not asserted.</summary>
public sealed class Measurements
{
    public static bool Wanted => Environment.GetEnvironmentVariable("DOWEL_MEASURE") is not null;

    [Fact(Skip = "set DOWEL_MEASURE=1 to measure", SkipUnless = nameof(Wanted))]
    public async Task Appending_and_querying_a_million_records()
    {
        await using var host = await StartAsync();
        var endpoint = await host.EndpointAsync("admin", "e");
        var sink = host.Sink();
        var output = TestContext.Current.TestOutputHelper!;
        const int n = 1_000_000;
        var start = TimeProvider.System.GetUtcNow().AddHours(-1).ToMicros();
        var times = new long[n];
        Tensor[] features = [.. Enumerable.Range(0, 10).Select(i => (Tensor)Tensor.Of($"feature_{i}", [i * 1.5f])), Tensor.Of("sex", ["male"])];
        Tensor[] outputs = [Tensor.Of("label", [1L]), Tensor.Of("probability", [0.7f])];
        var template = Record(endpoint, 0);
        for (var i = 0; i < 10_000; i++) sink.Append(template with { Id = Guid.CreateVersion7(), AtMicros = start });
        using var process = Process.GetCurrentProcess();
        var cpu = process.TotalProcessorTime;
        var (bytesBefore, watch) = (GC.GetAllocatedBytesForCurrentThread(), Stopwatch.StartNew());
        var preparing = 0L;
        for (var i = 0; i < n; i++)
        {
            var before = GC.GetAllocatedBytesForCurrentThread();
            var record = template with { Id = Guid.CreateVersion7(), AtMicros = start + (i * 3600L), LatencyMicros = i % 5000, Inputs = [Tensor.Of("passenger_id", [(long)i])], Features = features, Outputs = outputs };
            preparing += GC.GetAllocatedBytesForCurrentThread() - before;
            var t = Stopwatch.GetTimestamp();
            sink.Append(in record);
            times[i] = Stopwatch.GetTimestamp() - t;
        }
        var allocated = GC.GetAllocatedBytesForCurrentThread() - bytesBefore - preparing;
        var elapsed = watch.Elapsed;
        Array.Sort(times);
        double Micros(double q) => times[(int)(q * (n - 1))] * 1e6 / Stopwatch.Frequency;
        output.WriteLine($"append, one thread: p50 {Micros(0.5):0.00} us, p99 {Micros(0.99):0.00} us, p99.9 {Micros(0.999):0.0} us, mean {times.Average() * 1e6 / Stopwatch.Frequency:0.00} us; {allocated / (double)n:0.0} bytes allocated a record; {elapsed.TotalSeconds:0.0} s for all, compaction beside it");

        watch.Restart();
        var records = host.Services.GetRequiredService<PredictionLog>().Records;
        await records.CompactAsync();
        process.Refresh();
        var compacting = process.TotalProcessorTime - cpu - TimeSpan.FromSeconds((double)times.Sum() / Stopwatch.Frequency);
        output.WriteLine($"processor time beside appending (making the records, compacting): {compacting.TotalMicroseconds / n:0.0} us a record");
        output.WriteLine($"compacting the rest: {watch.ElapsedMilliseconds} ms; {records.Status}");

        var ids = (await host.AdminClient.GetAsync<Page<Prediction>>("/api/v1/endpoints/e/predictions?limit=1000")).Items.Select(p => p.Id).ToArray();
        foreach (var path in new[]
        {
            "/api/v1/endpoints/e/predictions", "/api/v1/endpoints/e/predictions?limit=1000", "/api/v1/endpoints/e/predictions?caller=nobody", $"/api/v1/predictions/{ids[500]}",
            "/api/v1/predictions/pred_ffffffffffffffffffffffffffffffff", "/api/v1/endpoints/e/traffic?from=2020-01-01T00:00:00Z", "/api/v1/endpoints/e/quality",
        })
        {
            List<double> runs = [];
            for (var i = 0; i < 5; i++)
            {
                watch.Restart();
                await (await host.AdminClient.GetAsync(path)).Content.ReadAsByteArrayAsync();
                runs.Add(watch.Elapsed.TotalMilliseconds);
            }
            output.WriteLine($"GET {path}: median {runs.Order().ElementAt(2):0} ms");
        }
        var middle = Instants.FromMicros(start + (n / 2 * 3600L));
        watch.Restart();
        var drift = await host.AdminClient.PostAsync("/api/v1/endpoints/e/drift", System.Net.Http.Json.JsonContent.Create(new DriftRequest { Reference = new(null, middle), Current = new(middle) }, options: DowelJson.Options));
        output.WriteLine($"drift, 500,000 rows against 500,000 (100,000 of each drawn): {watch.ElapsedMilliseconds} ms, {(int)drift.StatusCode}");
        for (var i = 0; i < 20_000; i++) sink.Append(template with { Id = Guid.CreateVersion7(), AtMicros = start, Features = features, Outputs = outputs });
        watch.Restart();
        await host.AdminClient.GetAsync<Page<Prediction>>("/api/v1/endpoints/e/predictions");
        output.WriteLine($"GET predictions with 20,000 records not yet Parquet: {watch.ElapsedMilliseconds} ms");
    }

    [Fact(Skip = "set DOWEL_MEASURE=1 to measure", SkipUnless = nameof(Wanted))]
    public void Turning_records_into_rows()
    {
        var output = TestContext.Current.TestOutputHelper!;
        const int n = 100_000;
        var codec = new PredictionCodec();
        var endpoint = new Resource { Info = new ResourceInfo { Id = "ep_019a20a60815e7d5bbc7222f1db99d86", Name = "titanic-survival" }, ProjectId = "", OwnerId = "" };
        var buffer = new System.Buffers.ArrayBufferWriter<byte>();
        codec.Write(buffer, Record(endpoint, 1) with { Features = [.. Enumerable.Range(0, 10).Select(i => (Tensor)Tensor.Of($"feature_{i}", [i * 1.5f])), Tensor.Of("sex", ["male"])] });
        var bytes = buffer.WrittenSpan.ToArray();
        var record = codec.Read(bytes);
        void Measure(string what, Action run)
        {
            run();
            var cpu = Process.GetCurrentProcess().TotalProcessorTime;
            run();
            output.WriteLine($"{what}: {(Process.GetCurrentProcess().TotalProcessorTime - cpu).TotalMicroseconds / n:0.00} us of processor time a record of {bytes.Length} bytes");
        }

        Measure("decoding", () =>
        {
            for (var i = 0; i < n; i++) codec.Read(bytes);
        });
        Measure("JSON", () =>
        {
            for (var i = 0; i < n; i++)
            {
                TensorJson.Own.Values(record.Inputs);
                TensorJson.Own.Values(record.Features);
                TensorJson.Own.Values(record.Outputs);
                TensorJson.Own.Types(record.Inputs, record.Features, record.Outputs);
            }
        });
        using var connection = Duck.Open(new() { Threads = 1 });
        Measure("appending to DuckDB, with JSON", () =>
        {
            connection.Execute($"CREATE OR REPLACE TABLE t ({string.Join(", ", codec.Columns.Select(c => $"{c.Name} {c.DuckType}"))})");
            using var appender = connection.CreateAppender("t");
            for (var i = 0; i < n; i++)
            {
                var row = appender.CreateRow();
                codec.AppendRow(row, in record);
                row.EndRow();
            }
        });
        var file = Path.GetTempFileName();
        Measure("writing Parquet", () => connection.Execute($"COPY t TO '{file}' (FORMAT parquet, COMPRESSION zstd)"));
        File.Delete(file);
    }
}
