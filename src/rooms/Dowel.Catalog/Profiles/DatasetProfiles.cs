using System.Collections.Concurrent;
using System.Globalization;
using System.Text.Json;
using Dowel.Catalog.Datasets;
using Dowel.Contracts;
using Dowel.Kernel.Access;
using Dowel.Kernel.Relational;
using Dowel.Kernel.Resources;
using Dowel.Kernel.Results;
using Dowel.Tables;
using Dowel.Tables.Profiles;
using Dowel.Tables.Workers;
using Microsoft.Extensions.Hosting;
using TableColumn = Dowel.Tables.Profiles.ColumnProfile;

namespace Dowel.Catalog.Profiles;

/// <summary>Profiles of versions. A version never changes, so its profile is computed once and kept; callers at the same time share one computation.</summary>
internal sealed class DatasetProfiles(IDb db, DatasetVersions versions, TableWorkers workers, HeavyWork work, IHostApplicationLifetime lifetime)
{
    private readonly ConcurrentDictionary<(string Dataset, int Version), Lazy<Task<Result<DatasetProfile>>>> _running = new();

    /// <summary>How many were computed, for tests.</summary>
    internal int Computed => _computed;
    private int _computed;

    public async Task<Result<DatasetProfile>> GetAsync(Actor actor, Resource dataset, int? version, CancellationToken cancellationToken)
    {
        if (!(await versions.FindAsync(dataset, version, cancellationToken)).TryGet(out var found, out var failure)) return failure;
        if (await ReadAsync(dataset.Id, found.Version, cancellationToken) is { } kept) return kept;

        var key = (dataset.Id, found.Version);
        // It belongs to nobody's request: the first caller may go while others wait.
        var running = _running.GetOrAdd(key, _ => new(() => ComputeAsync(actor, dataset.Id, found, lifetime.ApplicationStopping)));
        try
        {
            return await running.Value.WaitAsync(cancellationToken);
        }
        finally
        {
            if (running.Value.IsCompleted) _running.TryRemove(KeyValuePair.Create(key, running));
        }
    }

    private async Task<DatasetProfile?> ReadAsync(string dataset, int version, CancellationToken cancellationToken)
        => await db.ReadAsync(s => s.ScalarAsync<string>("SELECT profile FROM catalog_profiles WHERE dataset_id = @dataset AND version = @version", new { dataset, version }), cancellationToken) is { } json
            ? JsonSerializer.Deserialize<DatasetProfile>(json, DowelJson.Options)
            : null;

    private async Task<Result<DatasetProfile>> ComputeAsync(Actor actor, string dataset, DatasetVersion version, CancellationToken cancellationToken)
    {
        // One that finished between the caller's look and now.
        if (await ReadAsync(dataset, version.Version, cancellationToken) is { } kept) return kept;
        Interlocked.Increment(ref _computed);
        var path = await versions.FileAsync(version, cancellationToken);
        var computed = await work.JobAsync(actor, () => workers.ProfileAsync([path], work.JobLimits, cancellationToken), cancellationToken);
        if (!computed.TryGet(out var table, out var failure)) return failure;
        var profile = From(table);
        var saved = await db.WriteAsync<Unit>(async s =>
        {
            // The dataset may have been deleted meanwhile; then nothing of it is kept.
            await s.ExecuteAsync("""
                INSERT INTO catalog_profiles (dataset_id, version, profile)
                SELECT v.dataset_id, v.version, @profile FROM catalog_versions v WHERE v.dataset_id = @dataset AND v.version = @version
                ON CONFLICT DO NOTHING
                """, new { dataset, version = version.Version, profile = JsonSerializer.Serialize(profile, DowelJson.Options) });
            return Unit.Value;
        }, cancellationToken);
        return saved.Map(_ => profile);
    }

    internal static DatasetProfile From(TableProfile table) => new()
    {
        Rows = table.RowCount,
        Columns = [.. table.Columns.Select(From)],
        ColumnsLeftOut = table.LeftOut,
        Correlation = new() { Columns = table.Correlations.Columns, Values = [.. table.Correlations.Values.Select(row => row.ToArray())] },
    };

    private static Contracts.ColumnProfile From(TableColumn column) => new()
    {
        Name = column.Name,
        Type = column.Type,
        Missing = column.Missing,
        Distinct = column.Distinct ?? 0,
        Min = column.Min,
        Max = column.Max,
        Mean = column.Mean,
        Std = column.Std,
        Quantiles = column.Quantiles.ToDictionary(q => q.P.ToString(CultureInfo.InvariantCulture), q => q.Value),
        Top = [.. column.TopValues.Select(v => new Contracts.ValueCount(Text(v.Value), v.Count))],
        // The contract's histogram is of numbers; instants have no unit there.
        Histogram = column.Histogram is { } h && ColumnTypes.IsNumeric(column.Type) ? new(h.Edges, h.Counts) : null,
    };

    private static string Text(object? value) => value switch
    {
        bool b => b ? "true" : "false",
        IFormattable f => f.ToString(null, CultureInfo.InvariantCulture),
        _ => value?.ToString() ?? "",
    };
}
