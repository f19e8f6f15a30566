using Dowel.Kernel.Hosting;
using Dowel.Kernel.Ports;
using Dowel.Tables;
using Dowel.Tables.Segments;
using DuckDB.NET.Data;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Dowel.Observability.Log;

/// <summary>The log of predictions and that of ground truth, and queries over both.</summary>
internal sealed class PredictionLog : IPredictionSink, IAsyncDisposable
{
    // Queries copy what is not yet Parquet into DuckDB, so that part is kept small.
    private const long SealBytes = 4 * 1024 * 1024;

    private readonly SemaphoreSlim _queries;
    private readonly ObservabilityMetrics _metrics;

    public PredictionLog(IOptions<DowelOptions> dowel, IOptions<ObservabilityOptions> options, ObservabilityMetrics metrics, TimeProvider time, ILogger<PredictionLog> logger)
    {
        _queries = new(options.Value.QueriesAtOnce);
        _metrics = metrics;
        Records = SegmentLog<PredictionRecord>.Open(
            new() { Directory = dowel.Value.Folder("observability", "predictions"), SealBytes = SealBytes }, new PredictionCodec(), time, logger);
        Truth = SegmentLog<GroundTruthRecord>.Open(
            new() { Directory = dowel.Value.Folder("observability", "ground-truth"), SealBytes = SealBytes }, new GroundTruthCodec(), time, logger);
        metrics.Watch(() => Records.Status);
    }

    public SegmentLog<PredictionRecord> Records { get; }

    public SegmentLog<GroundTruthRecord> Truth { get; }

    public void Append(in PredictionRecord record)
    {
        Records.Append(in record);
        _metrics.Appended(1);
    }

    /// <summary>Appends several with one write.</summary>
    public void AppendAll(ReadOnlySpan<PredictionRecord> records)
    {
        Records.AppendAll(records);
        _metrics.Appended(records.Length);
    }

    /// <summary>Runs trusted queries over the relations <c>predictions</c> and, if wanted, <c>truth_log</c>, as they stand now.</summary>
    public async Task<T> QueryAsync<T>(bool withTruth, Func<DuckDBConnection, Task<T>> use, CancellationToken cancellationToken)
    {
        await _queries.WaitAsync(cancellationToken);
        try
        {
            return await SegmentDamage.GetPastAsync(QueryAsync, async () =>
            {
                await Records.SetAsideUnreadableAsync(cancellationToken);
                await Truth.SetAsideUnreadableAsync(cancellationToken);
            });
        }
        finally
        {
            _queries.Release();
        }

        async Task<T> QueryAsync()
        {
            // Truth first: a prediction is logged before its truth, so every truth seen has its prediction.
            using var truth = withTruth ? Truth.Snapshot() : null;
            using var records = Records.Snapshot();
            using var connection = Duck.Open();
            await records.AttachAsync(connection, "predictions", cancellationToken);
            if (truth is not null) await truth.AttachAsync(connection, "truth_log", cancellationToken);
            return await use(connection);
        }
    }

    /// <summary>Files of either log whose records are lost.</summary>
    public IReadOnlyList<string> Lost => [.. Records.Lost.Select(f => $"predictions/{f}"), .. Truth.Lost.Select(f => $"ground-truth/{f}")];

    public async ValueTask DisposeAsync()
    {
        await Records.DisposeAsync();
        await Truth.DisposeAsync();
        _queries.Dispose();
    }
}
